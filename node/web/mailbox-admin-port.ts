/** The mailbox of the try-out, for the management. */
import type { KeptMail } from '#node/mailbox/kept-mails.ts';

export interface MailboxRow {
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly protection: KeptMail['protection'];
  readonly sizeBytes: number;
}

export interface MailboxMail extends MailboxRow {
  /** The mail as it arrived, at most MAILBOX_SOURCE_CHARS_MAX characters of it (latin1, one octet each). */
  readonly source: string;
  readonly truncated: boolean;
  /** The gateway's status header when it has one, as a reader's mail program would show it. */
  readonly statusHeader: string;
  /** True when the demonstration partner can answer this one encrypted. */
  readonly answerable: boolean;
  readonly reading: MailboxReading;
}

/** The mail as its recipient's mail program shows it; only the demonstration partner has keys to open it with. */
interface MailboxReading {
  readonly subject: string;
  /** Its plain text; empty when there is none, or when it could not be opened. */
  readonly text: string;
  /** Of the outermost protection; null without one. */
  readonly technology: 'smime' | 'openpgp' | null;
  readonly encryption: 'opened' | 'not-opened' | 'none';
  readonly signature: 'valid' | 'not-verified' | 'none';
  /** Why the signature does not count, as a word of domain/mail/verdict.ts. */
  readonly problem: string | null;
  readonly signerAddress: string;
  readonly signerIssuer: string;
  readonly algorithms: readonly string[];
}

/** Only in the try-out; everything that left the gateway ends here, nothing leaves the machine. */
export interface MailboxPort {
  list(): Promise<readonly MailboxRow[]>;
  get(id: string): Promise<MailboxMail | null>;
  /** Sends a mail from a demonstration user to the demonstration partner through the gateway. */
  sendSample(request: { technology: 'smime' | 'openpgp' }): Promise<void>;
  /** The demonstration partner answers the mail `id`, encrypted (and signed) back into the gateway. */
  answerEncrypted(request: { id: string }): Promise<void>;
  /** Removes what is in the mailbox. */
  clear(): Promise<void>;
}

// ── Audit and mails: the management's own, over the ledger and the trace journals ──────────────────────────────────
