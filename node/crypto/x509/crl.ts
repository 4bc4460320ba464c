/**
 * A certificate revocation list (RFC 5280 §5): read, verified, and indexed so that 20,000 entries cost milliseconds.
 *
 * The index maps serial octets to the place of the entry; date and reason are read only for an entry that is asked for.
 */

import type { RevocationReason } from '#domain/certificates/certificate.ts';
import { readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import { reading, type X509Certificate } from './certificate.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';
import { extensionsIn } from './extensions.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm, verifySignature } from './signature-algorithm.ts';
import { malformed, X509Error } from './x509-error.ts';

/** The largest public ones have near 10 MB (a million entries would have 40). */
const CRL_BYTES_MAX = 64 * 1024 * 1024;

/** RFC 5280 §5.3.1, by number; 7 is not used, 8 occurs in delta CRLs only. */
const REASONS: readonly (RevocationReason | null)[] = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  null,
  null,
  'privilegeWithdrawn',
  'aACompromise',
];

export const reasonNumber = (reason: RevocationReason): number => REASONS.indexOf(reason);

/** Which certificates of its issuer a CRL speaks about (RFC 5280 §5.2.5). */
interface Scope {
  readonly users: boolean;
  readonly authorities: boolean;
}

const WHOLE_SCOPE: Scope = { users: true, authorities: true };
const NO_SCOPE: Scope = { users: false, authorities: false };

/** Throws X509Error. `der` must not change afterwards. */
export function readCrl(der: Uint8Array): Crl {
  if (der.length > CRL_BYTES_MAX) throw new X509Error('too-large', 'a CRL too large');
  return reading('CRL', () => new Crl(der));
}

export class Crl {
  readonly der: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number | null;
  /** Hex; null in version 1. */
  readonly number: string | null;
  readonly authorityKeyId: Uint8Array | null;
  readonly #tbs: Uint8Array;
  readonly #algorithm: SignatureAlgorithm;
  readonly #signature: Uint8Array;
  readonly #scope: Scope;
  readonly #scopeKey: string;
  readonly #entries: ReadonlyMap<string, number>;
  readonly #verifiedBy = new Map<string, boolean>();

  constructor(der: Uint8Array) {
    const outer = readBer(der, TAG.sequence).children();
    const tbs = outer.next(TAG.sequence);
    const algorithm = outer.next(TAG.sequence);
    this.#signature = outer.bits().bytes;
    outer.finish();
    this.der = der;
    this.#tbs = tbs.raw;
    this.#algorithm = readSignatureAlgorithm(readAlgorithm(new BerCursor(algorithm.raw)));

    const fields = tbs.children();
    fields.optional(TAG.integer);
    if (Buffer.compare(fields.next(TAG.sequence).raw, algorithm.raw) !== 0) throw malformed('two algorithms');
    this.issuer = readName(fields.next(TAG.sequence));
    this.thisUpdateMs = fields.next().time();
    const hasNext = fields.peek === TAG.utcTime || fields.peek === TAG.generalizedTime;
    this.nextUpdateMs = hasNext ? fields.next().time() : null;
    const entries = fields.optional(TAG.sequence);
    this.#entries = entries ? indexEntries(der, entries.contentStart, entries.contentEnd) : new Map();
    const extensions = fields.optional(contextTag(0, true))?.children().sequence();
    fields.finish();
    const read = readCrlExtensions(extensions);
    this.number = read.number;
    this.authorityKeyId = read.authorityKeyId;
    this.#scope = read.scope;
    this.#scopeKey = read.scopeKey;
  }

  get entryCount(): number {
    return this.#entries.size;
  }

