/**
 * What all certificates that are issued here have in common: their content, validity, serial, and the way they are
 * signed: checked before, verified after.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readBer } from '#node/crypto/asn1/ber-reader.ts';
import {
  bitString,
  boolean,
  type Der,
  type DerNode,
  encodeDer,
  explicit,
  ia5String,
  implicit,
  integer,
  namedBits,
  octetString,
  oid,
  sequence,
  time,
} from '#node/crypto/asn1/der-writer.ts';
import type { SignatureScheme, Signer } from '#node/keys/port.ts';
import { readCertificate, type X509Certificate } from './certificate.ts';
import { KEY_USAGE, type KeyUsageBit } from './extensions.ts';
import { writeSignatureAlgorithm } from './signature-algorithm.ts';
import { X509Error } from './x509-error.ts';

const SERIAL_BYTES = 16; // 127 random bits; S/MIME BR §7.1 asks for 64.
const DAY_MS = 86_400_000;
const BACKDATE_MS = 3_600_000; // A partner's clock may be behind ours.

/** A wrong key or a faulty signing device is found here, not by the partner. */
export function verified(certificate: X509Certificate, issuer: X509Certificate): X509Certificate {
  if (certificate.isSignedBy(issuer)) return certificate;
  throw new X509Error('profile-violation', "the signature does not verify with the authority's key");
}

interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Whole seconds; the end is inclusive, so a second less than the days asked for. */
export function validityFrom(atMs: number, days: number, endMs: number): Validity {
  const notBeforeMs = Math.floor((atMs - BACKDATE_MS) / 1_000) * 1_000;
  return { notBeforeMs, notAfterMs: Math.min(notBeforeMs + days * DAY_MS - 1_000, endMs) };
}

export function certificateContent(parts: {
  readonly issuer: Der;
  readonly subject: Der;
  readonly validity: Validity;
  readonly publicKey: Uint8Array;
  readonly extensions: readonly DerNode[];
  readonly scheme: SignatureScheme;
}): Uint8Array {
  const { issuer, subject, validity, publicKey, extensions, scheme } = parts;
  return encodeDer(
    sequence(
      explicit(0, integer(2)), // v3
      integer(randomSerial()),
      writeSignatureAlgorithm(scheme),
      issuer,
      sequence(time(validity.notBeforeMs), time(validity.notAfterMs)),
      subject,
      publicKey,
      explicit(3, sequence(...extensions)),
    ),
  );
}

/** Positive, and of full length: the first octet lies between 0x40 and 0x7f. */
function randomSerial(): Uint8Array {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial;
}

export async function signChecked(
  tbs: Uint8Array,
  scheme: SignatureScheme,
  sign: Signer,
  breachesOf: (draft: X509Certificate) => string[],
): Promise<X509Certificate> {
  const assemble = (signature: Uint8Array): X509Certificate =>
    readCertificate(encodeDer(sequence(tbs, writeSignatureAlgorithm(scheme), bitString(signature))));
  const breaches = breachesOf(assemble(new Uint8Array(1)));
  if (breaches.length > 0) throw new X509Error('profile-violation', breaches.join('; '));
  return assemble(await sign(scheme, tbs));
}

export function extension(type: string, value: DerNode, critical?: 'critical'): DerNode {
  const octets = octetString(encodeDer(value));
  return critical ? sequence(oid(type), boolean(true), octets) : sequence(oid(type), octets);
}

export const usageBits = (...bits: readonly KeyUsageBit[]): DerNode =>
  namedBits(...bits.map((bit) => KEY_USAGE.indexOf(bit)));

/** RFC 7093 §2 method 1: the leftmost 160 bits of SHA-256 of the key bits. */
export function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  const fields = readBer(publicKey).children();
  fields.next();
  return createHash('sha256').update(fields.bits().bytes).digest().subarray(0, 20);
}

/** RFC 5280 §4.2.1.13: DistributionPoint [0] → fullName [0] → URI [6]. */
export function distributionPoint(url: string): DerNode {
  return sequence(explicit(0, explicit(0, implicit(6, ia5String(url)))));
}
