/** Three real etcd members, the replicated log of one gateway over them, and the bare engine beside it on keys of its own. */
import { randomUUID } from 'node:crypto';
import type { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import type { ReplicatedEventLog } from '#consensus/replicated/replicated-event-log.ts';
import { EtcdMembers } from '../consensus/etcd/etcd-members.ts';
import { ScratchCluster } from '../consensus/replicated/scratch-cluster.ts';
import { CLUSTER } from '../consensus/scratch-log.ts';

const EMPTY = { position: 0n, hash: new Uint8Array(32), generation: 1 };
const VALUE_BYTES = 256;

export interface ReplicatedSide {
  readonly etcd: EtcdMembers;
  readonly log: ReplicatedEventLog;
  readonly bare: EtcdQuorum;
  /** Resolves when recorded, here and at a majority. */
  append(): Promise<unknown>;
  dispose(): Promise<void>;
}

/** Both ask the same member first. */
export async function replicatedSide(first = 0): Promise<ReplicatedSide> {
  const etcd = await EtcdMembers.start({ count: 3 });
  const cluster = await ScratchCluster.form();
  const quorum = etcd.quorum({ first });
  await formLog(quorum, { clusterId: CLUSTER, generation: 1 }, EMPTY);
  const { log } = await cluster.join({ quorum, timing: {} });
  return {
    etcd,
    log,
    bare: etcd.quorum({ first, prefix: '/bare/' }),
    append: () => log.append([draft()], { expect: 'any' }),
    async dispose() {
      await cluster.dispose();
      await etcd.remove();
    },
  };
}

let drafts = 0;

function draft() {
  const stream = `thing/${drafts++ % 1000}`;
  return {
    ...{ id: randomUUID(), stream, kind: 'ThingHappened', schema: 1, atMs: 1_770_000_000_000 },
    ...{ actor: 'operator/ada', reason: '', payload: Buffer.alloc(VALUE_BYTES, 'x') },
  };
}

/** What a writer of the bare engine does for one event of the same size: puts it and moves a head that it compares. */
export class BareWriter {
  readonly #quorum: EtcdQuorum;
  #revision = 0n;
  #count = 0;

  constructor(quorum: EtcdQuorum) {
    this.#quorum = quorum;
  }

  async append(): Promise<void> {
    const value = Buffer.alloc(VALUE_BYTES, 'x');
    const { succeeded, revision } = await this.#quorum.txn({
      compare: [{ key: 'head', modRevision: this.#revision }],
      success: [
        { type: 'put', key: `events/${String(this.#count++).padStart(16, '0')}`, value },
        { type: 'put', key: 'head', value: value.subarray(0, 64) },
      ],
    });
    if (!succeeded) throw new Error('another writer on the bare keys');
    this.#revision = revision;
  }
}

let puts = 0;

/** One key, compared with nothing: what many writers do side by side. */
export function barePut(quorum: EtcdQuorum): Promise<unknown> {
  const key = `puts/${String(puts++).padStart(16, '0')}`;
  return quorum.txn({
    compare: [],
    success: [{ type: 'put', key, value: Buffer.alloc(VALUE_BYTES, 'x') }],
  });
}
