/**
 * Life of our own certification authority: created, serials revoked, CRLs issued.
 *
 * Stream `authority/<id>`. Issued certificates are streams of their own; what a CRL must list is kept here, so that
 * revocations and CRL numbers stand in one order (RFC 5280 §5.2.3: CRL numbers only grow).
 */
import type { Base64Url } from '../canonical-json.ts';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import type { RevocationReason } from './certificate.ts';

export const authorityStream = (authorityId: string): string => `authority/${authorityId}`;

export interface AuthorityFacts {
  readonly authorityId: string;
  readonly keyId: string;
  /** The self-signed certificate, DER. */
  readonly der: Base64Url;
  readonly sha256: string;
  readonly subject: string;
  readonly notAfter: Instant;
  /** Where its CRL is published; stands in every certificate it issues. */
  readonly crlUrl: string;
}

/** A line of the CRL. */
export interface RevokedSerial {
  /** Hex, lower case. */
  readonly serial: string;
  readonly reason: RevocationReason;
  readonly revokedAt: Instant;
  /** The certificate's end; a line is dropped from CRLs after it (RFC 5280 §3.3). */
  readonly notAfter: Instant;
}

type RevokedList = { readonly line: RevokedSerial; readonly before: RevokedList } | null;

export type AuthorityCommand =
  | ({ readonly type: 'CreateAuthority'; readonly at: Instant } & AuthorityFacts)
  | {
      readonly type: 'RevokeSerial';
      readonly serial: string;
      readonly reason: RevocationReason;
      readonly notAfter: Instant;
      readonly at: Instant;
    }
  | {
      readonly type: 'RecordCrl';
      readonly number: number;
      readonly thisUpdate: Instant;
      readonly nextUpdate: Instant;
      readonly der: Base64Url;
      readonly at: Instant;
    };

export type AuthorityEvent =
  | ({ readonly type: 'AuthorityCreated'; readonly at: Instant } & AuthorityFacts)
  | {
      readonly type: 'SerialRevoked';
      readonly serial: string;
      readonly reason: RevocationReason;
      readonly notAfter: Instant;
      readonly at: Instant;
    }
  | {
      readonly type: 'CrlIssued';
      readonly number: number;
      readonly thisUpdate: Instant;
      readonly nextUpdate: Instant;
      readonly der: Base64Url;
      readonly at: Instant;
    };

export type AuthorityRefusal = 'already-exists' | 'unknown' | 'crl-number-not-next';

interface IssuedCrl {
  readonly number: number;
  readonly thisUpdate: Instant;
  readonly nextUpdate: Instant;
  readonly der: Base64Url;
}

export type Authority =
  | { readonly status: 'absent' }
  | {
      readonly status: 'active';
      readonly facts: AuthorityFacts;
      /** The latest first; a list that shares its tail, so that a fold over many revocations stays linear. */
      readonly revoked: RevokedList;
      readonly crl: IssuedCrl | null;
      /** Revocations were recorded after the last CRL. */
      readonly crlIsDue: boolean;
    };

export const authorityDecider: Decider<AuthorityCommand, AuthorityEvent, Authority, AuthorityRefusal> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: { AuthorityCreated: 1, SerialRevoked: 1, CrlIssued: 1 },
};

function decide(command: AuthorityCommand, authority: Authority): Decision<AuthorityEvent, AuthorityRefusal> {
  if (command.type === 'CreateAuthority') {
    if (authority.status !== 'absent') return refuse('already-exists');
    return accept({ type: 'AuthorityCreated', ...factsOf(command), at: command.at });
  }
  if (authority.status === 'absent') return refuse('unknown');
  switch (command.type) {
    case 'RevokeSerial': {
      const { serial, reason, notAfter, at } = command;
      if (revokedLines(authority.revoked).some((line) => line.serial === serial)) return accept();
      return accept({ type: 'SerialRevoked', serial, reason, notAfter, at });
    }
    case 'RecordCrl': {
      const { number, thisUpdate, nextUpdate, der, at } = command;
      if (number !== nextCrlNumber(authority)) return refuse('crl-number-not-next');
      return accept({ type: 'CrlIssued', number, thisUpdate, nextUpdate, der, at });
    }
  }
}

export function nextCrlNumber(authority: Authority): number {
  return authority.status === 'active' && authority.crl ? authority.crl.number + 1 : 1;
}

/** What a CRL of `thisUpdate` lists: a line stays until its certificate has ended. */
export function linesOfCrl(authority: Authority, thisUpdate: Instant): readonly RevokedSerial[] {
  if (authority.status === 'absent') return [];
  return revokedLines(authority.revoked).filter((line) => line.notAfter >= thisUpdate);
}

/** In the order of revocation. */
function revokedLines(list: RevokedList): RevokedSerial[] {
  const lines: RevokedSerial[] = [];
  for (let rest = list; rest; rest = rest.before) lines.push(rest.line);
  return lines.reverse();
}

function evolve(authority: Authority, event: AuthorityEvent): Authority {
  if (event.type === 'AuthorityCreated') {
    return { status: 'active', facts: factsOf(event), revoked: null, crl: null, crlIsDue: true };
  }
  if (authority.status === 'absent') return authority;
  switch (event.type) {
    case 'SerialRevoked': {
      const { serial, reason, notAfter, at } = event;
      const line = { serial, reason, notAfter, revokedAt: at };
      return { ...authority, revoked: { line, before: authority.revoked }, crlIsDue: true };
    }
    case 'CrlIssued': {
      const { number, thisUpdate, nextUpdate, der } = event;
      return { ...authority, crl: { number, thisUpdate, nextUpdate, der }, crlIsDue: false };
    }
  }
}

function factsOf(source: AuthorityFacts): AuthorityFacts {
  const { authorityId, keyId, der, sha256, subject, notAfter, crlUrl } = source;
  return { authorityId, keyId, der, sha256, subject, notAfter, crlUrl };
}
