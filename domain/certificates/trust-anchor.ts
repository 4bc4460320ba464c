/**
 * Life of one trust anchor: added by an operator (or our own authority at its creation), removed.
 *
 * Stream `anchor/<sha256>`. Only these end a path (RFC 5280 §6.1.1 d); no certificate becomes one by arriving.
 */
import type { Base64Url } from '../canonical-json.ts';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';

export const anchorStream = (sha256: string): string => `anchor/${sha256}`;

export interface AnchorFacts {
  readonly sha256: string;
  readonly der: Base64Url;
  readonly subject: string;
  readonly notAfter: Instant;
}

export type AnchorCommand =
  | ({ readonly type: 'AddTrustAnchor'; readonly isCa: boolean; readonly at: Instant } & AnchorFacts)
  | { readonly type: 'RemoveTrustAnchor'; readonly at: Instant };

export type AnchorEvent =
  | ({ readonly type: 'TrustAnchorAdded'; readonly at: Instant } & AnchorFacts)
  | { readonly type: 'TrustAnchorRemoved'; readonly at: Instant };

export type AnchorRefusal = 'unknown' | 'not-a-ca' | 'expired';

export type TrustAnchor =
  | { readonly status: 'absent' }
  | { readonly status: 'trusted' | 'removed'; readonly facts: AnchorFacts };

export const trustAnchorDecider: Decider<AnchorCommand, AnchorEvent, TrustAnchor, AnchorRefusal> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: { TrustAnchorAdded: 1, TrustAnchorRemoved: 1 },
};

function decide(command: AnchorCommand, anchor: TrustAnchor): Decision<AnchorEvent, AnchorRefusal> {
  switch (command.type) {
    case 'AddTrustAnchor': {
      if (anchor.status === 'trusted') return accept();
      if (!command.isCa) return refuse('not-a-ca');
      if (command.at > command.notAfter) return refuse('expired');
      const { sha256, der, subject, notAfter, at } = command;
      return accept({ type: 'TrustAnchorAdded', sha256, der, subject, notAfter, at });
    }
    case 'RemoveTrustAnchor':
      if (anchor.status === 'absent') return refuse('unknown');
      if (anchor.status === 'removed') return accept();
      return accept({ type: 'TrustAnchorRemoved', at: command.at });
  }
}

function evolve(anchor: TrustAnchor, event: AnchorEvent): TrustAnchor {
  switch (event.type) {
    case 'TrustAnchorAdded': {
      const { sha256, der, subject, notAfter } = event;
      return { status: 'trusted', facts: { sha256, der, subject, notAfter } };
    }
    case 'TrustAnchorRemoved':
      return anchor.status === 'absent' ? anchor : { ...anchor, status: 'removed' };
  }
}
