/** What operators look at beside the view of the cluster: members of the engine, its room, warnings, long steps under way. */
import { existsSync } from 'node:fs';
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { judgeVersion, readEtcdVersion } from '#consensus/etcd/version-rules.ts';
import type { KeyValueQuorum } from '#consensus/key-value-quorum.ts';
import { trimState } from '#consensus/replicated/trim-log.ts';
import type { KeyRing } from '#consensus/signing.ts';
import { RENEWAL_STEPS, waitedFor } from '#domain/cluster/authority-renewal.ts';
import type { Cluster } from '#domain/cluster/cluster.ts';
import { LOG_FORMAT } from '#domain/log-format.ts';
import type { ClusterDetails, EngineMember, EngineRoom } from '#node/cluster/cluster-administration.ts';
import type { ClusterFile } from '#node/cluster/cluster-file.ts';
import { votes } from '#node/cluster/engine-members.ts';
import { whereOf } from '#node/cluster/external-settings.ts';
import { endpointOf } from '#node/cluster/own-engine.ts';
import type { Steward } from '#node/cluster/steward.ts';
import { LARGE_PART, trimRules } from '#node/cluster/trim-engine.ts';
import type { Settings } from '#node/config/settings.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import type { ClusterPort, ClusterView } from './cluster-port.ts';

const MEGABYTE = 1024 * 1024;
const ROOM_MS = 2000; // As long as a member may take to say how it is.

export interface DetailsPorts {
  readonly settings: Settings;
  readonly quorum: KeyValueQuorum;
  readonly keyRing: KeyRing;
  readonly keys: Pick<KeysPort, 'replacementProgress'>;
  readonly gateways: GatewaysProjection;
  readonly steward: Pick<Steward, 'administration' | 'step' | 'settling'>;
  readonly cluster: Pick<ClusterPort, 'view'>;
  file(): ClusterFile;
}

export async function memberDetails(ports: DetailsPorts): Promise<ClusterDetails> {
  const administration = ports.steward.administration();
  const view = await ports.cluster.view();
  const asked = administration ? await engineMembers(ports, administration) : null;
  const engine = asked?.map(({ member }) => member) ?? [];
  const warnings = new Set<string>();
  for (const { version } of engine) {
    const known = readEtcdVersion(version);
    const verdict = known ? judgeVersion(known) : null;
    if (verdict && verdict.verdict !== 'fine') warnings.add(verdict.reason);
  }
  // Without a majority nobody says it, and an operator who looks then should not wait for that.
  const room =
    asked && view.quorum ? await roomOf(ports, Math.max(0, ...asked.map(({ bytes }) => bytes))) : null;
  if (room?.isLarge) warnings.add(largeText(room));
  for (const warning of unreadOf(ports.file())) warnings.add(warning);
  const { external: where } = ports.settings.cluster;
  const external = where && ports.file().engine === 'external' ? whereOf(where) : '';
  const progress = [...(await progressOf(ports)), ...upgradesOf(view)];
  const { settling } = ports.steward;
  return { engine, external, room, warnings: [...warnings], progress, settling, mayCallOff: false };
}

async function engineMembers(
  { gateways }: DetailsPorts,
  administration: EtcdAdministration,
): Promise<{ readonly member: EngineMember; readonly bytes: number }[]> {
  const listed = administration.knownMembers().catch(() => []);
  return Promise.all(
    gateways.members.filter(votes).map(async ({ node, etcdClient, etcdPeer }) => {
      const status = await administration.status(endpointOf(etcdClient)).catch(() => null);
      const known = (await listed).find(({ peerUrls }) => peerUrls.includes(etcdPeer));
      const state = !known ? 'starting' : known.learner ? 'learner' : 'voter';
      const leader = status ? status.leader === status.memberId : false;
      const member = {
        node,
        state,
        version: status?.version ?? '',
        leader,
        answers: status !== null,
      } as const;
      return { member, bytes: status?.dbBytes ?? 0 };
    }),
  );
}

