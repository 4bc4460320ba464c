/** The replicated engine against the contract of the port, over three real members. */
import { formLog } from '#consensus/replicated/form-log.ts';
import { eventLogContract } from '../event-log-contract.ts';
import { ScratchCluster } from '../replicated/scratch-cluster.ts';
import { CLUSTER } from '../scratch-log.ts';
import { EtcdMembers } from './etcd-members.ts';

const EMPTY = { position: 0n, hash: new Uint8Array(32), generation: 1 };

eventLogContract('ReplicatedEventLog over etcd', async () => {
  const etcd = await EtcdMembers.start({ count: 3 });
  const cluster = await ScratchCluster.form();
  const quorum = etcd.quorum();
  await formLog(quorum, { clusterId: CLUSTER, generation: 1 }, EMPTY);
  const options = { quorum, timing: {} };
  const gateway = await cluster.join(options);
  return {
    log: gateway.log,
    keys: cluster.keys,
    reopen: () => cluster.reopen(gateway, options),
    async dispose() {
      await cluster.dispose();
      await etcd.remove();
    },
  };
});
