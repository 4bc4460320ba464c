/**
 * Brings into a log to which nothing is appended now what others hold beyond it, before a new generation begins from it:
 * from the logs of other gateways, and from the engine that this gateway ran. What is stored has the place, the chain and
 * the signature that an event must have; whatever does not, and all behind it, stays out.
 */
import { SYSTEM_CLOCK } from '../checkpoints.ts';
import { StreamVersions } from '../event-group.ts';
import type { StoredEvent } from '../event-log.ts';
import type { KeyValueQuorum } from '../key-value-quorum.ts';
import type { LevelEventLog } from '../level-event-log.ts';
import { type KeyRing, type Signer, signatureHolds } from '../signing.ts';
import { VaultSpace } from '../vault-space.ts';
import { Applier, type OnStored } from './applier.ts';
import { Replica } from './replica.ts';
import { followingEvent, levelReplicaStore } from './replica-store.ts';
import { takeSegments } from './take-segments.ts';
import { REPLICATION_TIMING } from './timing.ts';
import { VaultMirror } from './vault-mirror.ts';

export interface TakeInPorts {
  readonly local: LevelEventLog;
  readonly clusterId: string;
  /** Of the quorum that is read. */
  readonly generation: number;
  readonly signer: Signer;
  readonly keys: KeyRing;
  /** Told of events when they are on disk, before the next ones are judged: the key ring folds them here. */
  readonly onStored: OnStored;
  readonly changesKeys: (event: StoredEvent) => boolean;
}

/** Records that begin behind the own head. Rejects `log-damaged` on one without signature, and as the records do. */
export async function takeInRecords(ports: TakeInPorts, records: AsyncIterable<Uint8Array>): Promise<void> {
  const store = levelReplicaStore(ports.local.files);
  const applier = new Applier(store, new StreamVersions(), ports.onStored);
  const { changesKeys } = ports;
  const verify = (event: StoredEvent): boolean | Promise<boolean> => signatureHolds(event, ports.keys);
  const goesOn = (): boolean => true;
  await takeSegments({ store, applier, follows: followingEvent, changesKeys, verify, goesOn }, records);
}

/**
 * Events of the quorum beyond the own head, and its vault. Rejects with the reason why the own log does not reach the
 * quorum's head afterwards; what could be stored is.
 */
export async function takeInQuorum(ports: TakeInPorts, quorum: KeyValueQuorum): Promise<void> {
  const { local, clusterId, signer, keys } = ports;
  const [clock, timing] = [SYSTEM_CLOCK, REPLICATION_TIMING];
  const replica = new Replica({
    ...{ ...ports, quorum, clock, timing },
    store: levelReplicaStore(local.files),
    peers: { segments: nobody },
    verify: (event) => signatureHolds(event, keys),
    follows: followingEvent,
    mayWrite: () => false,
    random: Math.random,
  });
  const mirror = new VaultMirror({
    ...{ quorum, clusterId, signer, keys, clock, store: local.files },
    ...{ local: new VaultSpace(local.files), timeoutMs: timing.txnTimeoutMs },
  });
  try {
    await replica.start();
    // Behind the events: they say whose signatures the vault's entries may bear.
    await mirror.start();
    const { position } = await local.head();
    const end = replica.view.head?.position ?? null;
    if (end === null) throw new Error(replica.problem);
    if (position < end) throw new Error(replica.problem || `${end - position} events cannot be stored here`);
  } finally {
    await replica.close();
    await mirror.close();
  }
}

async function* nobody(): AsyncGenerator<Uint8Array> {}
