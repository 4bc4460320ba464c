/**
 * A partner's login with the password of a pair: attempt recorded, password compared inside `keys`, success recorded.
 *
 * For the portal, on any gateway; the lock-out is of the pair, in the log. An unknown pair and a wrong password look
 * alike to the stranger. Errors: those of the log (`no-quorum`: nobody can log in now) and of `keys`.
 */
import { foldStream } from '#domain/decider.ts';
import { pdfAccessDecider, pdfAccessStream } from '#domain/pdf/pdf-access.ts';
import { passwordInForce, pdfPairStream } from '#domain/pdf/pdf-pair.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { type PairName, readPair } from './pair-passwords.ts';

export interface LoginPorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: Pick<KeysPort, 'checkPdfPassword'>;
}

export type LoginResult =
  /** `password`: version of the event that carries it; a session under another one has ended. */
  | { readonly kind: 'in'; readonly password: number }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'locked'; readonly untilMs: number };

export async function logIn(
  ports: LoginPorts,
  pair: PairName,
  password: string,
  meta: CommandMeta,
  /** False: something is asked for besides; until then the attempt counts as one that failed. */
  completes = true,
): Promise<LoginResult> {
  const current = passwordInForce(await readPair(ports.ledger, pair), meta.atMs);
  if (!current) return { kind: 'wrong' };
  const access = pdfAccessStream(pair.sender, pair.recipient);
  const attempt = { type: 'AttemptPdfLogin', at: meta.atMs } as const;
  const attempted = await execute(ports.ledger, pdfAccessDecider, access, attempt, {
    ...meta,
    requestId: `${meta.requestId}|attempt`,
  });
  if (attempted.kind === 'refused') {
    const state = foldStream(pdfAccessDecider, await ports.ledger.readStream(access));
    return { kind: 'locked', untilMs: state.lockedUntil };
  }
  const stream = pdfPairStream(pair.sender, pair.recipient);
  const good = await ports.keys.checkPdfPassword({ stream, version: current.version, password });
  if (!good) return { kind: 'wrong' };
  if (!completes) return { kind: 'in', password: current.version };
  await execute(
    ports.ledger,
    pdfAccessDecider,
    access,
    { type: 'CompletePdfLogin', at: meta.atMs },
    { ...meta, requestId: `${meta.requestId}|success` },
  );
  return { kind: 'in', password: current.version };
}
