/** ClusterPort of a gateway on its own: nobody can take anything over, and every chore is its own. */
import type { Settings } from '#node/config/settings.ts';
import { VERSION } from '#node/version.ts';
import type { ClusterPort, ClusterView } from './cluster-port.ts';
import type { LedgerIdentity } from './identity.ts';
import { readsFormat } from './own-format.ts';

const FIRST_EPOCH = 1;

export function singleCluster(settings: Settings, { clusterId, node }: LedgerIdentity): ClusterPort {
  const { address, port, advertise } = settings.cluster.peer;
  const view: ClusterView = {
    mode: 'single',
    clusterId,
    generation: 1,
    self: node,
    quorum: true,
    reason: '',
    members: [
      {
        node,
        name: settings.node,
        role: 'voter',
        site: settings.cluster.site,
        peerAddress: advertise ?? `${address}:${port}`,
        alive: true,
        spoolEpoch: FIRST_EPOCH,
        spoolOwner: node,
        ackedPosition: null,
        version: VERSION,
        reads: readsFormat(),
      },
    ],
    former: [],
    spoolEpoch: FIRST_EPOCH,
    leaseUntilNs: null,
  };
  return {
    view: async () => view,
    follow(on) {
      on(view);
      return { done: new Promise(() => {}), stop() {} };
    },
    claimSpool: async (owner) => ({ claimed: false, epoch: FIRST_EPOCH, owner }),
    renewSpool: async () => ({ epoch: FIRST_EPOCH }),
    leads: async () => true,
  };
}
