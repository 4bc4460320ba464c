/**
 * An X.509 certificate (RFC 5280 §4.1), read once into what paths, policy and people ask of it.
 *
 * Reading says nothing about trust. Names are hostile text until they were compared or shown by the functions here.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';
import { type Extensions, NO_EXTENSIONS, readExtensions } from './extensions.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm, verifySignature } from './signature-algorithm.ts';
import { malformed, X509Error } from './x509-error.ts';

/** Post-quantum certificates come near 20 KB, qualified ones with logotypes near 40 KB. */
const CERTIFICATE_BYTES_MAX = 128 * 1024;

/** Throws X509Error (`malformed`, `too-large`). `der` must not change afterwards. */
export function readCertificate(der: Uint8Array): X509Certificate {
  if (der.length > CERTIFICATE_BYTES_MAX) throw new X509Error('too-large', 'a certificate too large');
  return reading('certificate', () => new X509Certificate(der));
}

/** Gives bad ASN.1 the error of this folder. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Asn1Error) throw new X509Error('malformed', `${what}: ${error.message}`);
    throw error;
  }
}

export class X509Certificate {
  readonly der: Uint8Array;
  /** Hex, lower case. */
  readonly sha256: string;
  /** Hex, lower case, as encoded without a leading zero octet. */
  readonly serial: string;
  /** INTEGER content octets, for IssuerAndSerialNumber. */
  readonly serialOctets: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBeforeMs: number;
  /** Inclusive (RFC 5280 §4.1.2.5). */
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly extensions: Extensions;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly #tbs: Uint8Array;
  readonly #signature: Uint8Array;
  readonly #verifiedBy = new Map<string, boolean>();
  #publicKey: KeyObject | null | undefined;
  #publicKeySha256: string | undefined;

  constructor(der: Uint8Array) {
    const outer = readBer(der, TAG.sequence).children();
    const tbs = outer.next(TAG.sequence);
    const algorithm = outer.next(TAG.sequence);
    const { bytes, unusedBits } = outer.bits();
    outer.finish();
    if (unusedBits !== 0) throw malformed('a signature of odd bits');
    this.der = der;
    this.#tbs = tbs.raw;
    this.#signature = bytes;
    this.sha256 = createHash('sha256').update(der).digest('hex');
    this.signatureAlgorithm = readSignatureAlgorithm(readAlgorithm(new BerCursor(algorithm.raw)));

    const fields = tbs.children();
    const version = (fields.optionalContext(0)?.children().number() ?? 0) + 1;
    this.serialOctets = fields.next(TAG.integer).content;
    if (this.serialOctets.length === 0 || this.serialOctets.length > SERIAL_BYTES_MAX) {
      throw malformed('a serial number');
    }
    this.serial = serialText(this.serialOctets);
    // RFC 5280 §4.1.1.2: the algorithm inside must be the one outside.
    if (Buffer.compare(fields.next(TAG.sequence).raw, algorithm.raw) !== 0) throw malformed('two algorithms');
    this.issuer = readName(fields.next(TAG.sequence));
    const validity = fields.sequence();
    this.notBeforeMs = validity.next().time();
    this.notAfterMs = validity.next().time();
    validity.finish();
    this.subject = readName(fields.next(TAG.sequence));
    this.spki = fields.next(TAG.sequence).raw;
    fields.optionalContext(1);
    fields.optionalContext(2);
    const extensions = fields.optional(contextTag(3, true));
    fields.finish();
    if (extensions && version !== 3) throw malformed('extensions in an old version');
    this.extensions = extensions ? readExtensions(extensions.children().sequence()) : NO_EXTENSIONS;
  }

  /** Null when the key is of a type that is not known here. */
  get publicKey(): KeyObject | null {
    if (this.#publicKey === undefined) this.#publicKey = importPublicKey(this.spki);
    return this.#publicKey;
  }

  /** Hex SHA-256 of the SubjectPublicKeyInfo: the identity of the key. */
  get publicKeySha256(): string {
    this.#publicKeySha256 ??= createHash('sha256').update(this.spki).digest('hex');
    return this.#publicKeySha256;
  }

  /** Subject and issuer are the same name (RFC 5280 §3.2); says nothing about the signature. */
  get isSelfIssued(): boolean {
    return this.subject.key === this.issuer.key;
  }

  /** Remembered by key: the CA certificates of a pool are verified once, not for every mail. */
  isSignedBy(issuer: X509Certificate): boolean {
    const known = this.#verifiedBy.get(issuer.publicKeySha256);
    if (known !== undefined) return known;
    const key = issuer.publicKey;
    const verified =
      key !== null && verifySignature(this.signatureAlgorithm, key, this.#tbs, this.#signature);
    if (this.#verifiedBy.size >= ISSUERS_REMEMBERED_MAX) this.#verifiedBy.clear();
    this.#verifiedBy.set(issuer.publicKeySha256, verified);
    return verified;
  }
}

const ISSUERS_REMEMBERED_MAX = 16; // A stranger can send any number of issuers with the right name.

/** RFC 5280 §4.1.2.2 asks for at most 20; some old ones have a few more. */
const SERIAL_BYTES_MAX = 40;

function serialText(octets: Uint8Array): string {
  const hex = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('hex');
  return hex.length > 2 && hex.startsWith('00') ? hex.slice(2) : hex;
}

function importPublicKey(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
