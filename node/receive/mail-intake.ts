/**
 * One mail while its octets come in: checks it, puts our fields in front, hands it to the spool.
 *
 * What is wrong is remembered and told at the end of the message; its octets are dropped from then on. `finish` never
 * rejects: its reply is 250 only when the mail is on stable storage.
 */
import type { Envelope, SessionFacts, SpoolHeader } from '#domain/mail/envelope.ts';
import { HEADER_BYTES_MAX } from '#domain/mime/header.ts';
import type { IncomingMail } from '#node/spool/incoming-mail.ts';
import { newSpoolId } from '#node/spool/spool-id.ts';
import { SpoolError } from '#node/spool/spool-writer.ts';
import type { ReceiveContext } from './context.ts';
import { REPLIES, type Reply } from './replies.ts';
import { HeaderEnd, makeFields, readHeader } from './trace-fields.ts';

const HEADER_SLACK_BYTES = 256; // Digits of the size, a made Message-ID.

/** What the message belongs to. */
export interface ClosedTransaction {
  readonly envelope: Envelope;
  readonly session: SessionFacts;
}

export class MailIntake {
  readonly spoolId: string;
  readonly #context: ReceiveContext;
  readonly #transaction: ClosedTransaction;
  readonly #mail: IncomingMail;
  /** What came before the end of the header; null behind it. */
  #head: Uint8Array[] | null = [];
  #headBytes = 0;
  readonly #headerEnd = new HeaderEnd();
  #sizeBytes = 0;
  #messageIdMade: string | null = null;
  #refusal: Reply | null = null;

  constructor(context: ReceiveContext, transaction: ClosedTransaction) {
    this.#context = context;
    this.#transaction = transaction;
    const { node, epoch } = context.secondCopy.naming();
    this.spoolId = newSpoolId(node, epoch, transaction.session.receivedAtMs);
    const draft = this.#header(Number.MAX_SAFE_INTEGER, transaction.session.receivedAtMs);
    const headerBytes = Buffer.byteLength(JSON.stringify(draft)) + HEADER_SLACK_BYTES + this.spoolId.length;
    const { hostname } = context.settings;
    this.#mail = context.spool.incoming(this.spoolId, headerBytes + hostname.length);
  }

  /** Octets received, without our own fields. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** A promise asks to wait with the next piece; it never rejects. */
  push(piece: Uint8Array): Promise<void> | undefined {
    this.#sizeBytes += piece.length;
    if (this.#refusal !== null) return undefined;
    if (this.#sizeBytes > this.#context.settings.receive.sizeBytesMax) return this.refuse(REPLIES.tooBig);
    if (this.#head === null) return this.#mail.push(piece);
    this.#head.push(piece);
    this.#headBytes += piece.length;
    const end = this.#headerEnd.find(piece);
    if (end === -1 && this.#headBytes <= HEADER_BYTES_MAX) return undefined;
    if (end === -1 || end > HEADER_BYTES_MAX) return this.refuse(REPLIES.headerTooLong);
    return this.#begin(Buffer.concat(this.#head), end);
  }

  /** The first refusal stands. Releases what the mail holds. */
  refuse(reply: Reply): undefined {
    if (this.#refusal !== null) return;
    this.#refusal = reply;
    this.#head = null;
    this.#mail.abort();
  }

  /** The message has ended. */
  async finish(): Promise<Reply> {
    if (this.#refusal === null && this.#head !== null) {
      const head = Buffer.concat(this.#head);
      await this.#begin(head, head.length); // A mail without a body.
    }
    if (this.#refusal !== null) return this.#refusal;
    const header = this.#header(this.#mail.sizeBytes, Date.now());
    try {
      const beside = this.#context.secondCopy.whileSpooling(this.spoolId);
      await this.#context.spool.commit(this.#mail, header, beside);
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error;
      this.#context.log.error(
        { spoolId: this.spoolId, code: error.code, error: error.message },
        'not spooled',
      );
      if (error.code === 'not-copied') return REPLIES.notCopied;
      return error.code === 'spool-full' ? REPLIES.storageFull : REPLIES.localError;
    }
    return { code: 250, status: '2.0.0', text: `Ok: queued as ${this.spoolId}` };
  }

  /** The session ended within the message. */
  abort(): void {
    this.refuse(REPLIES.localError);
  }

  #begin(head: Buffer, end: number): Promise<void> | undefined {
    const facts = readHeader(head.subarray(0, end));
    const { settings } = this.#context;
    if (facts.receivedLines > settings.receive.receivedLinesMax) return this.refuse(REPLIES.loop);
    const { envelope, session } = this.#transaction;
    const made = makeFields(facts, settings.hostname, this.spoolId, envelope, session);
    this.#messageIdMade = made.messageIdMade;
    this.#head = null;
    this.#mail.push(made.bytes);
    return this.#mail.push(head);
  }

  #header(sizeBytes: number, receivedAtMs: number): SpoolHeader {
    const { envelope, session } = this.#transaction;
    return {
      v: 1,
      spoolId: this.spoolId,
      envelope,
      session: { ...session, receivedAtMs },
      sizeBytes,
      messageIdMade: this.#messageIdMade,
    };
  }
}
