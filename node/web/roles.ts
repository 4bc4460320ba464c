/**
 * Who may call what: the one table of procedures and roles (features.md A2), enforced on the server for each call.
 *
 * The roles are disjoint in what they change, but for the administrator, who may do all; the auditor sees all and
 * changes nothing. A procedure that is not in the table cannot be called; a test walks the router.
 */
import type { Role } from '#domain/operators/role.ts';

/** `public`: before sign-in. `anyone`: every signed-in operator. Otherwise these roles beside the administrator. */
export type Access = 'public' | 'anyone' | readonly Role[];

const NETWORK = 'network-operator';
const USERS = 'user-operator';
const CERTIFICATES = 'ca-operator';
const POLICY = 'policy-operator';
const SYSTEM = 'system-operator';
const AUDITOR = 'auditor';

export const PROCEDURE_ACCESS: Readonly<Record<string, Access>> = {
  'session.signIn': 'public',
  'session.signOut': 'public',
  'session.current': 'public',
  'session.changePassword': 'anyone',

  'status.overview': 'anyone',

  'mails.list': [NETWORK, POLICY, AUDITOR],
  'mails.get': [NETWORK, POLICY, AUDITOR],
  'queue.list': [NETWORK, AUDITOR],
  'queue.retry': [NETWORK],
  'queue.remove': [NETWORK],
  'queue.held': [NETWORK, AUDITOR],
  'queue.release': [NETWORK],
  'queue.drop': [NETWORK],

  'certificates.list': [CERTIFICATES, AUDITOR],
  'certificates.get': [CERTIFICATES, AUDITOR],
  'certificates.import': [CERTIFICATES],
  'certificates.export': [CERTIFICATES, AUDITOR],
  'certificates.exportPrivate': [CERTIFICATES],
  'certificates.setTrust': [CERTIFICATES],
  'certificates.revoke': [CERTIFICATES],
  'certificates.chooseProfile': [CERTIFICATES],
  'certificates.createKeys': [CERTIFICATES],

  'people.list': [USERS, AUDITOR],
  'people.enroll': [USERS],
  'people.withdraw': [USERS],
  'people.domains': [USERS, NETWORK, AUDITOR],
  'people.addDomain': [NETWORK],
  'people.setDomainLanguage': [NETWORK],
  'people.removeDomain': [NETWORK],

  'policy.state': [POLICY, AUDITOR],
  'policy.checkSource': [POLICY, AUDITOR],
  'policy.sourceOf': [POLICY, AUDITOR],
  'policy.explain': [POLICY, AUDITOR],
  'policy.saveDraft': [POLICY],
  'policy.discardDraft': [POLICY],
  'policy.publish': [POLICY],

  'pdf.pairs': [USERS, AUDITOR],
  'pdf.pair': [USERS, AUDITOR],
  'pdf.show': [USERS],
  'pdf.reset': [USERS],
  'pdf.resendNotice': [USERS],
  'pdf.unlock': [USERS],
  'pdf.statistics': [USERS, POLICY, AUDITOR],
  'pdf.policy': [POLICY, USERS, AUDITOR],
  'pdf.setPolicy': [POLICY],
  'pdf.templates': [POLICY, AUDITOR],
  'pdf.preview': [POLICY, AUDITOR],
  'pdf.setTemplate': [POLICY],
  'pdf.removeTemplate': [POLICY],

  'operators.list': [AUDITOR],
  'operators.create': [],
  'operators.setRoles': [],
  'operators.resetPassword': [],
  'operators.setEnabled': [],

  'audit.events': [AUDITOR],

  'cluster.status': [SYSTEM, NETWORK, AUDITOR],
  'cluster.plan': [SYSTEM, AUDITOR],
  'cluster.init': [SYSTEM],
  'cluster.token': [SYSTEM],
  'cluster.drain': [SYSTEM],
  'cluster.draining': [SYSTEM, AUDITOR],
  'cluster.remove': [SYSTEM],
  'cluster.replacePlan': [SYSTEM, AUDITOR],
  'cluster.replace': [SYSTEM],
  'cluster.endReplacement': [SYSTEM],
  'cluster.recover': [SYSTEM],

  'mailbox.list': [SYSTEM, AUDITOR],
  'mailbox.get': [SYSTEM, AUDITOR],
  'mailbox.sendSample': [SYSTEM],
  'mailbox.answerEncrypted': [SYSTEM],
  'mailbox.clear': [SYSTEM],
};

/** Whether an operator with these roles may call `procedure`; null roles = nobody is signed in. */
export function mayCall(procedure: string, roles: readonly Role[] | null): boolean {
  const access = Object.hasOwn(PROCEDURE_ACCESS, procedure) ? PROCEDURE_ACCESS[procedure] : undefined;
  if (access === undefined) return false;
  if (access === 'public') return true;
  if (roles === null || roles.length === 0) return false;
  if (access === 'anyone' || roles.includes('administrator')) return true;
  return access.some((role) => roles.includes(role));
}

/** The procedures that these roles may call: the page shows only what would work. */
export function allowedProcedures(roles: readonly Role[]): string[] {
  return Object.keys(PROCEDURE_ACCESS).filter((procedure) => mayCall(procedure, roles));
}
