/**
 * Life of one partner's OpenPGP key: imported, trusted by an operator, brought up to date, revoked.
 *
 * Stream `openpgp/<fingerprint>`. Whoever mails a key does not decide its trust (features.md G5, K9).
 */
import type { Base64Url } from '../canonical-json.ts';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';

export const partnerKeyStream = (fingerprint: string): string => `openpgp/${fingerprint}`;

type PartnerKeyOrigin = 'operator' | 'mail' | 'autocrypt' | 'wkd' | 'dane' | 'hkp' | 'ldap';

/** What the key says about itself; read from its valid self-signatures. */
export interface PartnerKeyFacts {
  /** Binary transferable public key. */
  readonly publicKey: Base64Url;
  /** Canonical addresses of its user ids. */
  readonly addresses: readonly string[];
  readonly userIds: readonly string[];
  readonly createdAt: Instant;
  /** Null = never. */
  readonly expiresAt: Instant | null;
  readonly usages: readonly ('sign' | 'encrypt')[];
}

export type PartnerKeyCommand =
  | ({
      readonly type: 'ImportPartnerKey';
      readonly fingerprint: string;
      readonly origin: PartnerKeyOrigin;
      readonly at: Instant;
    } & PartnerKeyFacts)
  | { readonly type: 'TrustPartnerKey'; readonly at: Instant }
  | { readonly type: 'DistrustPartnerKey'; readonly at: Instant }
  | { readonly type: 'RevokePartnerKey'; readonly at: Instant };

export type PartnerKeyEvent =
  | ({
      readonly type: 'PartnerKeyImported';
      readonly fingerprint: string;
      readonly origin: PartnerKeyOrigin;
      readonly at: Instant;
    } & PartnerKeyFacts)
  | ({
      readonly type: 'PartnerKeyUpdated';
      readonly origin: PartnerKeyOrigin;
      readonly at: Instant;
    } & PartnerKeyFacts)
  | { readonly type: 'PartnerKeyTrusted'; readonly at: Instant }
  | { readonly type: 'PartnerKeyDistrusted'; readonly at: Instant }
  | { readonly type: 'PartnerKeyRevoked'; readonly at: Instant };

export type PartnerKeyRefusal =
  | 'unknown'
  | 'revoked'
  | 'expired'
  | 'no-address'
  | 'address-change-needs-operator';

export type PartnerKey =
  | { readonly status: 'absent' }
  | {
      readonly status: 'untrusted' | 'trusted' | 'distrusted' | 'revoked';
      readonly fingerprint: string;
      readonly origin: PartnerKeyOrigin;
      readonly facts: PartnerKeyFacts;
    };

export const partnerKeyDecider: Decider<PartnerKeyCommand, PartnerKeyEvent, PartnerKey, PartnerKeyRefusal> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: {
    PartnerKeyImported: 1,
    PartnerKeyUpdated: 1,
    PartnerKeyTrusted: 1,
    PartnerKeyDistrusted: 1,
    PartnerKeyRevoked: 1,
  },
};

function decide(command: PartnerKeyCommand, key: PartnerKey): Decision<PartnerKeyEvent, PartnerKeyRefusal> {
  if (command.type === 'ImportPartnerKey') return decideImport(command, key);
  if (key.status === 'absent') return refuse('unknown');
  if (key.status === 'revoked') {
    return command.type === 'RevokePartnerKey' ? accept() : refuse('revoked'); // Revocation is final.
  }
  switch (command.type) {
    case 'TrustPartnerKey':
      if (key.status === 'trusted') return accept();
      if (key.facts.expiresAt !== null && command.at >= key.facts.expiresAt) return refuse('expired');
      return accept({ type: 'PartnerKeyTrusted', at: command.at });
    case 'DistrustPartnerKey':
      if (key.status === 'distrusted') return accept();
      return accept({ type: 'PartnerKeyDistrusted', at: command.at });
    case 'RevokePartnerKey':
      return accept({ type: 'PartnerKeyRevoked', at: command.at });
  }
}

function decideImport(
  command: PartnerKeyCommand & { type: 'ImportPartnerKey' },
  key: PartnerKey,
): Decision<PartnerKeyEvent, PartnerKeyRefusal> {
  const { fingerprint, origin, at } = command;
  const facts = factsOf(command);
  if (facts.addresses.length === 0) return refuse('no-address');
  if (key.status === 'absent') {
    return accept({ type: 'PartnerKeyImported', fingerprint, origin, ...facts, at });
  }
  if (key.status === 'revoked') return refuse('revoked');
  if (facts.publicKey === key.facts.publicKey) return accept();
  // Threat 15: an update from outside may prolong a key, but not bind it to further addresses.
  const added = facts.addresses.some((address) => !key.facts.addresses.includes(address));
  if (added && origin !== 'operator') return refuse('address-change-needs-operator');
  return accept({ type: 'PartnerKeyUpdated', origin, ...facts, at });
}

function evolve(key: PartnerKey, event: PartnerKeyEvent): PartnerKey {
  if (event.type === 'PartnerKeyImported') {
    const { fingerprint, origin } = event;
    return {
      status: origin === 'operator' ? 'trusted' : 'untrusted',
      fingerprint,
      origin,
      facts: factsOf(event),
    };
  }
  if (key.status === 'absent') return key;
  switch (event.type) {
    case 'PartnerKeyUpdated':
      return { ...key, facts: factsOf(event) };
    case 'PartnerKeyTrusted':
      return { ...key, status: 'trusted' };
    case 'PartnerKeyDistrusted':
      return { ...key, status: 'distrusted' };
    case 'PartnerKeyRevoked':
      return { ...key, status: 'revoked' };
  }
}

function factsOf(source: PartnerKeyFacts): PartnerKeyFacts {
  const { publicKey, addresses, userIds, createdAt, expiresAt, usages } = source;
  return { publicKey, addresses, userIds, createdAt, expiresAt, usages };
}
