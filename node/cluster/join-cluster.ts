/**
 * Joins a cluster with this data folder, while no gateway runs on it: `sealgate cluster join HOST:PORT TOKEN`.
 *
 *   keys of its own ─▶ ask, with the token ─▶ certificates, members ─▶ old log aside ─▶ identity ─▶ cluster.json
 *
 * Everything is kept in `cluster/` as it comes; asked again with the same token it goes on where it broke off. A log that
 * the folder holds already is moved aside with its keys, never deleted. The gateway catches up when it is started.
 */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rawEd25519 } from '#consensus/signing.ts';
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import { loadNodeKey, nodeKeyFile } from '#node/keys/node-key.ts';
import { newNodeId, writeIdentity } from '#node/ledger/identity.ts';
import { readsFormat } from '#node/ledger/own-format.ts';
import { rawPublicKey } from '#node/spool/sealed-box.ts';
import { VERSION } from '#node/version.ts';
import { askToJoin } from './ask-to-join.ts';
import { type Begun, begunFile, begunSchema, joiningFolder } from './begun-join.ts';
import { ClusterError } from './cluster-error.ts';
import { type ClusterFile, NOTHING_PENDING, readClusterFile, writeClusterFile } from './cluster-file.ts';
import { readIfThere, syncDirectory, writeDurable } from './durable-json.ts';
import { examineForJoin, isLogOf } from './external-engine.ts';
import { type ExternalSettings, whereOf } from './external-settings.ts';
import { fromText, type JoinAnswer, type JoinRequest, toText } from './join-protocol.ts';
import { type JoinToken, readToken } from './join-token.ts';
import { ensureNodeKeys, keyFile, writeAuthorities, writeCertificates } from './node-certificates.ts';
import { ownAddresses } from './own-addresses.ts';

const JOINER_CERTIFICATES = ['gateway', 'etcd-server', 'etcd-peer', 'etcd-client'] as const;

export interface Joined {
  readonly node: string;
  readonly role: JoinAnswer['role'];
  readonly clusterId: string;
  readonly members: readonly string[];
  /** Where an old log was moved; null when there was none. */
  readonly movedTo: string | null;
}

export interface JoinOptions {
  readonly settings: Settings;
  readonly layout: Layout;
  /** `host:port` of a member. */
  readonly address: string;
  readonly token: string;
  readonly nowMs: () => number;
}

/** Rejects with ClusterError. */
export async function joinCluster(options: JoinOptions): Promise<Joined> {
  const { settings, layout, address, nowMs } = options;
  const token = readToken(options.token);
  if (!token) throw new ClusterError('refused', 'This is not a token: sealgate cluster token prints one.');
  whyNot(layout);
  const { external } = settings.cluster;
  if (external) await examineForJoin(external); // Before the token is used up.
  const begun = beginning(layout, settings, token);
  const answer = await askToJoin(address, token, requestOf(options, token, begun));
  if (external && !(await isLogOf(external, answer))) throw anotherLog(external);
  const { clusterId, generation, founder, admittedAt, members, role } = answer;
  const movedTo = moveOldAside(layout, begun, nowMs());
  installKeys(layout);
  writeCertificates(layout.cluster, fromText(answer.certificates));
  writeAuthorities(layout.cluster, answer.authorities, answer.alsoTrusted);
  writeIdentity(layout.ledger, { clusterId, node: begun.node, signingKey: begun.signingKey });
  const { engine } = answer;
  const known = { format: 1, clusterId, generation, node: begun.node, engine, founder, admittedAt } as const;
  const aside = formerHistory(begun, movedTo, clusterId);
  writeClusterFile(layout, { ...NOTHING_PENDING, ...known, forming: false, members, aside });
  rmSync(joiningFolder(layout), { recursive: true });
  return { node: begun.node, role, clusterId, members: members.map(({ name }) => name), movedTo };
}

/** Throws when this folder must not join now. */
function whyNot(layout: Layout): void {
  const member = readClusterFile(layout);
  if (member && member.removed === '') {
    throw new ClusterError('already-member', `This gateway is ${member.node} of a cluster already.`);
  }
  // Sealed to a key that is left behind: nobody could open it any more.
  const waiting = [layout.spoolReady, layout.spoolHold].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sgf')) : [],
  );
  if (waiting.length > 0) {
    throw new ClusterError(
      'mail-under-way',
      `${waiting.length} mails of this gateway are not through yet. Start it until they are (sealgate status, ` +
        'sealgate queue held), stop it, then join.',
    );
  }
}

