/**
 * Chromium's DevTools protocol over a pair of pipes: JSON messages, each ended by a NUL.
 *
 * Errors: a call rejects when the browser refuses it, or has gone.
 */
import type { Readable, Writable } from 'node:stream';

/** A piece of a PDF, or what a page says; the PDF itself is asked for in pieces. */
const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export type EventListener = (params: never) => void;

export class DevTools {
  readonly #out: Writable;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #listeners = new Map<string, EventListener>();
  #pieces: Buffer[] = [];
  #sizeBytes = 0;
  #nextId = 1;
  #ended: Error | null = null;
  /** Of the page, once there is one. */
  session: string | null = null;

  constructor(out: Writable, input: Readable) {
    this.#out = out;
    out.on('error', (error) => this.end(error));
    input.on('error', (error) => this.end(error));
    input.on('close', () => this.end(new Error('the browser has gone')));
    input.on('data', (piece: Buffer) => this.#receive(piece));
  }

  call<T>(method: string, params: object = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#nextId++;
      this.#calls.set(id, { resolve: resolve as (value: unknown) => void, reject });
      const session = this.session === null ? {} : { sessionId: this.session };
      this.#out.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }

  /** One listener an event. */
  on(event: string, listener: EventListener): void {
    this.#listeners.set(event, listener);
  }

  end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }

  #receive(piece: Buffer): void {
    let rest = piece;
    for (let at = rest.indexOf(0); at >= 0; at = rest.indexOf(0)) {
      const whole = Buffer.concat([...this.#pieces, rest.subarray(0, at)]).toString('utf8');
      this.#pieces = [];
      this.#sizeBytes = 0;
      rest = rest.subarray(at + 1);
      this.#dispatch(whole);
    }
    if (rest.length > 0) this.#pieces.push(rest);
    this.#sizeBytes += rest.length;
    if (this.#sizeBytes > MESSAGE_BYTES_MAX) this.end(new Error('a message without end'));
  }

  #dispatch(text: string): void {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      this.end(new Error('a message that is none'));
      return;
    }
    if (message.id === undefined) {
      this.#listeners.get(message.method ?? '')?.(message.params as never);
      return;
    }
    const waiting = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result);
  }
}
