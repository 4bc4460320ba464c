/**
 * An etcd of the operator's own as the engine of the cluster (replication.md §4.1, requirement 32): the same keys under
 * the operator's prefix, one folder of them a generation. Here are no members to look after, no users to make, no space
 * to give back: nothing is asked but reading, writing and leases under that prefix.
 *
 *   <prefix>gen<g>/meta …   what else lies under the prefix is somebody else's: refused, and left as it is
 */
import { readFileSync } from 'node:fs';
import { EtcdRefusal } from '#consensus/etcd/call-failure.ts';
import type { ClientCredentials } from '#consensus/etcd/endpoint.ts';
import { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import { type KeyValueQuorum, QuorumError } from '#consensus/key-value-quorum.ts';
import { decodeMeta, META } from '#consensus/replicated/quorum-keys.ts';
import type { Settings } from '#node/config/settings.ts';
import { ClusterError } from './cluster-error.ts';
import { type ExternalSettings, whereOf } from './external-settings.ts';

const ASK_MS = 10_000; // An election of theirs is in it.
const NAMED_KEYS = 3; // Enough to see whose they are.
const LOOKED_AT = 1000; // What an attempt to begin leaves are three keys.
const FIRST = 'gen1/';
/** Under the prefix; no key of text comes behind the last code point. */
const EVERYTHING = { key: '', end: '\u{10ffff}' };
/** Never the revision of a key. */
const NEVER = (1n << 62n) - 1n;
const TIMED = { timeoutMs: ASK_MS };

/** Throws ClusterError: this gateway's settings must name the etcd that its cluster uses. */
export function externalSettings({ cluster }: Settings): ExternalSettings {
  if (cluster.external) return cluster.external;
  throw new ClusterError(
    'refused',
    'The database of this cluster is an external etcd, and sealgate.yaml names none: set cluster.external as on the ' +
      'other gateways (endpoints, ca, clientCertificate, key, prefix).',
  );
}

/** The keys of one generation. Throws ClusterError when a file cannot be read. */
export function externalQuorum(settings: ExternalSettings, generation: number): EtcdQuorum {
  return access(settings, `${settings.prefix}gen${generation}/`);
}

function access(settings: ExternalSettings, prefix: string): EtcdQuorum {
  return new EtcdQuorum({ endpoints: settings.endpoints, credentials: credentialsOf(settings), prefix });
}

function credentialsOf({ ca, clientCertificate, key }: ExternalSettings): ClientCredentials {
  return {
    ca: fileOf('ca', ca),
    certificate: fileOf('clientCertificate', clientCertificate),
    key: fileOf('key', key),
  };
}

function fileOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ClusterError('refused', `cluster.external.${name}: ${(error as Error).message}`);
  }
}

/**
 * Before a cluster begins there: it is reached, this gateway may read and write under the prefix, and nothing lies there
 * but what an attempt of this very gateway has left. Rejects with ClusterError; changes nothing.
 */
export async function examineForInit(settings: ExternalSettings, clusterId: string): Promise<void> {
  await examined(settings, async (keys) => {
    const { values } = await keys.range({ ...EVERYTHING, limit: LOOKED_AT, keysOnly: true }, TIMED);
    const foreign = values.map(({ key }) => key).filter((key) => !key.startsWith(FIRST));
    if (foreign.length > 0) throw foreignKeys(settings, foreign);
    const owner = await ownerOf(keys, FIRST);
    if (owner !== clusterId && values.length > 0) {
      throw owner ? otherCluster(settings, owner) : foreignKeys(settings, [values[0]!.key]);
    }
  });
}

/** Before a gateway asks to join: its settings lead to that cluster's log, and it may write there. Changes nothing. */
export async function examineForJoin(settings: ExternalSettings): Promise<void> {
  await examined(settings, async (keys) => {
    if ((await keys.range({ ...EVERYTHING, limit: 1, keysOnly: true }, TIMED)).values.length > 0) return;
    throw refused(settings, 'nothing of a cluster lies there. Are endpoints and prefix those of the others?');
  });
}

/** Whether the generation that a joiner was told of is the one that its settings lead to. */
export async function isLogOf(
  settings: ExternalSettings,
  { clusterId, generation }: { readonly clusterId: string; readonly generation: number },
): Promise<boolean> {
  let same = false;
  await examined(settings, async (keys) => {
    same = (await ownerOf(keys, `gen${generation}/`)) === clusterId;
  });
  return same;
}

async function examined(
  settings: ExternalSettings,
  look: (keys: KeyValueQuorum) => Promise<void>,
): Promise<void> {
  const keys = access(settings, settings.prefix);
  try {
    await look(keys);
    await mayWrite(keys);
  } catch (error) {
    if (error instanceof QuorumError || error instanceof EtcdRefusal) throw unusable(settings, error);
    throw error;
  } finally {
    keys.close();
  }
}

/** Judged by etcd before the comparison, which fails: nothing is written. */
async function mayWrite(keys: KeyValueQuorum): Promise<void> {
  const key = FIRST + META;
  const success = [{ type: 'put' as const, key, value: new Uint8Array() }];
  await keys.txn({ compare: [{ key, modRevision: NEVER }], success }, TIMED);
}

async function ownerOf(keys: KeyValueQuorum, folder: string): Promise<string | null> {
  const [meta] = (await keys.range({ key: folder + META }, TIMED)).values;
  return (meta && decodeMeta(meta.value)?.clusterId) ?? null;
}

function refused(settings: ExternalSettings, why: string): ClusterError {
  return new ClusterError('refused', `${whereOf(settings)}: ${why}`);
}

function foreignKeys(settings: ExternalSettings, keys: readonly string[]): ClusterError {
  const named = keys.slice(0, NAMED_KEYS).map((key) => JSON.stringify(settings.prefix + key));
  return refused(
    settings,
    `keys of somebody else lie under this prefix (${named.join(', ')}). They were left as they are. Give the cluster ` +
      'a prefix of its own (cluster.external.prefix).',
  );
}

function otherCluster(settings: ExternalSettings, clusterId: string): ClusterError {
  return refused(
    settings,
    `the log of another cluster (${clusterId}) lies under this prefix. It was left as it is. Join that cluster, or ` +
      'give this one a prefix of its own (cluster.external.prefix).',
  );
}

function unusable(settings: ExternalSettings, error: QuorumError | EtcdRefusal): ClusterError {
  if (error instanceof QuorumError && error.code === 'denied') {
    return refused(
      settings,
      `the user of cluster.external.clientCertificate may not read and write there (${error.message}). Grant it a role ` +
        `with read-write on this prefix, and nothing else: etcdctl role grant-permission ROLE --prefix=true readwrite ${settings.prefix}`,
    );
  }
  return new ClusterError(
    'engine-failed',
    `${whereOf(settings)} cannot be used: ${error.message}. Look at the network, at that etcd, and at the files of cluster.external.`,
  );
}
