/** What the replicated spool reaches the world through; both of its sides share it. */
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import type { ClusterPort, ClusterView } from '#node/ledger/cluster-port.ts';
import type { Log } from '#node/log.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';

export interface ShadowPorts {
  readonly settings: Settings;
  readonly layout: Layout;
  readonly log: Log;
  readonly cluster: Pick<ClusterPort, 'follow' | 'claimSpool' | 'renewSpool'>;
  readonly client: Pick<PeerClient, 'request'>;
}

export interface SidePorts extends ShadowPorts {
  /** The newest one; null before the first. */
  readonly view: () => ClusterView | null;
  /** Monotonic clock of this machine, which begins at boot. */
  readonly nowNs: () => bigint;
  readonly bootId: string;
}
