/**
 * Issues what a member of the cluster needs: certificates for other gateways and for the engine, signed by the cluster's
 * own authorities inside the `keys` process (replication.md §4.2).
 */
import { administratorOf } from '#consensus/etcd/gateway-access.ts';
import { fromBase64Url, toBase64Url } from '#domain/canonical-json.ts';
import type { NodeAuthorities, NodeAuthority } from '#domain/cluster/authority-renewal.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { issueNodeAuthority, issueNodeCertificate } from '#node/crypto/x509/issue-node-certificate.ts';
import type { KeysPort, NodeAuthorityName, Signer } from '#node/keys/port.ts';
import { nodeUri } from '#node/peer/peer-identity.ts';
import { type ByCertificate, NODE_CERTIFICATES, type NodeCertificate } from './node-certificates.ts';

const AUTHORITY_DAYS = 3652; // Ten years; renewed with a generation or by command.
const CERTIFICATE_DAYS = 730; // Renewed by the gateway itself two months before.

export type AuthorityKeys = Pick<KeysPort, 'nodeAuthorityKey' | 'signAsNodeAuthority'>;

export interface MemberHosts {
  readonly node: string;
  /** As other gateways, and as clients and members of the engine dial it. */
  readonly peerHost: string;
  readonly etcdHosts: readonly string[];
}

const signerOf =
  (keys: AuthorityKeys, authority: NodeAuthorityName, series: number): Signer =>
  (scheme, tbs) =>
    keys.signAsNodeAuthority({ authority, series, scheme, tbs });

export async function makeAuthority(
  keys: AuthorityKeys,
  authority: NodeAuthorityName,
  { clusterId, series, atMs }: { clusterId: string; series: number; atMs: number },
): Promise<NodeAuthority> {
  const made = await issueNodeAuthority(
    {
      commonName: `${authority} ${series} ${clusterId}`,
      publicKey: await keys.nodeAuthorityKey({ authority, series }),
      validityDays: AUTHORITY_DAYS,
      atMs,
    },
    signerOf(keys, authority, series),
  );
  return { series, certificate: toBase64Url(made.der) };
}

export async function makeAuthorities(
  keys: AuthorityKeys,
  context: { clusterId: string; series: number; atMs: number },
): Promise<NodeAuthorities> {
  return {
    gateway: await makeAuthority(keys, 'gateway', context),
    peer: await makeAuthority(keys, 'peer', context),
    client: await makeAuthority(keys, 'client', context),
  };
}

/** Who signs it, by what name the engine knows its holder, and what it is good for. */
const PROFILES: Readonly<
  Record<
    NodeCertificate,
    {
      readonly authority: NodeAuthorityName;
      commonName(node: string): string | null;
      readonly usages: readonly ('server' | 'client')[];
    }
  >
> = {
  gateway: { authority: 'gateway', commonName: () => null, usages: ['server', 'client'] },
  // The engine's server connects to itself with its own certificate, too.
  'etcd-server': { authority: 'client', commonName: () => null, usages: ['server', 'client'] },
  'etcd-peer': { authority: 'peer', commonName: () => null, usages: ['server', 'client'] },
  'etcd-client': { authority: 'client', commonName: (node) => node, usages: ['client'] },
  'etcd-root': { authority: 'client', commonName: administratorOf, usages: ['client'] },
};

export const authorityOf = (name: NodeCertificate): NodeAuthorityName => PROFILES[name].authority;

/** A certificate for each public key given. */
export async function issueCertificates(
  keys: AuthorityKeys,
  authorities: NodeAuthorities,
  member: MemberHosts,
  publicKeys: ByCertificate,
  atMs: number,
): Promise<ByCertificate> {
  const issued: ByCertificate = {};
  for (const name of NODE_CERTIFICATES) {
    const publicKey = publicKeys[name];
    if (!publicKey) continue;
    const { authority, commonName, usages } = PROFILES[name];
    const { series, certificate } = authorities[authority];
    const made = await issueNodeCertificate(
      {
        issuer: readCertificate(Buffer.from(fromBase64Url(certificate))),
        commonName: commonName(member.node),
        hosts: hostsOf(name, member),
        uris: name === 'gateway' ? [nodeUri(member.node)] : [],
        usages,
        publicKey,
        validityDays: CERTIFICATE_DAYS,
        atMs,
      },
      signerOf(keys, authority, series),
    );
    issued[name] = made.der;
  }
  return issued;
}

function hostsOf(name: NodeCertificate, { peerHost, etcdHosts }: MemberHosts): readonly string[] {
  if (name === 'gateway') return [peerHost];
  return name === 'etcd-server' || name === 'etcd-peer' ? etcdHosts : [];
}
