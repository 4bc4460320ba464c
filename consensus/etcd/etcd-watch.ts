/**
 * One watch on one member's stream, until it is stopped, cancelled or lost; starting again is its owner's decision.
 *
 * A stream can die without a word (a stopped member, a dropped connection), so a sign of life is asked for all the time.
 * Revisions told by those answers are not used: before 3.4.25 and 3.5.8 they ran ahead of the changes.
 */
import type { ServiceError } from '@grpc/grpc-js';
import { type KeyRange, QuorumError, type Watch, type WatchChange } from '../key-value-quorum.ts';
import { failureOf } from './call-failure.ts';
import type { Stream } from './endpoint.ts';
import type { EndpointSet } from './endpoint-set.ts';
import type { KeySpace } from './key-space.ts';
import { WATCH, type WatchMessage, type WatchResponse } from './watch-messages.ts';

const OPEN_MS = 5_000; // All members together.
const LIFE_EVERY_MS = 1_000;
const SILENCE_MS = 5_000; // A member under load answers late; three elections fit.

type OnChanges = (changes: readonly WatchChange[], revision: bigint) => void;

export class EtcdWatch implements Watch {
  readonly done: Promise<void>;
  readonly #keys: KeySpace;
  readonly #on: OnChanges;
  #end: (failure?: Error) => void = () => {};
  #stream: Stream | null = null;
  #ended = false;

  constructor(
    endpoints: EndpointSet,
    keys: KeySpace,
    request: KeyRange & { readonly from?: bigint },
    on: OnChanges,
  ) {
    this.#keys = keys;
    this.#on = on;
    this.done = new Promise((resolve, reject) => {
      this.#end = (failure) => {
        if (this.#ended) return;
        this.#ended = true;
        this.#stream?.cancel();
        if (failure) reject(failure);
        else resolve();
      };
    });
    this.done.catch(() => {}); // Its owner may look later.
    const create: WatchMessage = { type: 'create', ...keys.range(request) };
    endpoints
      .attempt({ timeoutMs: OPEN_MS, kind: 'read' }, (endpoint, timeoutMs) =>
        this.#ended ? Promise.resolve() : this.#open(() => endpoint.stream(WATCH.path), create, timeoutMs),
      )
      .catch((error: Error) => this.#end(error));
  }

  stop(): void {
    this.#end();
  }

  /** Resolves when the watch stands; from then on every failure ends it. */
  async #open(dial: () => Promise<Stream>, create: WatchMessage, timeoutMs: number): Promise<void> {
    const stream = await dial();
    if (this.#ended) {
      stream.cancel();
      return;
    }
    this.#stream = stream;
    let fail: (error: Error) => void = () => {};
    const stands = new Promise<void>((resolve, reject) => {
      fail = reject;
      const life = this.#watchLife(stream, timeoutMs, (error) => fail(error));
      stream.on('data', (octets: Uint8Array) => {
        life.seen();
        if (this.#ended || this.#stream !== stream) return;
        try {
          const response = WATCH.decode(octets);
          this.#take(response);
          if (response.created) {
            life.stands();
            fail = (error) => this.#end(error);
            resolve();
          }
        } catch (error) {
          fail(error as Error);
        }
      });
      const lost = (error: Error): void => {
        life.stop();
        fail(error);
      };
      stream.on('error', (error: ServiceError) => lost(lossOf(error)));
      stream.on('end', () => lost(new QuorumError('unavailable', 'the watch stream ended')));
      stream.write(WATCH.encode(create));
    });
    try {
      await stands;
    } catch (error) {
      stream.cancel();
      throw error;
    }
  }

  /** Reports silence as a failure: before the watch stands after `openMs`, later after SILENCE_MS. */
  #watchLife(stream: Stream, openMs: number, fail: (error: Error) => void) {
    let lastMs = performance.now();
    let patienceMs = openMs;
    let asking = false;
    const timer = setInterval(
      () => {
        if (performance.now() - lastMs > patienceMs) {
          clearInterval(timer);
          stream.cancel();
          fail(new QuorumError('unavailable', 'the watch stream is silent'));
        } else if (asking) stream.write(WATCH.encode({ type: 'progress' }));
      },
      Math.min(LIFE_EVERY_MS, openMs),
    );
    timer.unref();
    return {
      seen: () => {
        lastMs = performance.now();
      },
      stands: () => {
        patienceMs = SILENCE_MS;
        asking = true;
      },
      stop: () => clearInterval(timer),
    };
  }

  #take(response: WatchResponse): void {
    if (response.canceled) throw cancelOf(response);
    const changes = response.changes.map((change) => this.#keys.ownChange(change));
    const last = changes.at(-1);
    if (last) this.#on(changes, last.value.modRevision);
  }
}

function cancelOf({ compactRevision, cancelReason }: WatchResponse): QuorumError {
  if (compactRevision !== 0n)
    return new QuorumError('compacted', `changes before revision ${compactRevision} are forgotten`);
  const denied = /permission denied|user name is empty/.test(cancelReason);
  return new QuorumError(denied ? 'denied' : 'unavailable', cancelReason || 'the watch was cancelled');
}

/** A watch changes nothing, so a lost one is never `unclear`. */
function lossOf(error: ServiceError): Error {
  const failure = failureOf(error.code, error.details);
  const unclear = failure instanceof QuorumError && failure.code === 'unclear';
  return unclear ? new QuorumError('unavailable', failure.message) : failure;
}
