/**
 * The record that a private key left the gateway: by whom, when and why stands in the event's envelope.
 *
 * Stream `key-export/<keyId>`; every export is an event, also the second one.
 */
import { accept, type Decider, type Instant } from '../decider.ts';

export const exportStream = (keyId: string): string => `key-export/${keyId}`;

interface ExportFacts {
  readonly keyId: string;
  /** Hex SHA-256 of the certificate it went with. */
  readonly certificate: string;
  readonly at: Instant;
}
export type ExportCommand = { readonly type: 'RecordKeyExport' } & ExportFacts;
export type ExportEvent = { readonly type: 'PrivateKeyExported' } & ExportFacts;

/** State: how often it left. */
export const exportDecider: Decider<ExportCommand, ExportEvent, number, never> = {
  zero: 0,
  decide: ({ keyId, certificate, at }) => accept({ type: 'PrivateKeyExported', keyId, certificate, at }),
  evolve: (times) => times + 1,
  schemas: { PrivateKeyExported: 1 },
};
