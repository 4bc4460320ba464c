/**
 * Life of one private key of ours: made or imported, retired when a newer one signs, revoked when it leaked.
 *
 * Stream `key/<keyId>`. The first event carries the sealed secret; a retired or revoked key stays for reading old mail.
 */
import type { Base64Url } from '../canonical-json.ts';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import type { RecordedSecret } from './sealed-secret.ts';

export const keyStream = (keyId: string): string => `key/${keyId}`;

export type KeyUsage = 'sign' | 'encrypt' | 'both' | 'authority';

export type KeyOwner =
  | { readonly kind: 'person'; readonly address: string }
  | { readonly kind: 'authority'; readonly id: string };

export interface KeyFacts {
  readonly keyId: string;
  readonly technology: 'smime' | 'openpgp';
  readonly usage: KeyUsage;
  readonly owner: KeyOwner;
  /** SubjectPublicKeyInfo (DER) or the binary OpenPGP public key. */
  readonly publicKey: Base64Url;
  /** OpenPGP: hex, lower case, primary key. */
  readonly fingerprint?: string;
  readonly secret: RecordedSecret;
}

export type KeyCommand =
  | ({ readonly type: 'RecordGeneratedKey'; readonly at: Instant } & KeyFacts)
  | ({
      readonly type: 'RecordImportedKey';
      readonly at: Instant;
      readonly origin: KeyImportOrigin;
    } & KeyFacts)
  | { readonly type: 'RetireKey'; readonly at: Instant }
  | { readonly type: 'RevokeKey'; readonly reason: KeyRevocationReason; readonly at: Instant };

type KeyImportOrigin = 'pkcs12' | 'pkcs8' | 'openpgp';
type KeyRevocationReason = 'compromised' | 'superseded' | 'owner-left' | 'unspecified';

export type KeyEvent =
  | ({ readonly type: 'KeyGenerated'; readonly at: Instant } & KeyFacts)
  | ({ readonly type: 'KeyImported'; readonly at: Instant; readonly origin: KeyImportOrigin } & KeyFacts)
  | { readonly type: 'KeyRetired'; readonly at: Instant }
  | { readonly type: 'KeyRevoked'; readonly reason: KeyRevocationReason; readonly at: Instant };

export type KeyRefusal = 'already-known' | 'unknown' | 'revoked';

export type KeyRecord =
  | { readonly status: 'absent' }
  | { readonly status: 'active' | 'retired' | 'revoked'; readonly facts: KeyFacts; readonly since: Instant };

export const keyRecordDecider: Decider<KeyCommand, KeyEvent, KeyRecord, KeyRefusal> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: { KeyGenerated: 1, KeyImported: 1, KeyRetired: 1, KeyRevoked: 1 },
};

function decide(command: KeyCommand, key: KeyRecord): Decision<KeyEvent, KeyRefusal> {
  if (command.type === 'RecordGeneratedKey') {
    if (key.status !== 'absent') return refuse('already-known');
    return accept({ type: 'KeyGenerated', ...factsOf(command), at: command.at });
  }
  if (command.type === 'RecordImportedKey') {
    if (key.status !== 'absent') return refuse('already-known');
    return accept({ type: 'KeyImported', ...factsOf(command), origin: command.origin, at: command.at });
  }
  if (key.status === 'absent') return refuse('unknown');
  switch (command.type) {
    case 'RetireKey':
      if (key.status === 'revoked') return refuse('revoked'); // Revocation is final.
      if (key.status === 'retired') return accept();
      return accept({ type: 'KeyRetired', at: command.at });
    case 'RevokeKey':
      if (key.status === 'revoked') return accept();
      return accept({ type: 'KeyRevoked', reason: command.reason, at: command.at });
  }
}

function evolve(key: KeyRecord, event: KeyEvent): KeyRecord {
  switch (event.type) {
    case 'KeyGenerated':
    case 'KeyImported':
      return { status: 'active', facts: factsOf(event), since: event.at };
    case 'KeyRetired':
      return key.status === 'absent' ? key : { ...key, status: 'retired' };
    case 'KeyRevoked':
      return key.status === 'absent' ? key : { ...key, status: 'revoked' };
  }
}

function factsOf(source: KeyFacts): KeyFacts {
  const { keyId, technology, usage, owner, publicKey, fingerprint, secret } = source;
  const facts = { keyId, technology, usage, owner, publicKey, secret };
  return fingerprint === undefined ? facts : { ...facts, fingerprint };
}
