/**
 * Checkpoints that all gateways sign: one every so many events, `checkpoint/<position>` in the quorum. Nothing
 * above the newest one that a majority has signed is ever trimmed, so who catches up from another gateway's log can
 * check it against what several have seen.
 */
import type { Position, StoredEvent } from '../event-log.ts';
import { type KeyValueQuorum, QuorumError } from '../key-value-quorum.ts';
import {
  decodeSignedHead,
  encodeSignedHead,
  type SignedHead,
  signedHeadHolds,
  signHead,
} from '../signed-head.ts';
import type { KeyRing, Signer } from '../signing.ts';
import { checkpointKey } from './quorum-keys.ts';

const ATTEMPTS_MAX = 10; // Each other gateway writes it once.

export interface CheckpointPorts {
  readonly quorum: KeyValueQuorum;
  readonly clusterId: string;
  readonly signer: Signer;
  readonly keys: KeyRing;
  readonly everyEvents: number;
  readonly timeoutMs: number;
}

/** Signed heads of one position, by gateway, as far as their signatures hold. */
export function decodeCheckpoint(
  value: Uint8Array,
  position: Position,
  { clusterId, keys }: Pick<CheckpointPorts, 'clusterId' | 'keys'>,
): Map<string, SignedHead> {
  const heads = new Map<string, SignedHead>();
  let lines: unknown;
  try {
    lines = JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    return heads;
  }
  for (const encoded of Array.isArray(lines) ? lines : []) {
    const signed = typeof encoded === 'string' ? decodeSignedHead(Buffer.from(encoded)) : null;
    const fits = signed?.position === position && signed.clusterId === clusterId;
    if (fits && signed.purpose === 'checkpoint' && signedHeadHolds(signed, keys))
      heads.set(signed.node, signed);
  }
  return heads;
}

export class SharedCheckpoints {
  readonly #ports: CheckpointPorts;
  readonly #due: SignedHead[] = [];

  constructor(ports: CheckpointPorts) {
    this.#ports = ports;
  }

  /** Signs what is to be signed of events that were just stored here. */
  note(events: readonly StoredEvent[]): void {
    const { clusterId, signer, everyEvents } = this.#ports;
    for (const event of events) {
      if (event.position % BigInt(everyEvents) !== 0n) continue;
      this.#due.push(signHead('checkpoint', event, { clusterId, signer, atMs: event.atMs }));
    }
  }

  /** Puts what was signed; what cannot be put now is kept for the next call. */
  async write(): Promise<void> {
    while (this.#due.length > 0) {
      try {
        await this.#add(this.#due[0]!);
      } catch (error) {
        if (!(error instanceof QuorumError)) throw error;
        return;
      }
      this.#due.shift();
    }
  }

  async #add(own: SignedHead): Promise<void> {
    const { quorum, timeoutMs } = this.#ports;
    const key = checkpointKey(own.position);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const [found] = (await quorum.range({ key }, { timeoutMs })).values;
      const heads = found ? decodeCheckpoint(found.value, own.position, this.#ports) : new Map();
      if (heads.has(own.node)) return;
      const lines = [...heads.values(), own].map((head) => encodeSignedHead(head).toString('utf8'));
      const value = Buffer.from(JSON.stringify(lines));
      const compare = [{ key, modRevision: found?.modRevision ?? 0n }];
      const { succeeded } = await quorum.txn(
        { compare, success: [{ type: 'put', key, value }] },
        { timeoutMs },
      );
      if (succeeded) return;
    }
    throw new QuorumError('unclear', 'the checkpoint is changed all the time');
  }
}
