/**
 * One SMTP session: smtp-server's connection with everything that touches mail replaced by ours.
 *
 * Kept of smtp-server 3.21: life of the socket (greeting, idle timer, half-close), dispatch of commands, HELO, NOOP,
 * RSET, QUIT, HELP, VRFY, and the TLS upgrade, which gives the new TLS session a new parser, so that nothing sent
 * before it is ever read as a command in it (threat 26). Ours: parser, EHLO, MAIL, RCPT, DATA, BDAT, replies, limits.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { Zone } from '#domain/mail/envelope.ts';
import { BodyReader } from './body-reader.ts';
import { CommandStream } from './command-stream.ts';
import type { ReceiveContext } from './context.ts';
import { MailIntake } from './mail-intake.ts';
import { chunkTaker, dataTaker } from './message-takers.ts';
import { REPLIES, type Reply } from './replies.ts';
import { Transaction } from './transaction.ts';

const ERRORS_MAX = 20; // As Postfix: no real client makes more, a dictionary attack does.
const HELO_CHARS_MAX = 255; // RFC 5321 §4.5.3.1.2
const CHUNKS_OVERRUN = 2; // A chunk of more than twice the allowed size is not even read to be dropped.

type Done = () => void;

export interface Listener {
  readonly name: string;
  readonly zone: Zone;
  readonly offersTls: boolean;
}

export class ReceiveSession extends SMTPConnection {
  readonly #context: ReceiveContext;
  readonly #listener: Listener;
  #helo = '';
  #transaction: Transaction | null = null;
  #intake: MailIntake | null = null;
  /** Set while a message comes by BDAT. */
  #chunks: BodyReader | null = null;
  #errors = 0;

  constructor(
    server: SMTPServer,
    socket: Socket | TLSSocket,
    options: SMTPConnectionOptions | null | undefined,
    context: ReceiveContext,
    listener: Listener,
  ) {
    super(server, socket, options);
    this.#context = context;
    this.#listener = listener;
  }

  /** No wait for early talkers: the 100 ms that smtp-server waits would be most of a mail's time. */
  override init(): void {
    this._setListeners(() => this.connectionReady());
  }

  override _createParser(): CommandStream {
    return new CommandStream({
      command: (line) => new Promise((resolve) => this._onCommand(line, resolve)),
      lineTooLong: () => this.#reply(REPLIES.lineTooLong),
      bareLineFeed: () => {
        this.#reply(REPLIES.bareLineFeed);
        this.close();
      },
    });
  }

  /** True while octets of a message come in or its fsync runs: the stop waits for these. */
  get receivesMessage(): boolean {
    return this.#intake !== null;
  }

  refuseFurther(): void {
    this.#reply(REPLIES.stopping);
  }

  #reply(reply: Reply): void {
    this.send(reply.code, reply.text, reply.status);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    super.send(code, data, context);
    if (code < 500) return;
    this.#errors += 1;
    if (this.#errors === ERRORS_MAX) {
      const { tooManyErrors } = REPLIES;
      super.send(tooManyErrors.code, tooManyErrors.text, tooManyErrors.status);
    }
  }

  /** Our replies bring their own code as the context. */
  override _getEnhancedStatusCode(code: number, context?: string | false): string {
    if (typeof context === 'string' && /^\d\.\d+\.\d+$/.test(context)) return context;
    if (code === 421) return REPLIES.tooManyErrors.status;
    return super._getEnhancedStatusCode(code, context);
  }

  override _onTimeout(): void {
    if (this._closing || this._handlerPending) super._onTimeout();
    else this.#reply(REPLIES.idle);
  }

  override _onCommand(line: Buffer, callback?: Done): void {
    if (!this._upgrading && line.some((octet) => octet < 0x20 || octet === 0x7f)) {
      this.#reply(REPLIES.controlCharacter);
      callback?.();
      return;
    }
    super._onCommand(line, callback);
  }

  override _resetSession(): void {
    super._resetSession();
    this.#dropMessage();
    this.#transaction = null;
  }

  /** A message whose end has come is finished also when nobody waits for the answer any more. */
  override _onClose(): void {
    if (!this._handlerPending) this.#dropMessage();
    super._onClose();
  }

  #dropMessage(): void {
    this.#intake?.abort();
    this.#intake = null;
    this.#chunks = null;
  }

  /** RFC 2920 §3.1: some commands end a group. What is sent behind them was not written for our answer. */
  #isPipelined(): boolean {
    if (!(this._parser instanceof CommandStream) || !this._parser.hasMore) return false;
    this.#reply(REPLIES.pipelined);
    this.close();
    return true;
  }

  override handler_HELO(command: Buffer, callback: Done): void {
    if (this.#isPipelined()) callback();
    else super.handler_HELO(command, callback);
    this.#helo = heloOf(command);
  }

  override handler_EHLO(command: Buffer, callback: Done): void {
    const helo = heloOf(command);
    const isName = helo !== '' && helo.length <= HELO_CHARS_MAX && !helo.includes(' ');
    if (!isName) this.#reply(REPLIES.syntax);
    else if (!this.#isPipelined()) this.#greet(helo);
    callback();
  }

  #greet(helo: string): void {
    this.#helo = helo;
    this.hostNameAppearsAs = helo;
    this._resetSession(); // RFC 5321 §4.1.4: as RSET.
    const { sizeBytesMax } = this.#context.settings.receive;
    const extensions = ['PIPELINING', `SIZE ${sizeBytesMax}`, '8BITMIME', 'SMTPUTF8', 'CHUNKING'];
    extensions.push('ENHANCEDSTATUSCODES', 'DSN');
    if (this.#listener.offersTls && !this.secure) extensions.push('STARTTLS');
    this.send(250, [this.name, ...extensions], false);
  }

  override handler_STARTTLS(command: Buffer, callback: Done): void {
    this.#helo = '';
    super.handler_STARTTLS(command, callback);
  }

  override handler_MAIL(command: Buffer, callback: Done): void {
    if (this.#transaction) this.#reply(REPLIES.nestedMail);
    else {
      const begun = Transaction.begin(command, this.#sessionFacts(), this.#context);
      if (begun.ok) this.#transaction = begun.transaction;
      this.#reply(begun.reply);
    }
    callback();
  }

  override handler_RCPT(command: Buffer, callback: Done): void {
    if (!this.#transaction) this.#reply(REPLIES.mailFirst);
    else if (this.#chunks) this.#reply(REPLIES.chunksBegun);
    else this.#reply(this.#transaction.addRecipient(command));
    callback();
  }

  override handler_DATA(command: Buffer, callback: Done): void {
    const missing = this.#missingFor(command.length === 4);
    const parser = this._parser;
    if (missing !== null) this.#reply(missing);
    else if (this.#chunks) this.#reply(REPLIES.chunksBegun);
    else if (parser instanceof CommandStream && !this.#isPipelined()) {
      const intake = new MailIntake(this.#context, this.#transaction!.closed());
      this.#intake = intake;
      parser.divertTo(dataTaker(intake, () => this.#finish(intake)));
      this.send(354, 'End data with <CR><LF>.<CR><LF>');
    }
    callback();
  }

  /** RFC 3030 §2. Found by smtp-server by its name. */
  handler_BDAT(command: Buffer, callback: Done): void {
    const match = /^BDAT (\d{1,15})( LAST)?$/i.exec(command.toString('latin1'));
    const sizeBytes = Number(match?.[1]);
    const { sizeBytesMax } = this.#context.settings.receive;
    if (match === null || sizeBytes > CHUNKS_OVERRUN * sizeBytesMax) {
      this.#reply(match === null ? REPLIES.syntax : REPLIES.tooBig);
      this.close(); // What follows cannot be told from commands, or is not worth reading.
      callback();
    } else this.#takeChunk(sizeBytes, match[2] !== undefined, callback);
  }

  #takeChunk(sizeBytes: number, isLast: boolean, callback: Done): void {
    const missing = this.hostNameAppearsAs ? this.#missingFor(true) : REPLIES.heloFirst;
    if (missing === null && this.#intake === null) {
      this.#intake = new MailIntake(this.#context, this.#transaction!.closed());
      this.#chunks = new BodyReader(false);
    }
    const intake = missing === null ? this.#intake : null;
    const reader = this.#chunks ?? new BodyReader(false);
    const ended = async (): Promise<void> => {
      if (missing !== null) this.#reply(missing);
      else if (!isLast) this.#reply({ code: 250, status: '2.0.0', text: `${sizeBytes} octets received` });
      else if (intake) {
        reader.finish();
        if (reader.bareLineEnd) intake.refuse(REPLIES.bareLineEnds);
        await this.#finish(intake);
      }
    };
    if (sizeBytes === 0) void ended().then(callback);
    else {
      const parser = this._parser;
      if (parser instanceof CommandStream) parser.divertTo(chunkTaker(intake, reader, sizeBytes, ended));
      callback();
    }
  }

  #missingFor(syntaxOk: boolean): Reply | null {
    if (!syntaxOk) return REPLIES.syntax;
    if (!this.#transaction) return REPLIES.mailFirst;
    return this.#transaction.hasRecipients ? null : REPLIES.recipientFirst;
  }

  async #finish(intake: MailIntake): Promise<void> {
    this._handlerPending = true; // The client waits for us: no idle timeout.
    const reply = await intake.finish();
    this._handlerPending = false;
    this.#transaction?.traceEnd(intake, reply);
    this.#intake = null;
    this._resetSession();
    this.#reply(reply);
    if (this.#context.isStopping()) this.refuseFurther();
  }

  #sessionFacts() {
    const cipher = this.tlsOptions || null;
    return {
      sessionId: this.id,
      listener: this.#listener.name,
      zone: this.#listener.zone,
      peerAddress: this.remoteAddress,
      peerPort: this.remotePort,
      localPort: this.localPort,
      helo: this.#helo,
      esmtp: this.openingCommand === 'EHLO',
      tls: cipher && { protocol: cipher.version, cipher: cipher.name },
      authenticatedAs: null,
    };
  }
}

function heloOf(command: Buffer): string {
  return command.toString('utf8').slice(4).trim();
}
