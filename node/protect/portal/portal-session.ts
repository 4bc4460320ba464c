/** A session of the portal: what the desk seals into the partner's cookie, so that every gateway knows it. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KeysPort } from '#node/keys/port.ts';
import type { PdfLink } from '#node/pdf-pairs/link-token.ts';

const SESSION_IDLE_MS = 2 * 3_600_000; // A long letter, written with interruptions.
const SESSION_ABSOLUTE_MS = 12 * 3_600_000;

export const sessionSchema = z.strictObject({
  v: z.literal(1),
  pairSender: z.string(),
  recipient: z.string(),
  writer: z.string(),
  messageId: z.string(),
  subject: z.string(),
  sentAtMs: z.number(),
  /** Version of the password it was opened with: another one ends it. */
  password: z.number().int(),
  formToken: z.string(),
  openedAtMs: z.number(),
  usedAtMs: z.number(),
});

export type PortalSession = z.infer<typeof sessionSchema>;

type Tokens = Pick<KeysPort, 'sealToken' | 'openToken'>;

/** `link`: as it stands in the address. The token of its forms is the same in every session of the same link. */
export function newSession(link: PdfLink, token: string, password: number, nowMs: number): PortalSession {
  const { sender: pairSender, recipient, writer, messageId, subject, sentAtMs } = link;
  const formToken = createHash('sha256').update(`form|${token}`).digest('base64url');
  const times = { openedAtMs: nowMs, usedAtMs: nowMs };
  return { v: 1, pairSender, recipient, writer, messageId, subject, sentAtMs, password, formToken, ...times };
}

export function sealSession(keys: Tokens, session: PortalSession): Promise<string> {
  return keys.sealToken({ purpose: 'pdf-session', data: Buffer.from(JSON.stringify(session)) });
}

/** Null when it is none, or has ended. */
export async function openSession(keys: Tokens, token: string, nowMs: number): Promise<PortalSession | null> {
  try {
    const data = await keys.openToken({ purpose: 'pdf-session', token });
    const session = sessionSchema.parse(JSON.parse(Buffer.from(data).toString('utf8')));
    const lives =
      nowMs - session.usedAtMs < SESSION_IDLE_MS && nowMs - session.openedAtMs < SESSION_ABSOLUTE_MS;
    return lives ? session : null;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'malformed' || error instanceof z.ZodError || error instanceof SyntaxError) return null;
    throw error;
  }
}
