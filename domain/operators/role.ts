/** The seven roles of operators (features.md A2); what each may do is the server's role matrix. */

const ROLES = [
  'administrator',
  'network-operator',
  'user-operator',
  'ca-operator',
  'policy-operator',
  'system-operator',
  'auditor',
] as const;

export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
