/**
 * The last mails that left the gateway in the try-out, in memory only; the oldest go first.
 */
import { randomUUID } from 'node:crypto';
import { octetsOf } from '#domain/mail/octets.ts';
import { protectionOf } from '#domain/mail/protection-kind.ts';
import { firstValue } from '#domain/mime/header.ts';
import { type MimeEntity, parseMime } from '#domain/mime/tree.ts';

const MAILS_MAX = 200; // A screenful of pages; a try-out is looked at, not archived.
const BYTES_MAX = 256 * 1024 * 1024; // A few of the largest mails may lie here beside the small ones.

export interface KeptMail {
  readonly id: string;
  readonly atMs: number;
  /** MAIL FROM; null for the null reverse-path. */
  readonly sender: string | null;
  readonly recipients: readonly string[];
  /** As in the header, unfolded, encoded words left as they are. Empty when there is none. */
  readonly subject: string;
  /** What can be seen from outside. `opened`: it came in encrypted, and goes on to our reader with a status. */
  readonly protection:
    | 'smime-encrypted'
    | 'smime-signed'
    | 'openpgp-encrypted'
    | 'openpgp-signed'
    | 'opened'
    | 'clear';
  readonly sizeBytes: number;
}

export interface KeptMails {
  add(mail: { atMs: number; sender: string | null; recipients: readonly string[]; raw: Buffer }): void;
  /** Newest first. */
  list(): readonly KeptMail[];
  raw(id: string): Buffer | null;
  clear(): void;
}

export function keptMails(): KeptMails {
  const mails: (KeptMail & { readonly raw: Buffer })[] = [];
  let heldBytes = 0;

  function dropOldest(): void {
    heldBytes -= mails.shift()?.sizeBytes ?? 0;
  }

  return {
    add({ raw, ...envelope }) {
      mails.push({ id: randomUUID(), ...envelope, ...looksOf(raw), sizeBytes: raw.length, raw });
      heldBytes += raw.length;
      while (mails.length > MAILS_MAX || (heldBytes > BYTES_MAX && mails.length > 1)) dropOldest();
    },
    list: () => mails.map(({ raw: _raw, ...mail }) => mail).reverse(),
    raw: (id) => mails.find((mail) => mail.id === id)?.raw ?? null,
    clear() {
      while (mails.length > 0) dropOldest();
    },
  };
}

/** Read once, when it comes: the page asks for the list again and again. */
function looksOf(raw: Buffer): Pick<KeptMail, 'subject' | 'protection'> {
  const parsed = parseMime(octetsOf(raw));
  if (parsed.kind === 'failed') return { subject: '', protection: 'clear' };
  const entity = parsed.mail;
  return {
    subject: firstValue(entity.header, 'subject')?.trim() ?? '',
    protection: protectionSeen(raw, entity),
  };
}

function protectionSeen(raw: Buffer, entity: MimeEntity): KeptMail['protection'] {
  const found = protectionOf(octetsOf(raw), entity);
  if (found?.kind === 'encrypted') return `${found.technology}-encrypted`;
  const status = firstValue(entity.header, 'x-sealgate-status') ?? '';
  if (/;\s*encryption=opened/.test(status)) return 'opened';
  return found?.kind === 'signed' ? `${found.technology}-signed` : 'clear';
}
