/**
 * Life of one X.509 certificate, ours or a partner's: known, trusted or not, revoked.
 *
 * Stream `certificate/<sha256>`. Trust follows where it came from (features.md K9); which one of several an address
 * uses is chosen in `choice.ts`.
 */
import type { Base64Url } from '../canonical-json.ts';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';

export const certificateStream = (sha256: string): string => `certificate/${sha256}`;

type CertificateOrigin = 'own-ca' | 'operator' | 'signed-mail' | 'ldap' | 'dane';
export type CertificateUsage = 'sign' | 'encrypt' | 'ca';

/** RFC 5280 §5.3.1, without `removeFromCRL` and `unused`. */
export type RevocationReason =
  | 'unspecified'
  | 'keyCompromise'
  | 'cACompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation'
  | 'certificateHold'
  | 'privilegeWithdrawn'
  | 'aACompromise';

/** Read out of the DER once, so that projections need no parser. */
export interface CertificateFacts {
  /** Hex, lower case, of the DER. */
  readonly sha256: string;
  readonly der: Base64Url;
  /** Canonical addresses it binds. */
  readonly addresses: readonly string[];
  /** For display only. */
  readonly subject: string;
  readonly issuer: string;
  /** Hex, lower case. */
  readonly serial: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly usages: readonly CertificateUsage[];
  /** Hex SHA-256 of its SubjectPublicKeyInfo: a renewal for the same key is no new key. */
  readonly publicKeySha256: string;
  /** Our key record, when the private key is ours. */
  readonly keyId: string | null;
}

export type CertificateCommand =
  | ({
      readonly type: 'ImportCertificate';
      readonly origin: Exclude<CertificateOrigin, 'own-ca'>;
      /** Addresses this public key is recorded for already (read model; threat 29). */
      readonly keyKnownFor: readonly string[];
      readonly at: Instant;
    } & CertificateFacts)
  | ({
      readonly type: 'RecordIssuedCertificate';
      readonly authorityId: string;
      readonly at: Instant;
    } & CertificateFacts)
  | { readonly type: 'TrustCertificate'; readonly at: Instant }
  | { readonly type: 'DistrustCertificate'; readonly at: Instant }
  | { readonly type: 'RevokeCertificate'; readonly reason: RevocationReason; readonly at: Instant };

export type CertificateEvent =
  | ({
      readonly type: 'CertificateImported';
      readonly origin: Exclude<CertificateOrigin, 'own-ca'>;
      readonly at: Instant;
    } & CertificateFacts)
  | ({
      readonly type: 'CertificateIssued';
      readonly authorityId: string;
      readonly at: Instant;
    } & CertificateFacts)
  | { readonly type: 'CertificateTrusted'; readonly at: Instant }
  | { readonly type: 'CertificateDistrusted'; readonly at: Instant }
  | { readonly type: 'CertificateRevoked'; readonly reason: RevocationReason; readonly at: Instant };

export type CertificateRefusal =
  | 'already-known'
  | 'unknown'
  | 'revoked'
  | 'expired'
  | 'no-address'
  | 'key-of-another-owner';

/**
 * `by-path`: only as good as its path to a trust anchor at the time of use. `trusted`: an operator's word, or our own
 * CA's, stands for it without a path. `distrusted`: never, whatever its path.
 */
type CertificateTrust = 'trusted' | 'by-path' | 'distrusted';

export type Certificate =
  | { readonly status: 'absent' }
  | {
      readonly status: 'known' | 'revoked';
      readonly facts: CertificateFacts;
      readonly origin: CertificateOrigin;
      /** Ours: the authority that issued it. */
      readonly authorityId: string | null;
      readonly trust: CertificateTrust;
      /** When the present trust began; a later word of an operator counts before an earlier one. */
      readonly trustSince: Instant;
      readonly revocation: { readonly reason: RevocationReason; readonly at: Instant } | null;
    };

export const certificateDecider: Decider<
  CertificateCommand,
  CertificateEvent,
  Certificate,
  CertificateRefusal
> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: {
    CertificateImported: 1,
    CertificateIssued: 1,
    CertificateTrusted: 1,
    CertificateDistrusted: 1,
    CertificateRevoked: 1,
  },
};

function decide(
  command: CertificateCommand,
  certificate: Certificate,
): Decision<CertificateEvent, CertificateRefusal> {
  if (command.type === 'ImportCertificate') return decideImport(command, certificate);
  if (command.type === 'RecordIssuedCertificate') {
    if (certificate.status !== 'absent') return refuse('already-known');
    const { authorityId, at } = command;
    return accept({ type: 'CertificateIssued', authorityId, ...factsOf(command), at });
  }
  if (certificate.status === 'absent') return refuse('unknown');
  if (certificate.status === 'revoked') {
    return command.type === 'RevokeCertificate' ? accept() : refuse('revoked'); // Revocation is final.
  }
  switch (command.type) {
    case 'TrustCertificate':
      if (certificate.trust === 'trusted') return accept();
      if (command.at >= certificate.facts.notAfter) return refuse('expired');
      return accept({ type: 'CertificateTrusted', at: command.at });
    case 'DistrustCertificate':
      if (certificate.trust === 'distrusted') return accept();
      return accept({ type: 'CertificateDistrusted', at: command.at });
    case 'RevokeCertificate':
      return accept({ type: 'CertificateRevoked', reason: command.reason, at: command.at });
  }
}

function decideImport(
  command: CertificateCommand & { type: 'ImportCertificate' },
  certificate: Certificate,
): Decision<CertificateEvent, CertificateRefusal> {
  if (certificate.status !== 'absent') {
    // The same octets again tell nothing new, wherever they come from; trust is given by its own command.
    return command.origin === 'operator' ? refuse('already-known') : accept();
  }
  const facts = factsOf(command);
  const isCa = facts.usages.includes('ca');
  if (facts.addresses.length === 0 && !isCa) return refuse('no-address');
  const strangers = command.keyKnownFor.filter((address) => !facts.addresses.includes(address));
  if (!isCa && strangers.length > 0) return refuse('key-of-another-owner'); // Threat 29.
  return accept({ type: 'CertificateImported', origin: command.origin, ...facts, at: command.at });
}

function evolve(certificate: Certificate, event: CertificateEvent): Certificate {
  if (event.type === 'CertificateImported') {
    // An operator who imports a leaf vouches for it; a CA certificate becomes an anchor only by its own command.
    const vouched = event.origin === 'operator' && !event.usages.includes('ca');
    return known(event, event.origin, null, vouched ? 'trusted' : 'by-path', event.at);
  }
  if (event.type === 'CertificateIssued') {
    return known(event, 'own-ca', event.authorityId, 'trusted', event.at);
  }
  if (certificate.status === 'absent') return certificate;
  switch (event.type) {
    case 'CertificateTrusted':
      return { ...certificate, trust: 'trusted', trustSince: event.at };
    case 'CertificateDistrusted':
      return { ...certificate, trust: 'distrusted', trustSince: event.at };
    case 'CertificateRevoked':
      return { ...certificate, status: 'revoked', revocation: { reason: event.reason, at: event.at } };
  }
}

function known(
  facts: CertificateFacts,
  origin: CertificateOrigin,
  authorityId: string | null,
  trust: CertificateTrust,
  at: Instant,
): Certificate {
  return {
    status: 'known',
    facts: factsOf(facts),
    origin,
    authorityId,
    trust,
    trustSince: at,
    revocation: null,
  };
}

function factsOf(source: CertificateFacts): CertificateFacts {
  const { sha256, der, addresses, subject, issuer, serial, notBefore, notAfter } = source;
  const { usages, publicKeySha256, keyId } = source;
  return {
    sha256,
    der,
    addresses,
    subject,
    issuer,
    serial,
    notBefore,
    notAfter,
    usages,
    publicKeySha256,
    keyId,
  };
}
