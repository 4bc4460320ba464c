/** The replicated engine against the contract of the port, over the fake quorum. */
import { eventLogContract } from '../event-log-contract.ts';
import { ScratchCluster, SHORT_TIMING } from './scratch-cluster.ts';

/** As patient as in life: a busy machine is no lost quorum. */
const timing = { pollMs: SHORT_TIMING.pollMs, ackMs: SHORT_TIMING.ackMs };

eventLogContract('ReplicatedEventLog over a fake quorum', async () => {
  const cluster = await ScratchCluster.form();
  const gateway = await cluster.join({ timing });
  return {
    log: gateway.log,
    keys: cluster.keys,
    reopen: () => cluster.reopen(gateway, { timing }),
    dispose: () => cluster.dispose(),
  };
});
