/**
 * Makes room in etcd after the trimmer has deleted events, and takes the alarm back that a full quota raised
 * (requirement 18): compaction, defragmentation of one member after the other with the leader last, alarms by member.
 *
 * With the alarm standing etcd still deletes and compacts, but grants no lease: whoever deletes needs no lock for it.
 */
import type { EtcdAdministration } from './etcd-administration.ts';

export interface Reclaimed {
  /** Sum over the members that were defragmented, octets. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** Alarms taken back. */
  readonly disarmed: number;
  /** `host:port` of members that did not answer and keep their size. */
  readonly left: readonly string[];
}

/** `addresses`: `host:port` of all members. `quotaBytes` as they were started with. */
export async function reclaimSpace(
  administration: EtcdAdministration,
  addresses: readonly string[],
  quotaBytes: number,
): Promise<Reclaimed> {
  const { known, left } = await statuses(administration, addresses);
  let newest = 0n;
  for (const { status } of known) if (status.revision > newest) newest = status.revision;
  if (newest > 0n) await administration.compact(newest);
  let beforeBytes = 0;
  let afterBytes = 0;
  const full = new Set<bigint>();
  const leaderLast = [...known].sort((a, b) => Number(leads(a)) - Number(leads(b)));
  for (const { address, status } of leaderLast) {
    await administration.defragment(address);
    const { dbBytes } = await administration.status(address);
    beforeBytes += status.dbBytes;
    afterBytes += dbBytes;
    if (dbBytes >= quotaBytes) full.add(status.memberId);
  }
  const standing = (await administration.alarms()).filter(
    ({ kind, memberId }) => kind === 'no-space' && !full.has(memberId),
  );
  for (const { memberId } of standing) await administration.disarm(memberId, 'no-space');
  return { beforeBytes, afterBytes, disarmed: standing.length, left };
}

type Known = { readonly address: string; readonly status: Awaited<ReturnType<EtcdAdministration['status']>> };

const leads = ({ status }: Known): boolean => status.leader === status.memberId;

async function statuses(administration: EtcdAdministration, addresses: readonly string[]) {
  const known: Known[] = [];
  const left: string[] = [];
  for (const address of addresses) {
    try {
      known.push({ address, status: await administration.status(address) });
    } catch {
      left.push(address);
    }
  }
  return { known, left };
}
