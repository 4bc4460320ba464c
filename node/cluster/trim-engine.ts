/**
 * Keeps the engine small (replication.md §3): trims what every gateway has on its disk, gives the space back where that
 * pays, takes the alarm of a full quota down. One voter at a time does it, behind `lock/trim`; with the quota full no lock
 * can be taken, and the one whose own member leads the engine does it.
 */
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { reclaimSpace } from '#consensus/etcd/reclaim-space.ts';
import { type Compare, type KeyValueQuorum, QuorumError } from '#consensus/key-value-quorum.ts';
import { type TrimRules, trimLog } from '#consensus/replicated/trim-log.ts';
import type { KeyRing } from '#consensus/signing.ts';
import type { ClusterMemberState } from '#domain/cluster/cluster.ts';
import type { Settings } from '#node/config/settings.ts';
import type { Log } from '#node/log.ts';
import { endpointOf } from './own-engine.ts';

export const TRIM_JOB = 'trim';
const LOCK = `lock/${TRIM_JOB}`;
const TXN_MS = 10_000;
/** Of the quota: beyond, operators are told, and space is given back where that pays. */
export const LARGE_PART = 1 / 4;
const PAYS_PART = 1 / 2; // Of the file: a defragmentation copies what is in use, and its member answers nobody meanwhile.

export interface TrimPorts {
  readonly settings: Settings;
  readonly clusterId: string;
  readonly keys: KeyRing;
  readonly log: Log;
  /** A way to the engine as its administrator, who alone may raise the floor; the caller closes it. */
  root(): KeyValueQuorum;
  leads(job: string): Promise<boolean>;
}

/** Rules of trimming for these members. */
export function trimRules(
  { settings, clusterId, keys }: Pick<TrimPorts, 'settings' | 'clusterId' | 'keys'>,
  quorum: KeyValueQuorum,
  members: readonly Pick<ClusterMemberState, 'node' | 'role'>[],
): TrimRules {
  const { keptEvents, silentMs } = settings.cluster.log;
  const gateways = members.filter(({ role }) => role !== 'witness').map(({ node }) => node);
  const rules = { quorum, clusterId, keys, gateways, silentMs, nowMs: Date.now(), timeoutMs: TXN_MS };
  return { ...rules, keptEvents: BigInt(keptEvents) };
}

/** `own`: address of this voter's member. Rejects with QuorumError or EtcdRefusal when it could not be done now. */
export async function trimEngine(
  ports: TrimPorts,
  administration: EtcdAdministration,
  members: readonly ClusterMemberState[],
  own: string,
): Promise<void> {
  const { log, settings } = ports;
  const { quotaBytes } = settings.cluster.etcd;
  const voting = members.filter(({ role }) => role === 'voter' || role === 'witness');
  const addresses = voting.map(({ etcdClient }) => endpointOf(etcdClient));
  const before = await administration.status(own);
  const isFull = (await administration.alarms()).some(({ kind }) => kind === 'no-space');
  if (!(isFull ? before.leader === before.memberId : await ports.leads(TRIM_JOB))) return;
  // First, so that the floor can be raised again.
  if (isFull) log.warn(await reclaimSpace(administration, addresses, quotaBytes), 'the engine was full');
  const root = ports.root();
  try {
    const fence = isFull ? {} : { fence: await lockOf(root) };
    const report = await trimLog({ ...trimRules(ports, root, members), ...fence, compact: true });
    if (report.removed > 0) {
      log.info({ floor: String(report.floor), removed: report.removed }, 'engine trimmed');
    }
  } finally {
    root.close();
  }
  const { dbBytes, dbInUseBytes } = await administration.status(own);
  if (dbBytes < quotaBytes * LARGE_PART || dbInUseBytes > dbBytes * PAYS_PART) return;
  log.info(await reclaimSpace(administration, addresses, quotaBytes), 'space of the engine was given back');
}

/** Whoever has taken the lock since makes every step of this one fail. */
export async function lockOf(root: KeyValueQuorum): Promise<Compare> {
  const [found] = (await root.range({ key: LOCK }, { timeoutMs: TXN_MS })).values;
  if (!found) throw new QuorumError('unavailable', 'the lock of the trimmer has run out');
  return { key: LOCK, createRevision: found.createRevision };
}
