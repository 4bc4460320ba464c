/**
 * Reads what an engine member of this gateway has held after its majority is gone for good, from a copy of its data
 * (replication.md §8, 23): a member of its own on loopback, made to lead alone, with certificates that nobody else trusts.
 * It serves this one reading, never a gateway; afterwards the copy is deleted. The data themselves are not touched.
 *
 *   data set aside ─▶ copy, all of it counted as committed ─▶ etcd --force-new-cluster on it ─▶ read ─▶ ended, copy deleted
 */
import { constants } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile, rm, stat, statfs, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import { startEnvironment, startLine } from '#consensus/etcd/start-line.ts';
import { commitOfAll } from '#consensus/etcd/write-ahead-log.ts';
import type { NodeAuthorities } from '#domain/cluster/authority-renewal.ts';
import type { ClusterFile } from './cluster-file.ts';
import { administrationAccess, quorumAccess } from './engine-access.ts';
import { engineProgram } from './engine-program.ts';
import { ensureEtcd, lastWords, stopEtcd } from './etcd-process.ts';
import { type AuthorityKeys, issueCertificates } from './issue-certificates.ts';
import {
  authorityFile,
  certificateFile,
  ensureNodeKeys,
  keyFile,
  NODE_CERTIFICATES,
  writeAuthorities,
  writeCertificates,
} from './node-certificates.ts';
import { type EnginePlace, engineReady } from './own-engine.ts';

const HOST = '127.0.0.1';
const FOLDER = 'scratch';
const STOP_MS = 2000; // Nothing of it is kept.
const FREE_BYTES = 512 * 1024 * 1024; // Left beside the copy: mail goes on meanwhile.

export interface ScratchPorts extends EnginePlace {
  readonly keys: AuthorityKeys;
  /** Of the new generation: no member of the old one trusts them. */
  readonly authorities: NodeAuthorities;
  readonly file: Pick<ClusterFile, 'clusterId' | 'node'>;
  /** Also what the member had written and did not know to be committed: another survivor may know better. */
  readonly uncommitted: boolean;
}

/** `engine`: the folder of a member that does not run. Rejects when it cannot be copied or started, and as `use` does. */
export async function readScratchCopy<T>(
  ports: ScratchPorts,
  engine: string,
  use: (quorum: EtcdQuorum) => Promise<T>,
): Promise<T> {
  const folder = join(ports.layout.etcd, FOLDER);
  await discard(folder); // An attempt that broke off may have left one, running.
  try {
    await copyData(engine, folder);
    if (ports.uncommitted) await commitAll(join(folder, 'data', 'member', 'wal'));
    return await readAt(ports, folder, use);
  } finally {
    await discard(folder);
  }
}

async function discard(folder: string): Promise<void> {
  await stopEtcd(folder, STOP_MS);
  await rm(folder, { recursive: true, force: true });
}

async function copyData(engine: string, folder: string): Promise<void> {
  const from = join(engine, 'data');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(folder);
  const bytes = await bytesOf(from);
  if (bavail * bsize < bytes + FREE_BYTES)
    throw new Error(`there is no room for a copy of ${Math.ceil(bytes / 1024 / 1024)} MB`);
  await cp(from, join(folder, 'data'), { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Its last entries may have been answered by a member that is gone. What their events are worth, their chain says. */
async function commitAll(folder: string): Promise<void> {
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.wal')).sort();
  const newest = segments.at(-1);
  if (newest === undefined) return;
  const path = join(folder, newest);
  const found = commitOfAll(await readFile(path));
  if (!found) return;
  await truncate(path, found.offset);
  await appendFile(path, found.octets);
}

async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function readAt<T>(
  ports: ScratchPorts,
  folder: string,
  use: (quorum: EtcdQuorum) => Promise<T>,
): Promise<T> {
  const { file } = ports;
  const endpoint = await startAlone(ports, folder);
  const access = { ...ports.layout, cluster: folder };
  const administration = administrationAccess(access, [endpoint]);
  const quorum = quorumAccess(access, file, [endpoint], 'etcd-root');
  try {
    await engineReady(administration, endpoint, folder).catch((error: Error) => {
      throw new Error(`${error.message}: ${lastWords(folder)}`);
    });
    return await use(quorum);
  } finally {
    administration.close();
    quorum.close();
  }
}

/** Where it answers, `host:port`. */
async function startAlone(ports: ScratchPorts, folder: string): Promise<string> {
  const { settings, keys, authorities, file } = ports;
  const { binary, heartbeatMs, quotaBytes } = settings.cluster.etcd;
  const publicKeys = ensureNodeKeys(folder, NODE_CERTIFICATES);
  const hosts = { node: file.node, peerHost: HOST, etcdHosts: [HOST] };
  writeCertificates(folder, await issueCertificates(keys, authorities, hosts, publicKeys, Date.now()));
  writeAuthorities(folder, authorities);
  const [client, peer] = await Promise.all([freeAddress(), freeAddress()]);
  const self = { name: file.node, peerUrl: `https://${peer}` };
  const { version } = await engineProgram(binary);
  const line = startLine(version, {
    ...{ self, members: [self], state: 'existing', token: 'scratch', dataFolder: join(folder, 'data') },
    ...{ listenPeer: self.peerUrl, listenClient: `https://${client}`, clientUrl: `https://${client}` },
    files: {
      clientCa: authorityFile(folder, 'client'),
      serverCertificate: certificateFile(folder, 'etcd-server'),
      serverKey: keyFile(folder, 'etcd-server'),
      peerCa: authorityFile(folder, 'peer'),
      peerCertificate: certificateFile(folder, 'etcd-peer'),
      peerKey: keyFile(folder, 'etcd-peer'),
    },
    ...{ heartbeatMs, quotaBytes, corruptCheck: false },
  });
  const environment = startEnvironment(version, process.arch);
  await ensureEtcd({ binary, line: [...line, '--force-new-cluster'], environment, folder });
  return client;
}

async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `${HOST}:${port}`;
}
