/** What an open log consists of, whichever engine is behind it. */
import type { LocalLog } from '#consensus/local-log.ts';
import type { ClusterAdministration } from '#node/cluster/cluster-administration.ts';
import type { ClusterPort } from './cluster-port.ts';

export interface OpenedLedger {
  readonly log: LocalLog;
  readonly cluster: ClusterPort;
  readonly administration: ClusterAdministration;
  close(): Promise<void>;
}