/** What was begun with this token, or a new beginning. */
function beginning(layout: Layout, settings: Settings, token: JoinToken): Begun {
  const former = readClusterFile(layout);
  const text = readIfThere(begunFile(layout));
  const known = text === null ? null : begunSchema.safeParse(JSON.parse(text));
  if (known?.success && known.data.tokenId === token.id) return known.data;
  rmSync(joiningFolder(layout), { recursive: true, force: true }); // Keys of another attempt: no cluster knows them.
  const { privateKey } = generateKeyPairSync('ed25519');
  const begun: Begun = {
    format: 1,
    tokenId: token.id,
    node: newNodeId(settings.node),
    signingKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    movedTo: null,
    former: former && { clusterId: former.clusterId, node: former.node, generation: former.generation },
  };
  writeDurable(begunFile(layout), JSON.stringify(begun));
  return begun;
}

function requestOf({ settings, layout, nowMs }: JoinOptions, token: JoinToken, begun: Begun): JoinRequest {
  const nodeKey = loadNodeKey(joiningFolder(layout));
  return {
    v: 1,
    tokenId: token.id,
    secret: token.secret,
    witness: false,
    node: begun.node,
    name: settings.node,
    version: VERSION,
    atMs: nowMs(),
    publicKey: rawEd25519(createPrivateKey(begun.signingKey)).toString('base64url'),
    nodeKey: rawPublicKey(nodeKey).toString('base64url'),
    publicKeys: toText(ensureNodeKeys(joiningFolder(layout), JOINER_CERTIFICATES)),
    ...ownAddresses(settings),
    engine: settings.cluster.external ? 'external' : 'own',
    reads: readsFormat(),
  };
}

function anotherLog(external: ExternalSettings): ClusterError {
  return new ClusterError(
    'refused',
    `${whereOf(external)}: the log of this cluster does not lie there. Set cluster.external as on the other gateways, ` +
      'then join with the same token.',
  );
}

/** Log, keys and the spool's public key of a gateway on its own: what is told to have been moved is moved once. */
function moveOldAside(layout: Layout, begun: Begun, atMs: number): string | null {
  const old = [layout.ledger, layout.keys, layout.spoolPublicKey].filter((path) => existsSync(path));
  let { movedTo } = begun;
  if (movedTo === null) {
    if (old.length === 0) return null;
    movedTo = join(layout.root, `before-join-${new Date(atMs).toISOString().replaceAll(/[:.]/g, '-')}`);
    writeDurable(begunFile(layout), JSON.stringify({ ...begun, movedTo }));
  }
  mkdirSync(movedTo, { recursive: true, mode: 0o700 });
  for (const path of old) {
    const target = join(movedTo, basename(path));
    if (!existsSync(target)) renameSync(path, target); // Otherwise it is the new one, of an attempt that broke off.
  }
  syncDirectory(movedTo);
  syncDirectory(layout.root);
  return movedTo;
}

/** A removed member may have recorded what the cluster does not know: that is found out after the first start. */
function formerHistory({ former }: Begun, movedTo: string | null, clusterId: string): ClusterFile['aside'] {
  if (former?.clusterId !== clusterId || movedTo === null) return null;
  return { folder: join(movedTo, 'ledger'), node: former.node, generation: former.generation };
}

/** Keys to the places where they are used; those that are there already were installed before the attempt broke off. */
function installKeys(layout: Layout): void {
  const from = joiningFolder(layout);
  mkdirSync(layout.keys, { recursive: true, mode: 0o700 });
  const moves = [
    [nodeKeyFile(from), nodeKeyFile(layout.keys)],
    ...JOINER_CERTIFICATES.map((name) => [keyFile(from, name), keyFile(layout.cluster, name)]),
  ] as [string, string][];
  for (const [made, used] of moves) if (existsSync(made)) renameSync(made, used);
  syncDirectory(layout.keys);
  syncDirectory(layout.cluster);
}
