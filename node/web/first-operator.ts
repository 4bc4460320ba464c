/**
 * The first operator of a new gateway: `admin`, with a password made by the machine and shown once by the caller.
 */
import { randomUUID } from 'node:crypto';
import { operatorDecider, operatorStream } from '#domain/operators/operator.ts';
import { execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { hashPassword, readablePassword } from './password.ts';

const FIRST_OPERATOR = 'admin';

/**
 * Adds `admin` when the log has no such operator; null when there is one already (another gateway may have
 * been quicker). Rejects with LogError codes and `disconnected`.
 * `mustChange`: the password is good for one sign-in that sets another; a try-out does without.
 */
export async function ensureFirstOperator(
  ledger: Pick<LedgerPort, 'append' | 'readStream'>,
  { mustChange }: { readonly mustChange: boolean },
): Promise<{ name: string; password: string } | null> {
  const stream = operatorStream(FIRST_OPERATOR);
  if ((await ledger.readStream(stream)).length > 0) return null;
  const password = readablePassword();
  const atMs = Date.now();
  const added = await execute(
    ledger,
    operatorDecider,
    stream,
    {
      type: 'AddOperator',
      operatorId: FIRST_OPERATOR,
      name: 'Administrator',
      passwordHash: await hashPassword(password),
      mustChange,
      roles: ['administrator'],
      at: atMs,
    },
    { requestId: randomUUID(), actor: 'system', reason: 'first start', atMs },
  );
  if (added.kind === 'refused') return null; // Another gateway of the cluster was quicker.
  return { name: FIRST_OPERATOR, password };
}
