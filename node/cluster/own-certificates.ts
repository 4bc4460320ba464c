/**
 * Keeps this gateway's certificates as its role and addresses ask for them: issued by its own `keys` process, since
 * every gateway has the cluster key; anew two months before the first of them ends, or when the CAs have changed.
 */

import { X509Certificate } from 'node:crypto';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { alsoTrusted, type NodeAuthorities, type RenewalState } from '#domain/cluster/authority-renewal.ts';
import type { ClusterMemberState } from '#domain/cluster/cluster.ts';
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import { readIfThere } from './durable-json.ts';
import { keepFormer } from './former-certificates.ts';
import { type AuthorityKeys, authorityOf, issueCertificates } from './issue-certificates.ts';
import {
  certificateFile,
  certificatesEndMs,
  ensureNodeKeys,
  NODE_CERTIFICATES,
  type NodeCertificate,
  writeAuthorities,
  writeCertificates,
} from './node-certificates.ts';
import { hostsOfMember } from './own-addresses.ts';

const RENEW_BEFORE_MS = 60 * 86_400_000;

export interface CertificatePorts {
  readonly layout: Layout;
  readonly settings: Settings;
  readonly keys: AuthorityKeys;
}

/** True when others were written, or other CAs are trusted. */
export async function renewOwnCertificates(
  { layout, keys }: CertificatePorts,
  { authorities, renewal }: RenewalState,
  self: ClusterMemberState,
): Promise<boolean> {
  const { cluster } = layout;
  const names = NODE_CERTIFICATES.filter((name) => name !== 'etcd-root' || self.role === 'voter');
  const endMs = certificatesEndMs(cluster, names);
  const atMs = Date.now();
  const lasts = endMs !== null && endMs - atMs > RENEW_BEFORE_MS;
  const trustsOthers = writeAuthorities(cluster, authorities, alsoTrusted({ renewal }));
  if (lasts && areIssuedBy(cluster, names, authorities)) return trustsOthers;
  keepFormer(cluster, new X509Certificate(fromBase64Url(authorities.gateway.certificate)));
  const publicKeys = ensureNodeKeys(cluster, names as readonly NodeCertificate[]);
  const hosts = hostsOfMember(self.node, self);
  writeCertificates(cluster, await issueCertificates(keys, authorities, hosts, publicKeys, atMs));
  return true;
}

/** Of an older generation they may still last: the engine of this one does not know them. */
function areIssuedBy(
  folder: string,
  names: readonly NodeCertificate[],
  authorities: NodeAuthorities,
): boolean {
  return names.every((name) => {
    const issuer = new X509Certificate(fromBase64Url(authorities[authorityOf(name)].certificate));
    const certificate = new X509Certificate(readIfThere(certificateFile(folder, name)) ?? '');
    return certificate.verify(issuer.publicKey);
  });
}
