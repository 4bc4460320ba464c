/** ClusterAdministration of a gateway on its own: it can become a cluster, and nothing else. */
import type { ClusterAdministration } from '#node/cluster/cluster-administration.ts';
import { ClusterError } from '#node/cluster/cluster-error.ts';
import type { FormPorts } from '#node/cluster/form-cluster.ts';

export function singleAdministration(ports: FormPorts, reopen: () => void): ClusterAdministration {
  const notMember = async (): Promise<never> => {
    throw new ClusterError(
      'not-member',
      'This gateway is not a member of a cluster: sealgate cluster init, or join.',
    );
  };
  return {
    async form(meta) {
      const { formCluster } = await import('#node/cluster/form-cluster.ts'); // With etcd's client.
      await formCluster(ports, meta);
      reopen();
    },
    token: notMember,
    admit: notMember,
    remove: notMember,
    readmit: notMember,
    recover: notMember,
    details: async () => ({
      ...{
        engine: [],
        external: '',
        room: null,
        warnings: [],
        progress: [],
        settling: '',
        mayCallOff: false,
      },
    }),
    close: async () => {},
  };
}
