/** Ways to the engine of the cluster: as this gateway, and on voters as its administrator. */
import type { ClientCredentials } from '#consensus/etcd/endpoint.ts';
import { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import type { ClusterFile } from './cluster-file.ts';
import { externalQuorum, externalSettings } from './external-engine.ts';
import { etcdTls } from './node-certificates.ts';
import { endpointOf } from './own-engine.ts';

export const enginePrefix = (clusterId: string): string => `/sealgate/${clusterId}/`;

/** `host:port` of the members, this gateway's own first. */
export function engineEndpoints({ members, node }: Pick<ClusterFile, 'members' | 'node'>): string[] {
  const voting = members.filter(({ role }) => role === 'voter' || role === 'witness');
  const own = voting.filter((member) => member.node === node);
  return [...new Set([...own, ...voting].map(({ etcdClient }) => endpointOf(etcdClient)))];
}

export function credentialsOf(layout: Layout, as: 'etcd-client' | 'etcd-root'): ClientCredentials {
  const { ca, cert, key } = etcdTls(layout, as);
  return { ca, certificate: cert, key };
}

export function quorumAccess(
  layout: Layout,
  { clusterId }: Pick<ClusterFile, 'clusterId'>,
  endpoints: readonly string[],
  as: 'etcd-client' | 'etcd-root' = 'etcd-client',
): EtcdQuorum {
  return new EtcdQuorum({
    endpoints,
    credentials: credentialsOf(layout, as),
    prefix: enginePrefix(clusterId),
  });
}

/** As this gateway, wherever the log of its cluster is ordered. Throws ClusterError when the settings do not fit. */
export function memberQuorum(
  { settings, layout }: { readonly settings: Settings; readonly layout: Layout },
  file: Pick<ClusterFile, 'clusterId' | 'generation' | 'engine'>,
  endpoints: readonly string[],
): EtcdQuorum {
  if (file.engine === 'external') return externalQuorum(externalSettings(settings), file.generation);
  return quorumAccess(layout, file, endpoints);
}

export function administrationAccess(layout: Layout, endpoints: readonly string[]): EtcdAdministration {
  return new EtcdAdministration({ endpoints, credentials: credentialsOf(layout, 'etcd-root') });
}