/** Null when the quorum does not say. */
async function roomOf(ports: DetailsPorts, bytes: number): Promise<EngineRoom | null> {
  const { settings, quorum, keyRing, gateways } = ports;
  const { clusterId } = ports.file();
  const rules = trimRules({ settings, clusterId, keys: keyRing }, quorum, gateways.members);
  const state = await trimState({ ...rules, timeoutMs: ROOM_MS }).catch(() => null);
  if (!state) return null;
  const { quotaBytes } = settings.cluster.etcd;
  const { floor, head, heldBy } = state;
  const nameOf = gateways.members.find(({ node }) => heldBy.startsWith(`${node} `));
  return {
    floor: String(floor),
    head: String(head),
    heldBy: nameOf ? heldBy.replace(nameOf.node, nameOf.name) : heldBy,
    ...{ bytes, quotaBytes, isLarge: bytes > quotaBytes * LARGE_PART },
  };
}

function largeText({ bytes, quotaBytes, heldBy }: EngineRoom): string {
  const [size, quota] = [bytes, quotaBytes].map((octets) => Math.round(octets / MEGABYTE));
  const why = heldBy === '' ? '' : `; what keeps it from holding less: ${heldBy}`;
  return `etcd holds ${size} MB, more than a quarter of its ${quota} MB${why}`;
}

/** A recovery that went on without all that the engine before had held. */
function unreadOf({ unread }: ClusterFile): string[] {
  if (!unread || !existsSync(unread.folder)) return [];
  const { folder, reason } = unread;
  return [
    `what the etcd of this gateway held before the new generation could not be read (${reason}): events that only it had are missing; its data are kept in ${folder}, and this warning ends when they are removed`,
  ];
}

/** Gateways that keep the others from writing what is new. */
function upgradesOf({ members }: Pick<ClusterView, 'members'>): string[] {
  return members
    .filter(({ role, reads }) => role !== 'witness' && reads < LOG_FORMAT)
    .map(({ name, version, reads }) => {
      const which = version === '' ? '' : ` (${version})`;
      return `${name}${which} reads the log up to format ${reads}: what needs format ${LOG_FORMAT} waits until it is upgraded`;
    });
}

async function progressOf({ steward, gateways, keys, cluster }: DetailsPorts): Promise<string[]> {
  const progress = steward.step === '' ? [] : [steward.step];
  if (gateways.removedKeyIsKnown) {
    const at = await keys.replacementProgress({}).catch(() => null);
    const far = at ? ` (${at.done} of ${at.of} values)` : '';
    progress.push(`the cluster key that a removed gateway knows is being replaced${far}`);
  }
  return [...progress, ...renewalOf(gateways.cluster, await cluster.view())];
}

/** How far the renewal of the cluster's CAs is, and for whom it waits. */
function renewalOf(cluster: Cluster, { members }: Pick<ClusterView, 'members'>): string[] {
  if (cluster.status !== 'formed') return [];
  const { renewal, authoritiesAreKnown } = cluster;
  if (renewal === null)
    return authoritiesAreKnown
      ? ['the authorities of the cluster are renewed: a removed gateway knows their keys']
      : [];
  const silent = (node: string): boolean => members.some((member) => member.node === node && !member.alive);
  const waited = waitedFor({ renewal, members: cluster.members });
  const names = waited.gateways.map(({ node, name }) =>
    silent(node) ? `${name}, which does not answer` : name,
  );
  const [witness] = waited.witnesses;
  const who =
    names.length > 0 || !witness
      ? `waits for ${names.join('; ')}`
      : `waits for the witness: sealgate cluster token --role witness here, then sealgate witness join on ${witness.name}`;
  return [
    `the authorities of the cluster are renewed, step ${RENEWAL_STEPS.indexOf(renewal.step) + 1} of ${RENEWAL_STEPS.length}; ${who}`,
  ];
}