  /** By the issuer's key, which must be allowed to sign CRLs (RFC 5280 §6.3.3 f). Remembered by key. */
  isSignedBy(issuer: X509Certificate): boolean {
    const { keyUsage } = issuer.extensions;
    if (keyUsage && !keyUsage.has('cRLSign')) return false;
    const known = this.#verifiedBy.get(issuer.publicKeySha256);
    if (known !== undefined) return known;
    const key = issuer.publicKey;
    const usable = key !== null && !this.#algorithm.weak;
    const verified = usable && verifySignature(this.#algorithm, key, this.#tbs, this.#signature);
    this.#verifiedBy.set(issuer.publicKeySha256, verified);
    return verified;
  }

  /** Equal for lists that replace one another: scope, and distribution point when it names one. */
  get scopeKey(): string {
    return this.#scopeKey;
  }

  /** Whether its silence about a certificate means that it is good. */
  speaksAbout(certificate: X509Certificate): boolean {
    const isAuthority = certificate.extensions.basicConstraints?.ca === true;
    return isAuthority ? this.#scope.authorities : this.#scope.users;
  }

  find(serialOctets: Uint8Array): { readonly revokedAtMs: number; readonly reason: RevocationReason } | null {
    const at = this.#entries.get(octetsKey(serialOctets, 0, serialOctets.length));
    if (at === undefined) return null;
    return reading('CRL entry', () => readEntry(this.der, at));
  }
}

const octetsKey = (octets: Uint8Array, start: number, end: number): string =>
  Buffer.from(octets.buffer, octets.byteOffset + start, end - start).toString('latin1');

/** Walks over the entries by their lengths alone: an element object for each would cost ten times as much. */
function indexEntries(der: Uint8Array, start: number, end: number): Map<string, number> {
  const index = new Map<string, number>();
  const octets = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  let at = start;
  while (at < end) {
    const length = octets[at + 1]!;
    const serialLength = octets[at + 3]!;
    const next = at + 2 + length;
    const fits = length < 0x80 && serialLength < length - 1 && next <= end;
    if (!fits || octets[at] !== TAG.sequence || octets[at + 2] !== TAG.integer) {
      at = indexUnusualEntry(der, at, end, index);
      continue;
    }
    index.set(octets.toString('latin1', at + 4, at + 4 + serialLength), at);
    at = next;
  }
  return index;
}

/** An entry of more than 127 octets, or one that is wrong, which throws. */
function indexUnusualEntry(der: Uint8Array, at: number, end: number, index: Map<string, number>): number {
  const cursor = new BerCursor(der, at, end);
  const serial = cursor.sequence().next(TAG.integer);
  index.set(octetsKey(der, serial.contentStart, serial.contentEnd), at);
  return cursor.position;
}

function readEntry(der: Uint8Array, at: number): { revokedAtMs: number; reason: RevocationReason } {
  const entry = new BerCursor(der, at).sequence();
  entry.next(TAG.integer);
  const revokedAtMs = entry.next().time();
  let reason: RevocationReason = 'unspecified';
  const extensions = entry.optional(TAG.sequence);
  if (extensions) {
    for (const { type, value } of extensionsIn(extensions.children())) {
      if (type === OID.reasonCode) reason = REASONS[readBer(value, TAG.enumerated).number()] ?? 'unspecified';
    }
  }
  return { revokedAtMs, reason };
}

function readCrlExtensions(from: BerCursor | undefined): {
  number: string | null;
  authorityKeyId: Uint8Array | null;
  scope: Scope;
  scopeKey: string;
} {
  const found = {
    number: null as string | null,
    authorityKeyId: null as Uint8Array | null,
    scope: WHOLE_SCOPE,
    scopeKey: '',
  };
  for (const { type, critical, value } of from ? extensionsIn(from) : []) {
    if (type === OID.crlNumber) found.number = readBer(value, TAG.integer).integer().toString(16);
    else if (type === OID.authorityKeyIdentifier) {
      const fields = readBer(value, TAG.sequence).children();
      found.authorityKeyId = fields.optionalContext(0)?.octets() ?? null;
    } else if (type === OID.issuingDistributionPoint) {
      found.scope = readScope(value);
      found.scopeKey = octetsKey(value, 0, value.length);
    }
    // RFC 5280 §5.2: with an unknown critical extension (a delta CRL's is one) it says nothing about any certificate.
    else if (critical) return { ...found, scope: NO_SCOPE, scopeKey: type };
  }
  return found;
}

/** RFC 5280 §5.2.5. Indirect CRLs, and CRLs for some reasons only, never say that a certificate is good. */
function readScope(value: Uint8Array): Scope {
  const fields = readBer(value, TAG.sequence).children();
  fields.optionalContext(0);
  const flag = (tag: number): boolean => {
    const found = fields.optionalContext(tag);
    return found?.content.some((octet) => octet !== 0) ?? false;
  };
  const onlyUsers = flag(1);
  const onlyAuthorities = flag(2);
  const onlySomeReasons = fields.optionalContext(3) !== null;
  const indirect = flag(4);
  const onlyAttributes = flag(5);
  if (onlySomeReasons || indirect || onlyAttributes) return NO_SCOPE;
  return { users: !onlyAuthorities, authorities: !onlyUsers };
}
