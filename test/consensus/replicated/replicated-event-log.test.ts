/** The replicated engine against the contract of the port, over the fake quorum. */
import { eventLogContract } from '../event-log-contract.ts';
import { ScratchCluster } from './scratch-cluster.ts';

eventLogContract('ReplicatedEventLog over a fake quorum', async () => {
  const cluster = await ScratchCluster.form();
  const gateway = await cluster.join();
  return {
    log: gateway.log,
    keys: cluster.keys,
    reopen: () => cluster.reopen(gateway),
    dispose: () => cluster.dispose(),
  };
});
