/** The conditions of the rule language: what each asks for, and how it begins when it is chosen. */
import type { Condition } from '../../../api/types.ts';

type KeysOf<T> = T extends unknown ? keyof T : never;
export type ConditionKind = KeysOf<Condition>;

export type ConditionField =
  | { readonly type: 'group' }
  | { readonly type: 'inverse' }
  | { readonly type: 'nothing' }
  | { readonly type: 'choice'; readonly options: readonly string[] }
  | { readonly type: 'yesno' }
  | { readonly type: 'text' }
  | { readonly type: 'patterns' }
  | { readonly type: 'megabytes' }
  | { readonly type: 'command' }
  | { readonly type: 'attachment' }
  | { readonly type: 'header' };

interface KindOfCondition {
  readonly field: ConditionField;
  readonly begin: unknown;
}

const choice = (...options: string[]): KindOfCondition => ({
  field: { type: 'choice', options },
  begin: options[0],
});
const yesno: KindOfCondition = { field: { type: 'yesno' }, begin: true };
const patterns: KindOfCondition = { field: { type: 'patterns' }, begin: 'example.org' };
const MEGABYTE = 1024 * 1024;

export const CONDITION_KINDS: Readonly<Record<ConditionKind, KindOfCondition>> = {
  direction: choice('outgoing', 'incoming', 'internal'),
  sender: patterns,
  recipient: patterns,
  subjectContains: { field: { type: 'text' }, begin: 'confidential' },
  command: { field: { type: 'command' }, begin: '' },
  possible: choice('smime', 'openpgp', 'pdf', 'none'),
  pdfPassword: yesno,
  enrolled: choice('sender', 'recipient'),
  senderIsOurs: yesno,
  nullSender: yesno,
  isEncrypted: yesno,
  isSigned: yesno,
  isCalendar: yesno,
  sizeOver: { field: { type: 'megabytes' }, begin: 10 * MEGABYTE },
  attachment: { field: { type: 'attachment' }, begin: { any: true } },
  priority: choice('high', 'normal', 'low'),
  sensitivity: choice('personal', 'private', 'company-confidential'),
  header: { field: { type: 'header' }, begin: { name: 'X-Example' } },
  listener: { field: { type: 'text' }, begin: 'inside' },
  peerTls: yesno,
  always: { field: { type: 'nothing' }, begin: true },
  all: { field: { type: 'group' }, begin: [] },
  any: { field: { type: 'group' }, begin: [] },
  not: { field: { type: 'inverse' }, begin: { direction: 'outgoing' } },
};

export function kindOf(condition: Condition): ConditionKind {
  const [kind] = Object.keys(condition);
  return kind as ConditionKind; // A condition has exactly one key.
}

export function askedBy(condition: Condition): unknown {
  return Object.values(condition)[0];
}

export function conditionOf(kind: ConditionKind, value: unknown): Condition {
  return { [kind]: value } as unknown as Condition; // The server reads it again, strictly.
}
