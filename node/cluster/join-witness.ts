/**
 * Makes this machine a witness: a third vote on any small box, which processes no mail and gets no key of the cluster. It
 * runs a member of the engine and nothing else: `sealgate witness join HOST:PORT TOKEN`.
 *
 *   name and keys ─▶ ask, with the token ─▶ certificates ─▶ until the voters have added it ─▶ etcd ─▶ cluster.json
 *
 * Asked again (the same token, or a new one) it goes on, with the name and keys that it has; so its certificates are
 * renewed, too. One that was removed begins anew, under another name, with a new token.
 */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { rawEd25519 } from '#consensus/signing.ts';
import type { Layout } from '#node/config/layout.ts';
import { newNodeId } from '#node/ledger/identity.ts';
import { readsFormat } from '#node/ledger/own-format.ts';
import { VERSION } from '#node/version.ts';
import { askToJoin } from './ask-to-join.ts';
import { ClusterError } from './cluster-error.ts';
import { type ClusterFile, NOTHING_PENDING, readClusterFile, writeClusterFile } from './cluster-file.ts';
import { readIfThere, writeDurable } from './durable-json.ts';
import { setEngineAside } from './engine-aside.ts';
import { engineProgram } from './engine-program.ts';
import { runningEtcd, stopEtcd } from './etcd-process.ts';
import type { JoinOptions } from './join-cluster.ts';
import { fromText, type JoinAnswer, type JoinRequest, toText } from './join-protocol.ts';
import { type JoinToken, readToken } from './join-token.ts';
import { ensureNodeKeys, writeAuthorities, writeCertificates } from './node-certificates.ts';
import { ownAddresses } from './own-addresses.ts';
import { engineFolder, engineTrustsAsNow, startOwnEngine } from './own-engine.ts';

export const WITNESS_CERTIFICATES = ['etcd-server', 'etcd-peer'] as const;
const AGAIN_MS = 2000;
const LISTED_MS = 120_000; // The gateways become voters first, one after the other.
const STOP_MS = 10_000;

export interface JoinedWitness {
  readonly node: string;
  readonly clusterId: string;
  readonly pid: number;
}

/** Rejects with ClusterError. Resolves when the member of the engine runs; its vote comes when it is in step. */
export async function joinWitness(options: JoinOptions): Promise<JoinedWitness> {
  const { settings, layout } = options;
  const token = readToken(options.token);
  if (!token) throw new ClusterError('refused', 'This is not a token: sealgate cluster token --role witness');
  if (existsSync(layout.ledger)) {
    throw new ClusterError('refused', 'This data folder belongs to a gateway. A witness has one of its own.');
  }
  await engineProgram(settings.cluster.etcd.binary);
  const node = ownNode(layout, settings.node);
  const ask = (): Promise<JoinAnswer> => askAsWitness(options, token, node);
  const answer = await listed(await ask(), ask, ownAddresses(settings).etcdPeer);
  writeCertificates(layout.cluster, fromText(answer.certificates));
  writeAuthorities(layout.cluster, answer.authorities, answer.alsoTrusted);
  const file = fileOf(answer, node);
  const { pid } = await startWitness(options, answer, file);
  writeClusterFile(layout, file);
  return { node, clusterId: answer.clusterId, pid };
}

/** A folder of a witness must never become one of a gateway. */
export function isWitness(layout: Layout): boolean {
  const file = readClusterFile(layout);
  return file?.members.find(({ node }) => node === file.node)?.role === 'witness';
}

/** The name is kept from the first attempt on: the cluster may know it already. */
function ownNode(layout: Layout, name: string): string {
  const path = join(layout.cluster, 'node');
  const known = readIfThere(path);
  if (known !== null) return known;
  const node = newNodeId(name);
  writeDurable(path, node);
  return node;
}

async function askAsWitness(options: JoinOptions, token: JoinToken, node: string): Promise<JoinAnswer> {
  const { layout, address } = options;
  try {
    return await askToJoin(address, token, requestOf(options, token, node));
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'removed') throw error;
    const generation = readClusterFile(layout)?.generation;
    if (generation !== undefined) await stopEtcd(engineFolder(layout, generation), STOP_MS);
    renameSync(layout.cluster, `${layout.cluster}-removed-${Date.now()}`);
    if (existsSync(layout.etcd)) renameSync(layout.etcd, `${layout.etcd}-removed-${Date.now()}`);
    throw new ClusterError(
      'refused',
      'This witness was removed; what it had was moved aside. Make a new token and run this again.',
    );
  }
}

function requestOf({ settings, layout, nowMs }: JoinOptions, token: JoinToken, node: string): JoinRequest {
  const keyPath = join(layout.cluster, 'witness.key');
  let pem = readIfThere(keyPath);
  if (pem === null) {
    pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    writeDurable(keyPath, pem);
  }
  return {
    v: 1,
    tokenId: token.id,
    secret: token.secret,
    witness: true,
    node,
    name: settings.node,
    version: VERSION,
    atMs: nowMs(),
    publicKey: rawEd25519(createPrivateKey(pem)).toString('base64url'),
    nodeKey: '',
    publicKeys: toText(ensureNodeKeys(layout.cluster, WITNESS_CERTIFICATES)),
    ...ownAddresses(settings),
    peerAddress: '',
    engine: 'own',
    reads: readsFormat(), // It reads none, and is upgraded as the gateways are.
  };
}

/** The answer in which the voters have this machine in the engine's list. */
async function listed(
  first: JoinAnswer,
  ask: () => Promise<JoinAnswer>,
  peerUrl: string,
): Promise<JoinAnswer> {
  const endMs = performance.now() + LISTED_MS;
  let answer = first;
  while (!answer.engineMembers.some((member) => member.peerUrl === peerUrl)) {
    if (performance.now() > endMs) {
      throw new ClusterError(
        'engine-failed',
        'The voters have not taken the witness in yet. Run it again with the same token.',
      );
    }
    await wait(AGAIN_MS);
    answer = await ask();
  }
  return answer;
}

async function startWitness(
  { settings, layout }: JoinOptions,
  { engineMembers }: JoinAnswer,
  file: ClusterFile,
): Promise<{ pid: number }> {
  const folder = engineFolder(layout, file.generation);
  const { etcdPeer } = ownAddresses(settings);
  const isLearner = engineMembers.some(({ peerUrl, learner }) => peerUrl === etcdPeer && learner);
  // What a learner that does not run has is of a member that was taken out since, or worth nothing: it has no vote.
  if (isLearner && runningEtcd(folder) === null) setEngineAside(layout, file.generation);
  // It reads the CAs that it trusts only when it starts.
  else if (runningEtcd(folder) !== null && !engineTrustsAsNow(layout, file.generation)) {
    await stopEtcd(folder, STOP_MS);
  }
  const members = engineMembers.map(({ name, peerUrl }) => ({ name, peerUrl }));
  return startOwnEngine({ settings, layout }, file, { state: 'existing', members });
}

function fileOf(
  { clusterId, generation, founder, admittedAt, members }: JoinAnswer,
  node: string,
): ClusterFile {
  const known = { format: 1, clusterId, generation, node, founder, admittedAt } as const;
  return { ...NOTHING_PENDING, ...known, engine: 'own', forming: false, members };
}
