/**
 * The members that may be asked, nearest first, and how a call goes from one to the next.
 *
 * What was surely not applied is tried again at the next member until its time is over. A change that may have been
 * made is never sent a second time here: its caller must look first (replication.md §3).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { QuorumError } from '../key-value-quorum.ts';
import { type ClientCredentials, Endpoint } from './endpoint.ts';
import type { Method } from './method.ts';

/** After all members were asked in vain; an election takes a second. */
const NEXT_ROUND_MS = 100;
/** A member that is silent for so long is left for the next one; a slow disk's fsync is far below. */
const ATTEMPT_MS = 1_500;
/** What is sent with less time left can only end unclear. */
const LAST_ATTEMPT_MS = 50;

export interface SetCallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** `change`: may not be sent twice. `repeatable`: twice is as good as once. `read`: changes nothing. */
  readonly kind: 'change' | 'repeatable' | 'read';
}

export class EndpointSet {
  #endpoints: readonly Endpoint[];
  #closed = false;

  /** `host:port` each. */
  constructor(addresses: readonly string[], credentials: ClientCredentials) {
    this.#endpoints = addresses.map((address) => new Endpoint(address, credentials));
  }

  /** For calls from now on; what is asked now ends over the connections that it has. */
  renew(credentials: ClientCredentials): void {
    if (this.#closed) return;
    const former = this.#endpoints;
    this.#endpoints = former.map(({ address }) => new Endpoint(address, credentials));
    for (const endpoint of former) endpoint.close();
  }

  call<Q, R>(method: Method<Q, R>, request: Q, options: SetCallOptions): Promise<R> {
    return this.attempt(options, (endpoint, timeoutMs) =>
      endpoint.unary(method, request, { timeoutMs, ...(options.signal ? { signal: options.signal } : {}) }),
    );
  }

  /** Calls `ask` for one member after the other until one answers. Rejects with QuorumError or what `ask` threw. */
  async attempt<R>(
    options: SetCallOptions,
    ask: (endpoint: Endpoint, timeoutMs: number) => Promise<R>,
  ): Promise<R> {
    const { timeoutMs, signal, kind } = options;
    const endMs = performance.now() + timeoutMs;
    let mayBeDone = false;
    let last: QuorumError | null = null;
    for (;;) {
      for (const endpoint of this.#inOrder()) {
        const leftMs = endMs - performance.now();
        const isOver = this.#closed || signal?.aborted === true;
        if (leftMs <= (last ? LAST_ATTEMPT_MS : 0) || isOver) throw final(last, mayBeDone);
        try {
          return await ask(endpoint, kind === 'change' ? leftMs : Math.min(leftMs, ATTEMPT_MS));
        } catch (error) {
          if (!(error instanceof QuorumError) || !isPassing(error)) throw error;
          if (!signal?.aborted) endpoint.noteFailure();
          last = new QuorumError(error.code, withAddress(endpoint.address, error.message));
          if (error.code === 'unclear' && kind === 'change') throw last;
          if (error.code === 'unclear' && kind === 'repeatable') mayBeDone = true;
        }
      }
      const leftMs = endMs - performance.now();
      if (leftMs > 0) await pause(Math.min(NEXT_ROUND_MS, leftMs));
    }
  }

  /** What is asked now ends as soon as the member that has it says something. */
  close(): void {
    this.#closed = true;
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  #inOrder(): Endpoint[] {
    return [
      ...this.#endpoints.filter((endpoint) => !endpoint.failing),
      ...this.#endpoints.filter((endpoint) => endpoint.failing),
    ];
  }
}

const withAddress = (address: string, message: string): string =>
  message.startsWith(address) ? message : `${address}: ${message}`;

const isPassing = (error: QuorumError): boolean => error.code === 'unavailable' || error.code === 'unclear';

function final(last: QuorumError | null, mayBeDone: boolean): QuorumError {
  return new QuorumError(mayBeDone ? 'unclear' : 'unavailable', last?.message ?? 'no member was asked');
}
