/**
 * Octets of a connection → command lines and message octets, strictly.
 *
 * Takes the place of smtp-server's parser, which ends a command at a bare LF and lets bare CR and LF into messages.
 * One chunk at a time: what a command or a message asks to wait for holds the socket back.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';

/** RFC 5321 §4.5.3.1.4 wants 512, RFC 3461 §4 and RFC 6531 §3.4 add 1,122 for RCPT; then some for long addresses. */
const COMMAND_OCTETS_MAX = 2048;
const SYNC_COMMANDS_MAX = 100; // Then other connections get their turn.
const LF = 0x0a;
const CR = 0x0d;

/** Takes octets that are no commands. */
export interface OctetTaker {
  /** Takes `chunk`, not empty. Resolves to MORE_WANTED, or to how many octets it took when it is done. */
  take(chunk: Uint8Array): Promise<number> | number;
}
export const MORE_WANTED = -1;

export interface CommandTaker {
  /** A line without its CRLF; the reading goes on when it resolves. */
  command(line: Buffer): Promise<void>;
  lineTooLong(): void;
  /** A command that ends with a bare LF. */
  bareLineFeed(): void;
}

export class CommandStream extends SMTPStream {
  readonly #commands: CommandTaker;
  #octets: OctetTaker | null = null;
  #partial: Buffer = Buffer.alloc(0);
  #skipsLine = false;
  #restBytes = 0;
  #sinceTurn = 0;
  #chunkBytes = 0;

  constructor(commands: CommandTaker) {
    super();
    this.#commands = commands;
  }

  /** The octets behind the present command go to `taker`, until it is done. */
  divertTo(taker: OctetTaker): void {
    this.#octets = taker;
  }

  /** True when the client has sent something behind the present command. */
  get hasMore(): boolean {
    return this.#restBytes > 0 || this.writableLength > this.#chunkBytes;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, next: (error?: Error | null) => void): void {
    this.#chunkBytes = chunk.length;
    this.#feed(chunk).then(() => next(), next);
  }

  /** A line that the end of the connection cuts off is no command. */
  override _flushData(): void {}

  async #feed(chunk: Buffer): Promise<void> {
    let rest = chunk;
    while (rest.length > 0 && !this.isClosed) {
      if (this.#octets === null) {
        rest = await this.#feedLine(rest);
      } else {
        const taking = this.#octets.take(rest);
        const taken = typeof taking === 'number' ? taking : await taking;
        if (taken === MORE_WANTED) break;
        this.#octets = null;
        rest = rest.subarray(taken);
      }
    }
    this.#restBytes = 0;
  }

  /** Returns what stands behind the line. */
  async #feedLine(rest: Buffer): Promise<Buffer> {
    const lf = rest.indexOf(LF);
    const part = lf === -1 ? rest : rest.subarray(0, lf);
    if (!this.#skipsLine && this.#partial.length + part.length > COMMAND_OCTETS_MAX) {
      this.#skipsLine = true;
      this.#partial = Buffer.alloc(0);
      this.#commands.lineTooLong();
    }
    if (lf === -1) {
      // The last octet is kept also of a line that is skipped: it may be the CR of its end.
      this.#partial = this.#skipsLine ? part.subarray(-1) : Buffer.concat([this.#partial, part]);
      return rest.subarray(rest.length);
    }
    const line = this.#partial.length === 0 ? part : Buffer.concat([this.#partial, part]);
    const skipped = this.#skipsLine;
    this.#partial = Buffer.alloc(0);
    this.#skipsLine = false;
    this.#restBytes = rest.length - lf - 1;
    if (line.at(-1) !== CR) this.#commands.bareLineFeed();
    else if (!skipped) await this.#commands.command(line.subarray(0, -1));
    this.#sinceTurn += 1;
    if (this.#sinceTurn >= SYNC_COMMANDS_MAX) {
      this.#sinceTurn = 0;
      await nextTurn();
    }
    return rest.subarray(lf + 1);
  }
}
