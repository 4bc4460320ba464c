/**
 * What every port of the management is made of: read models, the ledger to change them, the processes to ask.
 */

import type { Decider } from '#domain/decider.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { ModelsFeed } from '#node/ledger/models-feed.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { ProcessContext } from '#node/process.ts';
import type { AdminRefusal as Refused } from '#node/web/admin-request.ts';
import { type Actor, AdminRefusal, type RefusalCode } from '#node/web/admin-request.ts';
import type { ReadModels } from '#projections/read-models.ts';

export interface PortParts extends ProcessContext {
  readonly ledger: LedgerPort;
  readonly keys: KeysPort;
  readonly models: ReadModels;
  readonly feed: ModelsFeed;
}

export function metaOf(by: Actor): CommandMeta {
  return { requestId: by.requestId, actor: by.actor, reason: by.reason, atMs: by.atMs };
}

/** The words of deciders → the words of the management, with a text for the operator. */
const REFUSALS: Readonly<Record<string, [RefusalCode, string]>> = {
  'already-exists': ['already-known', 'It exists already.'],
  'already-known': ['already-known', 'It is known already.'],
  'already-ours': ['already-known', 'This mail domain is ours already.'],
  'not-ours': ['unknown', 'This mail domain is not ours.'],
  'not-a-domain': ['malformed', 'This is not a domain name.'],
  'not-enrolled': ['unknown', 'Nobody with this address is enrolled.'],
  'malformed-address': ['malformed', 'This is not a mail address.'],
  'malformed-name': ['malformed', 'This is not a name.'],
  malformed: ['malformed', 'It cannot be read.'],
  'no-draft': ['unknown', 'There is no draft.'],
  'no-role': ['malformed', 'At least one role is needed.'],
  'last-administrator': ['last-administrator', 'This is the last administrator.'],
  'no-address': ['malformed', 'It names no mail address, so nobody could be written to with it.'],
  'key-of-another-owner': ['not-allowed', 'Its key is recorded for another address.'],
  'address-change-needs-operator': ['not-allowed', 'It names other addresses than before.'],
  unknown: ['unknown', 'It is not known.'],
  revoked: ['revoked', 'It is revoked, and that is final.'],
  expired: ['expired', 'It has expired.'],
  'no-password': ['unknown', 'There is no such password.'],
  'another-pair': [
    'not-allowed',
    'This password is not told to a sender: the partner chose it, or it serves all senders.',
  ],
  'registration-needs-portal': ['not-allowed', 'Partners register in the portal: its address is needed.'],
  'too-many-bits-for-aes-128': [
    'not-allowed',
    'Readers of AES-128 look at 32 characters: fewer bits are needed.',
  ],
  'another-replacement': ['conflict', 'Another member is being replaced: end that first.'],
  'messenger-needs-address': ['not-allowed', 'The address of the messenger is needed.'],
};

export function refusal(word: string): Refused {
  const [code, message] = REFUSALS[word] ?? ['not-allowed', word];
  return new AdminRefusal(code, message);
}

/** Executes a command and waits until the page's own read models show it. Rejects with AdminRefusal. */
export async function perform<C, E extends { readonly type: string }, S, R extends string>(
  parts: PortParts,
  decider: Decider<C, E, S, R>,
  stream: string,
  command: C,
  by: Actor,
): Promise<S> {
  const done = await execute(parts.ledger, decider, stream, command, metaOf(by)).catch(
    (error: Error & { code?: string }) => {
      throw unavailable(error);
    },
  );
  if (done.kind === 'refused') throw refusal(done.refusal);
  await seen(parts);
  return done.state;
}

/** Read models have reached the head of the log. */
export async function seen(parts: PortParts): Promise<void> {
  const { position } = await parts.ledger.head();
  await parts.feed.reached(position);
}

/** Errors of the ledger and the keys process in the management's words; a bug stays what it is. */
export function unavailable(error: Error & { code?: string }): Error {
  switch (error.code) {
    case 'disconnected':
    case 'unavailable':
      return new AdminRefusal(
        'unavailable',
        'A part of the gateway does not answer now. Try again in a moment.',
      );
    case 'version-conflict':
      return new AdminRefusal('conflict', 'Somebody else changed it meanwhile. Look again.');
    case 'no-quorum':
    case 'log-damaged':
    case 'quota-full':
    case 'fenced':
      return new AdminRefusal('not-writable', `The log takes no changes now: ${error.message}`);
    case 'wrong-password':
      return new AdminRefusal('wrong-password', 'The password does not open this file.');
    case 'malformed':
    case 'wrong-key-type':
    case 'unsupported':
      return new AdminRefusal('malformed', error.message);
    case 'no-such-key':
      return new AdminRefusal('unknown', 'There is no such key.');
    default:
      return error;
  }
}

export function page<T>(
  rows: readonly T[],
  request: { page: number; pageRows: number },
): { rows: T[]; total: number } {
  const from = request.page * request.pageRows;
  return { rows: rows.slice(from, from + request.pageRows), total: rows.length };
}

export function matches(search: string, ...texts: readonly string[]): boolean {
  const wanted = search.toLowerCase();
  return wanted === '' || texts.some((text) => text.toLowerCase().includes(wanted));
}
