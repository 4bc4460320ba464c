/** How other machines reach this gateway, from its settings (docs/configuration.md, `cluster`). */
import { isIP } from 'node:net';
import type { MemberAddresses } from '#domain/cluster/cluster-messages.ts';
import type { Settings } from '#node/config/settings.ts';
import { splitAddress } from '#node/peer/peer-client.ts';
import type { MemberHosts } from './issue-certificates.ts';

export const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

export function ownAddresses({ cluster }: Settings): MemberAddresses {
  const { peer, etcd, site } = cluster;
  const host = bracketed(etcd.advertiseHost ?? etcd.address);
  return {
    site,
    peerAddress: peer.advertise ?? `${bracketed(peer.address)}:${peer.port}`,
    etcdClient: `https://${host}:${etcd.clientPort}`,
    etcdPeer: `https://${host}:${etcd.peerPort}`,
  };
}

/** What a member's certificates must name. */
export function hostsOfMember(
  node: string,
  { peerAddress, etcdClient, etcdPeer }: MemberAddresses,
): MemberHosts {
  const etcdHosts = [etcdClient, etcdPeer].map((url) => splitAddress(url.slice('https://'.length))[0]);
  return { node, peerHost: splitAddress(peerAddress)[0], etcdHosts: [...new Set(etcdHosts)] };
}
