/**
 * The last mails that left the gateway in the try-out, in memory only; the oldest go first.
 */
import { randomUUID } from 'node:crypto';

const MAILS_MAX = 200; // A screenful of pages; a try-out is looked at, not archived.
const BYTES_MAX = 256 * 1024 * 1024; // A few of the largest mails may lie here beside the small ones.
const HEADER_BYTES_MAX = 64 * 1024;
const HEADER_END = '\r\n\r\n';

export interface KeptMail {
  readonly id: string;
  readonly atMs: number;
  /** MAIL FROM; null for the null reverse-path. */
  readonly sender: string | null;
  readonly recipients: readonly string[];
  /** As in the header, unfolded, encoded words left as they are. Empty when there is none. */
  readonly subject: string;
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
      mails.push({ id: randomUUID(), ...envelope, subject: subjectOf(raw), sizeBytes: raw.length, raw });
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

function subjectOf(raw: Buffer): string {
  const start = raw.subarray(0, HEADER_BYTES_MAX);
  const end = start.indexOf(HEADER_END);
  const header = (end < 0 ? start : start.subarray(0, end)).toString('utf8').replace(/\r\n(?=[ \t])/g, '');
  const field = /^subject[ \t]*:(.*)$/im.exec(header);
  return field?.[1]?.trim() ?? '';
}
