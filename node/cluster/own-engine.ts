/**
 * This gateway's member of the engine: a detached etcd process of the present generation, in `etcd/gen<g>`.
 *
 * Started with the certificates of `cluster/`; found again after a restart of the gateway, which costs no vote.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { type MemberAddress, startEnvironment, startLine } from '#consensus/etcd/start-line.ts';
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import { ClusterError } from './cluster-error.ts';
import type { ClusterFile } from './cluster-file.ts';
import { readIfThere, writeDurable } from './durable-json.ts';
import { engineProgram } from './engine-program.ts';
import { type EtcdProcess, ensureEtcd, runningEtcd } from './etcd-process.ts';
import { authorityFile, certificateFile, keyFile } from './node-certificates.ts';
import { bracketed, ownAddresses } from './own-addresses.ts';

const READY_MS = 30_000; // It replays its log; a member that had died under load needs seconds.
const ASK_EVERY_MS = 100;

export interface EnginePlace {
  readonly settings: Settings;
  readonly layout: Layout;
}

export const engineFolder = ({ etcd }: Pick<Layout, 'etcd'>, generation: number): string =>
  join(etcd, `gen${generation}`);

/**
 * True when a member of this generation has run here before: its own data say who the others are. They are there from its
 * first write-ahead log on; a first start that found none of the others leaves an empty database and knows nothing.
 */
export function engineHasData(layout: Layout, generation: number): boolean {
  const log = join(engineFolder(layout, generation), 'data', 'member', 'wal');
  return existsSync(log) && readdirSync(log).some((name) => name.endsWith('.wal'));
}

/** etcd reads the CAs that it trusts when it starts, and never again: which ones those were. */
const trustFile = (layout: Layout, generation: number): string =>
  join(engineFolder(layout, generation), 'trusted-cas.sha256');

function trustNow({ cluster }: Layout): string {
  const sum = createHash('sha256');
  for (const name of ['client', 'peer'] as const) sum.update(readIfThere(authorityFile(cluster, name)) ?? '');
  return sum.digest('hex');
}

/** Whether the member that runs was started with the CAs that are trusted now. */
export function engineTrustsAsNow(layout: Layout, generation: number): boolean {
  return readIfThere(trustFile(layout, generation)) === trustNow(layout);
}

export interface EngineStart {
  /** `new`: the first member of a generation; `existing`: added as a learner before. */
  readonly state: 'new' | 'existing';
  /** All members with this one. */
  readonly members: readonly MemberAddress[];
}

/** Rejects with ClusterError when the program is missing, too old, or cannot be started. */
export async function startOwnEngine(
  { settings, layout }: EnginePlace,
  { clusterId, generation, node }: Pick<ClusterFile, 'clusterId' | 'generation' | 'node'>,
  { state, members }: EngineStart,
): Promise<EtcdProcess> {
  const { etcd } = settings.cluster;
  const { version } = await engineProgram(etcd.binary);
  const folder = engineFolder(layout, generation);
  const { etcdClient, etcdPeer } = ownAddresses(settings);
  const listen = (port: number): string => `https://${bracketed(etcd.address)}:${port}`;
  const { cluster } = layout;
  const line = startLine(version, {
    self: { name: node, peerUrl: etcdPeer },
    members,
    state,
    token: `sealgate-${clusterId}-gen${generation}`,
    dataFolder: join(folder, 'data'),
    listenPeer: listen(etcd.peerPort),
    listenClient: listen(etcd.clientPort),
    clientUrl: etcdClient,
    files: {
      clientCa: authorityFile(cluster, 'client'),
      serverCertificate: certificateFile(cluster, 'etcd-server'),
      serverKey: keyFile(cluster, 'etcd-server'),
      peerCa: authorityFile(cluster, 'peer'),
      peerCertificate: certificateFile(cluster, 'etcd-peer'),
      peerKey: keyFile(cluster, 'etcd-peer'),
    },
    heartbeatMs: etcd.heartbeatMs,
    quotaBytes: etcd.quotaBytes,
    // On a difference it stops all changes; our own chain finds the damage, too, and goes on.
    corruptCheck: false,
  });
  const environment = startEnvironment(version, process.arch);
  const trust = trustNow(layout);
  const started = await ensureEtcd({ binary: etcd.binary, line, environment, folder }).catch(
    (error: Error) => {
      throw new ClusterError('engine-failed', `etcd cannot be started: ${error.message}`);
    },
  );
  if (!started.adopted) writeDurable(trustFile(layout, generation), trust);
  return started;
}

/** Resolves when the member at `host:port` answers and knows a leader. Rejects with `engine-failed`. */
export async function engineReady(
  administration: Pick<EtcdAdministration, 'status'>,
  address: string,
  folder: string,
  waitMs = READY_MS,
): Promise<void> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    try {
      if ((await administration.status(address)).leader !== 0n) return;
    } catch {
      // Not yet.
    }
    if (runningEtcd(folder) === null) {
      throw new ClusterError('engine-failed', `etcd has ended; see ${join(folder, 'etcd.log')}`);
    }
    if (performance.now() > endMs) {
      throw new ClusterError(
        'engine-failed',
        `etcd does not answer on ${address}; see ${join(folder, 'etcd.log')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

/** `https://host:port` → `host:port`. */
export const endpointOf = (url: string): string => url.slice('https://'.length);
