/**
 * What the links of PDF mails carry: sealed by the cluster, bound to one pair and one mail, with an end.
 *
 * The address bar of a partner's browser shows nothing of it, and nobody can make or change one (threats 16, 17).
 */
import { z } from 'zod';
import type { KeysPort, TokenPurpose } from '#node/keys/port.ts';

const linkSchema = z.strictObject({
  v: z.literal(1),
  /** Of the pair: an address, or `*`. */
  sender: z.string(),
  recipient: z.string(),
  /** Who wrote: whom an answer goes to. */
  writer: z.string(),
  /** Of the mail; empty when it had none. An answer refers to it. */
  messageId: z.string(),
  subject: z.string(),
  spoolId: z.string(),
  /** When the mail was written. */
  sentAtMs: z.number().int(),
  expiresAtMs: z.number().int().positive(),
});

export type PdfLink = z.infer<typeof linkSchema>;

const SUBJECT_CHARS_MAX = 300; // A link stays below 2,000 characters, which every mail program and viewer passes on.

export async function sealLink(
  keys: Pick<KeysPort, 'sealToken'>,
  purpose: TokenPurpose,
  link: Omit<PdfLink, 'v'>,
): Promise<string> {
  const subject = [...link.subject].slice(0, SUBJECT_CHARS_MAX).join('');
  const data = Buffer.from(JSON.stringify({ v: 1, ...link, subject } satisfies PdfLink), 'utf8');
  return keys.sealToken({ purpose, data });
}

export interface OpenedLink {
  readonly link: PdfLink;
  /** It was ours, and its time is over. */
  readonly expired: boolean;
}

/** Null for whatever is forged, foreign or damaged: the stranger learns no difference. */
export async function openLink(
  keys: Pick<KeysPort, 'openToken'>,
  purpose: TokenPurpose,
  token: string,
  nowMs: number,
): Promise<OpenedLink | null> {
  try {
    const data = await keys.openToken({ purpose, token });
    const link = linkSchema.parse(JSON.parse(Buffer.from(data).toString('utf8')));
    return { link, expired: nowMs >= link.expiresAtMs };
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'malformed' || error instanceof z.ZodError || error instanceof SyntaxError) return null;
    throw error;
  }
}
