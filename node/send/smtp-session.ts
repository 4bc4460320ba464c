/**
 * Our subclass of nodemailer's SMTP client: DSN parameters for each recipient, and what the next hop offers.
 *
 * nodemailer knows these only for a whole envelope. The methods with an underscore are its internals: the version is
 * pinned, and test/node/send/smtp-session.test.ts fails when they change. Its `DataStream` dot-stuffs and lets no
 * bare CR or LF out (threat 25); it drops what came in clear before TLS (threat 26).
 */
import type { Socket } from 'node:net';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

/** The parts of nodemailer's session that it does not declare. */
interface Internals {
  readonly _supportedExtensions: readonly string[];
  readonly _maxAllowedSize: number;
  readonly _envelope: { readonly rejectedErrors?: readonly RejectedRecipient[] } | false;
  _sendCommand(command: string, forLog?: string): void;
  _createSendStream(done: unknown): unknown;
}

export interface RejectedRecipient {
  readonly recipient?: string | undefined;
  readonly response?: string | undefined;
}

/** What is added to the commands of one transaction, each with its leading space or empty. */
export interface EsmtpParameters {
  readonly mail: string;
  /** In the order of the recipients. */
  readonly recipients: readonly string[];
}

const Connection = SMTPConnection as unknown as new (
  options: SMTPConnectionOptions,
) => SMTPConnection & Internals;

export class SmtpSession extends Connection {
  #parameters: EsmtpParameters = { mail: '', recipients: [] };
  #recipient = 0;
  #bodyStarted = false;

  /** Before each `send`. */
  prepare(parameters: EsmtpParameters): void {
    this.#parameters = parameters;
    this.#recipient = 0;
    this.#bodyStarted = false;
  }

  /** The next hop has asked for the mail, so it may have it even if the connection breaks. */
  get bodyStarted(): boolean {
    return this.#bodyStarted;
  }

  offers(extension: 'DSN' | '8BITMIME' | 'SMTPUTF8' | 'REQUIRETLS'): boolean {
    return this._supportedExtensions.includes(extension);
  }

  /** 0: not told. */
  get sizeBytesMax(): number {
    return this._maxAllowedSize;
  }

  get rejected(): readonly RejectedRecipient[] {
    return this._envelope === false ? [] : (this._envelope.rejectedErrors ?? []);
  }

  get socket(): Socket | null {
    return this._socket || null;
  }

  override _sendCommand(command: string, forLog?: string): void {
    if (command.startsWith('MAIL FROM:')) super._sendCommand(command + this.#parameters.mail, forLog);
    else if (command.startsWith('RCPT TO:')) {
      super._sendCommand(command + (this.#parameters.recipients[this.#recipient++] ?? ''), forLog);
    } else super._sendCommand(command, forLog);
  }

  override _createSendStream(done: unknown): unknown {
    this.#bodyStarted = true;
    return super._createSendStream(done);
  }
}
