/** A member of a cluster that must record nothing now: a new generation is being made, or it was removed. */
import type { LogObstacle } from '#consensus/event-log.ts';
import { LevelEventLog } from '#consensus/level-event-log.ts';
import { ClusterError } from '#node/cluster/cluster-error.ts';
import type { ClusterFile } from '#node/cluster/cluster-file.ts';
import type { ProcessContext } from '#node/process.ts';
import type { ClusterPort, ClusterView } from './cluster-port.ts';
import { frozenLog } from './frozen-log.ts';
import type { LedgerIdentity } from './identity.ts';
import type { ClusterKeyRing } from './key-ring.ts';
import type { OpenedLedger } from './opened-ledger.ts';

export interface FrozenLedger extends OpenedLedger {
  /** The local log itself. */
  readonly local: LevelEventLog;
  /** Says another reason from now on. */
  tell(reason: string): void;
}

export async function openFrozen(
  { layout }: ProcessContext,
  identity: LedgerIdentity,
  file: ClusterFile,
  ring: ClusterKeyRing,
  [obstacle, first]: readonly [LogObstacle, string],
): Promise<FrozenLedger> {
  const { clusterId, signer } = identity;
  const local = await LevelEventLog.open({ folder: layout.ledger, clusterId, signer, keys: ring.ring });
  const listeners = new Set<(view: ClusterView) => void>();
  let reason = first;
  const view = (): ClusterView => ({
    mode: 'client',
    clusterId,
    generation: file.generation,
    self: file.node,
    quorum: false,
    reason,
    members: file.members.map(({ node, name, role, site, peerAddress }) => ({
      ...{ node, name, role, site, peerAddress },
      alive: node === file.node,
      spoolEpoch: 1,
      spoolOwner: node,
      ackedPosition: null,
      version: '',
      reads: 1,
    })),
    former: [],
    spoolEpoch: 1,
    leaseUntilNs: 0n,
  });
  const refused = async (): Promise<never> => {
    throw new ClusterError('no-quorum', reason);
  };
  const cluster: ClusterPort = {
    view: async () => view(),
    follow(on) {
      listeners.add(on);
      on(view());
      return { done: new Promise(() => {}), stop: () => void listeners.delete(on) };
    },
    claimSpool: refused,
    renewSpool: refused,
    leads: async () => false,
  };
  const frozen = frozenLog(local, obstacle, () => reason);
  return {
    local,
    log: frozen,
    append: (batch) => frozen.append(batch, { expect: 'any' }),
    cluster,
    administration: {
      form: refused,
      token: refused,
      admit: async () => ({ kind: 'refused', refusal: 'no-quorum', detail: reason }),
      readmit: async () => ({ kind: 'refused', refusal: 'no-quorum', detail: reason }),
      remove: refused,
      recover: refused,
      details: async () => ({
        ...{
          engine: [],
          external: '',
          room: null,
          warnings: [],
          progress: [reason],
          settling: reason,
          mayCallOff: false,
        },
      }),
      close: async () => {},
    },
    signers: () => ring.publicKeys(),
    tell(next) {
      reason = next;
      for (const listener of listeners) listener(view());
    },
    close: () => local.close(),
  };
}
