/**
 * The certificates of this gateway in `cluster/`, PEM: for other gateways (`gateway`), and for the engine as server
 * (`etcd-server`), among its members (`etcd-peer`), as client (`etcd-client`) and, on voters, as its administrator
 * (`etcd-root`). Beside them the CAs that are trusted, of each of three kinds one, or two while they are renewed; never a
 * private key of a CA.
 */
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { type NodeAuthorities, type SomeAuthorities, trustedOf } from '#domain/cluster/authority-renewal.ts';
import type { Layout } from '#node/config/layout.ts';
import type { NodeAuthorityName } from '#node/keys/port.ts';
import type { PeerTls } from '#node/peer/peer-server.ts';
import { issuerAmong } from '#node/peer/trusted-authorities.ts';
import { readIfThere, writeDurable } from './durable-json.ts';

export const NODE_CERTIFICATES = ['gateway', 'etcd-server', 'etcd-peer', 'etcd-client', 'etcd-root'] as const;
export type NodeCertificate = (typeof NODE_CERTIFICATES)[number];
const AUTHORITIES: readonly NodeAuthorityName[] = ['gateway', 'peer', 'client'];

/** SubjectPublicKeyInfo or certificates, DER, by their names. */
export type ByCertificate = Partial<Record<NodeCertificate, Uint8Array>>;

export const certificateFile = (folder: string, name: NodeCertificate): string => join(folder, `${name}.crt`);
export const keyFile = (folder: string, name: NodeCertificate): string => join(folder, `${name}.key`);
export const authorityFile = (folder: string, name: NodeAuthorityName): string =>
  join(folder, `${name}-ca.crt`);

export const pemOf = (der: Uint8Array): string => new X509Certificate(Buffer.from(der)).toString();

/** The public keys for these certificates; private ones are made where there are none yet. */
export function ensureNodeKeys(folder: string, names: readonly NodeCertificate[]): ByCertificate {
  const keys: ByCertificate = {};
  for (const name of names) {
    const path = keyFile(folder, name);
    let pem = readIfThere(path);
    if (pem === null) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
      writeDurable(path, pem);
    }
    keys[name] = createPublicKey(pem).export({ format: 'der', type: 'spki' });
  }
  return keys;
}

export function writeCertificates(folder: string, certificates: ByCertificate): void {
  for (const name of NODE_CERTIFICATES) {
    const der = certificates[name];
    if (der) writeDurable(certificateFile(folder, name), pemOf(der));
  }
}

/** `also`: trusted beside those whose certificates are issued. True when there was another one before. */
export function writeAuthorities(
  folder: string,
  authorities: NodeAuthorities,
  also: SomeAuthorities = {},
): boolean {
  let changed = false;
  for (const name of AUTHORITIES) {
    const trusted = trustedOf(name, authorities, also);
    const text = trusted.map(({ certificate }) => pemOf(fromBase64Url(certificate))).join('');
    const path = authorityFile(folder, name);
    if (readIfThere(path) === text) continue;
    writeDurable(path, text);
    changed = true;
  }
  return changed;
}

/** When the first of them ends, milliseconds; null when one is missing. */
export function certificatesEndMs(folder: string, names: readonly NodeCertificate[]): number | null {
  const ends = names.map((name) => {
    const pem = readIfThere(certificateFile(folder, name));
    return pem === null ? null : new X509Certificate(pem).validToDate.getTime();
  });
  return ends.some((end) => end === null) ? null : Math.min(...(ends as number[]));
}

/** For the connections between gateways, the CA in the chain, by which a joiner knows us. Throws when a file is missing. */
export function gatewayTls({ cluster }: Pick<Layout, 'cluster'>): PeerTls {
  const ca = needed(authorityFile(cluster, 'gateway'));
  const own = needed(certificateFile(cluster, 'gateway'));
  const issuer = issuerAmong(ca, new X509Certificate(own));
  return {
    cert: own + (issuer?.toString() ?? ''),
    key: needed(keyFile(cluster, 'gateway')),
    ca,
  };
}

/** For a connection to the engine, as this gateway or as its administrator. */
export function etcdTls({ cluster }: Pick<Layout, 'cluster'>, as: 'etcd-client' | 'etcd-root'): PeerTls {
  return {
    cert: needed(certificateFile(cluster, as)),
    key: needed(keyFile(cluster, as)),
    ca: needed(authorityFile(cluster, 'client')),
  };
}

function needed(path: string): string {
  const text = readIfThere(path);
  if (text === null) throw new Error(`${path} is missing; restore it from a backup of this gateway`);
  return text;
}
