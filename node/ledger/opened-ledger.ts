/** What an open log consists of, whichever engine is behind it. */
import type { LocalLog } from '#consensus/local-log.ts';
import type { ClusterAdministration } from '#node/cluster/cluster-administration.ts';
import type { ClusterPort } from './cluster-port.ts';
import type { LedgerPort } from './port.ts';

export interface OpenedLedger {
  readonly log: LocalLog;
  /** As that of the log, for forms that all gateways of the cluster read (format-gate.ts). */
  readonly append: LedgerPort['append'];
  readonly cluster: ClusterPort;
  readonly administration: ClusterAdministration;
  /** Other gateways whose signatures stand in the log: node id → raw Ed25519. */
  signers(): Readonly<Record<string, Uint8Array>>;
  close(): Promise<void>;
}
