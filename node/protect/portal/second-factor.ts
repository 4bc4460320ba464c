/**
 * The second proof at the portal: a code, mailed to the partner's address once the password was right.
 *
 * What is open meanwhile is sealed for the browser, so that any gateway goes on with it. Each try counts in the account's
 * lock-out like a password, and a code is good for one login: a login recorded after it was made ends it.
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { foldStream } from '#domain/decider.ts';
import { buildNotice } from '#domain/mail/notice.ts';
import { CODE_TEXTS } from '#domain/pdf/code-texts.ts';
import { pdfAccessDecider, pdfAccessStream } from '#domain/pdf/pdf-access.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { WriteOwnMail } from '../own-mails.ts';
import { type PortalSession, sessionSchema } from './portal-session.ts';

const CODE_DIGITS = 8; // With the lock-out a day of guessing is about twenty tries.
const GOOD_FOR_MINUTES = 10; // A mail server that asks to try again (greylisting) has done so by then.

const pendingSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('code'),
  session: sessionSchema,
  /** SHA-256, base64url. */
  code: z.string(),
  madeAtMs: z.number(),
});

export interface SecondFactorParts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: Pick<KeysPort, 'sealToken' | 'openToken'>;
  readonly write: WriteOwnMail;
  readonly node: string;
  readonly nowMs: () => number;
}

const digestOf = (code: string, session: PortalSession): Buffer =>
  createHash('sha256').update(`${code}|${session.formToken}|${session.openedAtMs}`).digest();

/** Mails a code; gives what the browser brings back with it. Resolves when the mail is queued. */
export async function sendCode(
  parts: SecondFactorParts,
  session: PortalSession,
  language: Language,
): Promise<string> {
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  const nowMs = parts.nowMs();
  const { subject, text } = CODE_TEXTS[language];
  const { writer, recipient } = session;
  const id = digestOf(code, session).toString('base64url');
  await parts.write({
    id: `code ${id}`,
    spoolId: `${parts.node}.0.pdf-code`,
    kind: 'notice',
    sender: null,
    to: recipient,
    zone: 'outside',
    pieces: (messageId) =>
      buildNotice({
        from: writer, // A partner knows nobody else here.
        to: recipient,
        subject,
        text: text(`${code.slice(0, 4)} ${code.slice(4)}`, GOOD_FOR_MINUTES),
        nowMs,
        messageId,
        kind: 'auto-generated',
      }),
  });
  const pending = { v: 1, kind: 'code', session, code: id, madeAtMs: nowMs } as const;
  return parts.keys.sealToken({ purpose: 'pdf-session', data: Buffer.from(JSON.stringify(pending)) });
}

export type CodeEnd =
  | { readonly kind: 'in'; readonly session: PortalSession }
  | { readonly kind: 'wrong' }
  /** Too old, used already, or none of ours. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'locked'; readonly untilMs: number };

export async function checkCode(
  parts: SecondFactorParts,
  token: string,
  code: string,
  meta: CommandMeta,
): Promise<CodeEnd> {
  const pending = await openPending(parts, token);
  if (!pending || meta.atMs - pending.madeAtMs >= GOOD_FOR_MINUTES * 60_000) return { kind: 'expired' };
  const { session } = pending;
  const stream = pdfAccessStream(session.pairSender, session.recipient);
  const before = foldStream(pdfAccessDecider, await parts.ledger.readStream(stream));
  if ((before.lastLogin ?? 0) >= pending.madeAtMs) return { kind: 'expired' };
  const own = (what: string): CommandMeta => ({ ...meta, requestId: `${meta.requestId}|code ${what}` });
  const attempt = { type: 'AttemptPdfLogin', at: meta.atMs } as const;
  const attempted = await execute(parts.ledger, pdfAccessDecider, stream, attempt, own('attempt'));
  if (attempted.kind === 'refused') return { kind: 'locked', untilMs: before.lockedUntil };
  const given = digestOf(code.replace(/[\s-]/g, ''), session);
  const wanted = Buffer.from(pending.code, 'base64url');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return { kind: 'wrong' };
  const complete = { type: 'CompletePdfLogin', at: meta.atMs } as const;
  await execute(parts.ledger, pdfAccessDecider, stream, complete, own('success'));
  return { kind: 'in', session };
}

async function openPending(
  { keys }: SecondFactorParts,
  token: string,
): Promise<z.infer<typeof pendingSchema> | null> {
  try {
    const data = await keys.openToken({ purpose: 'pdf-session', token });
    const pending = pendingSchema.safeParse(JSON.parse(Buffer.from(data).toString('utf8')));
    return pending.success ? pending.data : null;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'malformed' || error instanceof SyntaxError) return null;
    throw error;
  }
}
