/**
 * One etcd member as a gRPC server: mutual TLS 1.3, calls with a deadline, and whether it is worth asking.
 *
 * After a failure it counts as failing until it has answered a probe. gRPC's own pings cannot tell that: etcd allows
 * them only while a call is under way.
 */

import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import {
  Client,
  type ClientDuplexStream,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { QuorumError } from '../key-value-quorum.ts';
import { failureOf } from './call-failure.ts';
import { STATUS } from './cluster-messages.ts';
import type { Method } from './method.ts';

/** TCP and TLS between two continents are 4 round trips of 300 ms. */
const CONNECT_MS = 2_000;
const PROBE_EVERY_MS = 500;
const PROBE_MS = 1_000;
const RECEIVED_BYTES_MAX = 64 * 1024 * 1024; // A catch-up range of 100 events of 1 MiB would be split by its reader.

const CHANNEL_OPTIONS = {
  // etcd's enforcement: at most one ping in 5 s, else it ends the connection.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.min_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.max_receive_message_length': RECEIVED_BYTES_MAX,
  // A proxy of the environment is for the web; a service configuration from DNS would change retries.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/** PEM. */
export interface ClientCredentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface UnaryOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Chores that a member may do without a leader (status, defragmentation). */
  readonly leaderless?: boolean;
}

export type Stream = ClientDuplexStream<Uint8Array, Uint8Array>;

export class Endpoint {
  /** `host:port`. */
  readonly address: string;
  readonly #client: Client;
  #failing = false;
  #closed = false;
  #probe: NodeJS.Timeout | null = null;

  constructor(address: string, tls: ClientCredentials) {
    this.address = address;
    const context = createSecureContext({
      ca: tls.ca,
      cert: tls.certificate,
      key: tls.key,
      minVersion: 'TLSv1.3',
    });
    const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
    if (!isIP(host)) {
      this.#client = new Client(address, credentials.createFromSecureContext(context), CHANNEL_OPTIONS);
      return;
    }
    // An address is no server name for TLS (RFC 6066 §3), so another is sent; the certificate must name the address.
    const identity = {
      checkServerIdentity: (_: string, peer: Parameters<typeof checkServerIdentity>[1]) =>
        checkServerIdentity(host, peer),
    };
    this.#client = new Client(address, credentials.createFromSecureContext(context, identity), {
      ...CHANNEL_OPTIONS,
      'grpc.ssl_target_name_override': 'address.invalid',
      'grpc.default_authority': address,
    });
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** Rejects with QuorumError or EtcdRefusal. */
  async unary<Q, R>(method: Method<Q, R>, request: Q, options: UnaryOptions): Promise<R> {
    const { signal } = options;
    const endMs = performance.now() + options.timeoutMs;
    const payload = method.encode(request);
    await this.#ready(Math.min(CONNECT_MS, options.timeoutMs));
    if (signal?.aborted) throw new QuorumError('unavailable', 'given up before it was sent');
    return new Promise<R>((resolve, reject) => {
      const call = this.#client.makeUnaryRequest<Buffer, R>(
        method.path,
        (octets) => octets,
        (octets) => method.decode(octets),
        payload,
        metadata(options.leaderless ?? false),
        { deadline: Date.now() + Math.max(1, endMs - performance.now()) },
        (error, response) => {
          signal?.removeEventListener('abort', abort);
          if (error) reject(failureOf(error.code, error.details));
          else resolve(response as R);
        },
      );
      const abort = (): void => call.cancel();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** One question and one answer on a stream of their own. Rejects as `unary` does. */
  async exchange<Q, R>(method: Method<Q, R>, request: Q, timeoutMs: number): Promise<R> {
    const stream = await this.stream(method.path, timeoutMs);
    return new Promise<R>((resolve, reject) => {
      stream.on('data', (octets: Uint8Array) => {
        stream.end();
        resolve(method.decode(octets));
      });
      stream.on('error', (error: ServiceError) => reject(failureOf(error.code, error.details)));
      stream.on('end', () => reject(new QuorumError('unclear', 'the stream ended without an answer')));
      stream.write(method.encode(request));
    });
  }

  /** Ends with an error after `timeoutMs`, where that is given. Rejects `unavailable` when there is no connection. */
  async stream(path: string, timeoutMs?: number): Promise<Stream> {
    await this.#ready(Math.min(CONNECT_MS, timeoutMs ?? CONNECT_MS));
    const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    const as = (octets: Uint8Array): Buffer => Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    return this.#client.makeBidiStreamRequest<Uint8Array, Uint8Array>(
      path,
      as,
      (octets) => octets,
      metadata(false),
      deadline,
    );
  }

  /** It failed to answer: others are asked first until it answers a probe. */
  noteFailure(): void {
    if (this.#failing || this.#closed) return;
    this.#failing = true;
    this.#probeLater();
  }

  close(): void {
    this.#closed = true;
    if (this.#probe) clearTimeout(this.#probe);
    this.#client.close();
  }

  #probeLater(): void {
    this.#probe = setTimeout(() => {
      void this.#answers().then((answers) => {
        if (this.#closed) return;
        if (answers) this.#failing = false;
        else this.#probeLater();
      });
    }, PROBE_EVERY_MS);
    this.#probe.unref();
  }

  async #answers(): Promise<boolean> {
    try {
      const { leader } = await this.unary(STATUS, null, { timeoutMs: PROBE_MS, leaderless: true });
      return leader !== 0n;
    } catch (error) {
      // A member that refuses the question has a voice all the same.
      return !(error instanceof QuorumError) || error.code === 'denied';
    }
  }

  /** Returns when a call would be sent, or would fail at once with the reason why there is no connection. */
  async #ready(withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      if (this.#closed) throw new QuorumError('unavailable', `${this.address}: closed`);
      const channel = this.#client.getChannel();
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY || state === connectivityState.TRANSIENT_FAILURE) return;
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new QuorumError('unavailable', `${this.address}: no connection`);
      await new Promise<void>((resolve) => {
        channel.watchConnectivityState(state, Date.now() + leftMs, () => resolve());
      });
    }
  }
}

/** `hasleader`: a member without a leader refuses at once instead of letting the call run into its deadline. */
function metadata(leaderless: boolean): Metadata {
  const fields = new Metadata();
  if (!leaderless) fields.set('hasleader', 'true');
  return fields;
}
