/**
 * Whoever has the data folder of a removed gateway, with its node key: signs certificates with the keys of the CAs that
 * its vault holds, in the name of another gateway, and shows them at every port of the cluster.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import type { KnownMember } from '#node/cluster/cluster-file.ts';
import { issueCertificates } from '#node/cluster/issue-certificates.ts';
import { authorityFile, type NodeCertificate, pemOf } from '#node/cluster/node-certificates.ts';
import { hostsOfMember } from '#node/cluster/own-addresses.ts';
import { endpointOf } from '#node/cluster/own-engine.ts';
import type { Layout } from '#node/config/layout.ts';
import { keysClient } from '#node/keys/client.ts';
import { peerClient, splitAddress } from '#node/peer/peer-client.ts';

const ASK_MS = 60_000; // Who is let in is answered at once, but on a busy machine.
const FIRST_SERIES = 1;
const FORGED = ['gateway', 'etcd-peer', 'etcd-root'] as const;

export interface Forged {
  readonly certificates: Readonly<Record<(typeof FORGED)[number], string>>;
  readonly key: string;
}

/** Certificates of `victim`, the etcd's administrator among them, by the CAs that `thief` was told when it joined. */
export async function forge(thief: Layout, victim: KnownMember): Promise<Forged> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const authorityOf = (name: 'gateway' | 'peer' | 'client') => ({
    series: FIRST_SERIES,
    certificate: new X509Certificate(readFileSync(authorityFile(thief.cluster, name))).raw.toString(
      'base64url',
    ),
  });
  const authorities = {
    gateway: authorityOf('gateway'),
    peer: authorityOf('peer'),
    client: authorityOf('client'),
  };
  const keys = keysClient(thief);
  try {
    const publicKeys = Object.fromEntries(FORGED.map((name): [NodeCertificate, Buffer] => [name, spki]));
    const hosts = hostsOfMember(victim.node, victim);
    const issued = await issueCertificates(keys, authorities, hosts, publicKeys, Date.now());
    return {
      certificates: {
        gateway: pemOf(issued.gateway!),
        'etcd-peer': pemOf(issued['etcd-peer']!),
        'etcd-root': pemOf(issued['etcd-root']!),
      },
      key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    };
  } finally {
    keys.close();
  }
}

export interface Opened {
  readonly client: boolean;
  readonly peer: boolean;
  readonly gateway: boolean;
}

/** At which ports of `target` the certificates are good for anything. `member`: who knows the CAs of today. */
export async function opened(
  { certificates, key }: Forged,
  target: KnownMember,
  member: Pick<Layout, 'cluster'>,
): Promise<Opened> {
  const ca = (name: 'gateway' | 'client') => readFileSync(authorityFile(member.cluster, name), 'utf8');
  const address = endpointOf(target.etcdClient);
  const credentials = { ca: ca('client'), certificate: certificates['etcd-root'], key };
  const access = new EtcdAdministration({ endpoints: [address], credentials });
  const peers = peerClient({
    tls: () => ({ cert: certificates.gateway, key, ca: ca('gateway') }),
    addressOf: () => target.peerAddress,
  });
  try {
    return {
      client: await access.status(address).then(
        () => true,
        () => false,
      ),
      peer: await answersAsMember(endpointOf(target.etcdPeer), certificates['etcd-peer'], key),
      gateway: await peers
        .request(target.node, { method: 'GET', path: '/log/segments/1', timeoutMs: ASK_MS })
        .then(({ status }) => status !== 401),
    };
  } finally {
    access.close();
    peers.close();
  }
}

/** Anything that etcd says there is said to a member. */
function answersAsMember(address: string, cert: string, key: string): Promise<boolean> {
  const [host, port] = splitAddress(address);
  return new Promise((resolve) => {
    const asked = request({
      host,
      port,
      path: '/members',
      cert,
      key,
      rejectUnauthorized: false,
      agent: false,
    });
    asked.setTimeout(ASK_MS, () => asked.destroy());
    asked.on('response', (response) => {
      response.resume();
      resolve(true);
    });
    asked.on('error', () => resolve(false));
    asked.on('close', () => resolve(false));
    asked.end();
  });
}
