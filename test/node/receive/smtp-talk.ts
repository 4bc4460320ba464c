/** A raw SMTP client that says exactly what the test tells it to say. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

const WAIT_MS = 10_000;

export interface Answer {
  readonly code: number;
  readonly lines: readonly string[];
}

export class SmtpTalk {
  socket: Socket | TLSSocket;
  #buffer = '';
  #closed = false;
  #wake = (): void => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#listen();
  }

  static async to(port: number, host = '127.0.0.1'): Promise<SmtpTalk> {
    const socket = connect({ port, host, noDelay: true });
    const talk = new SmtpTalk(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return talk;
  }

  /** Greeting and EHLO done. */
  static async greeted(port: number): Promise<SmtpTalk> {
    const talk = await SmtpTalk.to(port);
    await talk.expect(220);
    await talk.says('EHLO client.example', 250);
    return talk;
  }

  #listen(): void {
    this.socket.on('data', (chunk) => {
      this.#buffer += chunk.toString('latin1');
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  raw(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** The next whole answer; null when the server closed. */
  async answer(waitMs = WAIT_MS): Promise<Answer | null> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      const end = /^\d{3}(?: .*)?\r\n/m.exec(this.#buffer);
      if (end) {
        const text = this.#buffer.slice(0, end.index + end[0].length);
        this.#buffer = this.#buffer.slice(text.length);
        return { code: Number(end[0].slice(0, 3)), lines: text.trimEnd().split('\r\n') };
      }
      if (this.#closed) return null;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no answer; so far ${this.#buffer}`)),
          untilMs - performance.now(),
        );
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** `start`: `250` or `250 2.1.0`. Gives the last line. */
  async expect(start: number | string, waitMs = WAIT_MS): Promise<string> {
    const answer = await this.answer(waitMs);
    const line = answer?.lines.at(-1) ?? 'connection closed';
    assert.ok(line.startsWith(String(start)), `wanted ${start}, got: ${line}`);
    return line;
  }

  async says(command: string, start: number | string): Promise<string> {
    this.raw(`${command}\r\n`);
    return this.expect(start);
  }

  async expectClosed(): Promise<void> {
    assert.equal(await this.answer(), null);
  }

  /** Everything up to the octets of the message. */
  async envelope(from = 'a@sender.example', to = 'b@ours.example'): Promise<void> {
    await this.says(`MAIL FROM:<${from}>`, 250);
    await this.says(`RCPT TO:<${to}>`, 250);
    await this.says('DATA', 354);
  }

  async startTls(options: ConnectionOptions = {}): Promise<void> {
    const plain = this.socket;
    plain.removeAllListeners('data');
    plain.removeAllListeners('close');
    const tls = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
    await new Promise<void>((resolve, reject) => {
      tls.once('secureConnect', resolve);
      tls.once('error', reject);
    });
    this.socket = tls;
    this.#buffer = '';
    this.#listen();
  }

  close(): void {
    this.socket.destroy();
  }
}
