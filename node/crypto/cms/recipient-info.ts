/**
 * RecipientInfo for one certificate (RFC 5652 §6.2): RSA keys by transport, EC and X25519 keys by agreement.
 */
import {
  constants,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
} from 'node:crypto';
import { BerCursor } from '#node/crypto/asn1/ber-reader.ts';
import {
  bitString,
  type Der,
  explicit,
  implicit,
  integer,
  octetString,
  sequence,
  tlv,
} from '#node/crypto/asn1/der-writer.ts';
import { contextTag } from '#node/crypto/asn1/tags.ts';
import { withPadding } from '#node/crypto/rsa-padding.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { issuerAndSerial } from './issuer-and-serial.ts';
import { sendAgreement } from './key-agreement.ts';
import { keyStrength } from './key-strength.ts';
import { oaepHashOf, type SendTransport, transportIdentifier } from './key-transport.ts';

export interface EnvelopeRecipient {
  readonly certificate: X509Certificate;
  /** Of RSA keys; others agree on a key. */
  readonly transport: SendTransport;
  /** `subject-key-id` falls back to the other when the certificate has none. */
  readonly namedBy: 'issuer-and-serial' | 'subject-key-id';
}

/** The certificate's key cannot be encrypted to: `code` `unusable-key`. */
export class RecipientKeyError extends Error {
  readonly code = 'unusable-key';
}

/** Throws RecipientKeyError for a key that cannot encrypt, or is so short that it would protect nothing. */
export function recipientInfo(recipient: EnvelopeRecipient, contentKey: Uint8Array): Der {
  const key = recipient.certificate.publicKey;
  switch (key?.asymmetricKeyType) {
    case 'rsa':
      if (keyStrength(key).strength === 'forbidden') {
        throw new RecipientKeyError(`no encryption to a key of ${keyStrength(key).text}`);
      }
      return keyTransport(recipient, key, contentKey);
    case 'ec':
    case 'x25519':
      return keyAgreement(recipient, key, contentKey);
    default:
      throw new RecipientKeyError(`no encryption to a key of type ${key?.asymmetricKeyType ?? 'unknown'}`);
  }
}

function keyIdOf({ certificate, namedBy }: EnvelopeRecipient): Uint8Array | null {
  return namedBy === 'subject-key-id' ? certificate.extensions.subjectKeyId : null;
}

/** RFC 5652 §6.2.1: version 0 with issuer and serial number, 2 with a key identifier. */
function keyTransport(recipient: EnvelopeRecipient, key: KeyObject, contentKey: Uint8Array): Der {
  const keyId = keyIdOf(recipient);
  const hash = oaepHashOf(recipient.transport);
  const encrypted =
    hash === null
      ? withPadding(key, constants.RSA_PKCS1_PADDING, (padded) => publicEncrypt(padded, contentKey))
      : publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, contentKey);
  return sequence(
    integer(keyId === null ? 0 : 2),
    keyId === null ? issuerAndSerial(recipient.certificate) : implicit(0, octetString(keyId)),
    transportIdentifier(recipient.transport),
    octetString(encrypted),
  );
}

/** RFC 5652 §6.2.2, RFC 5753 §3.1.1, RFC 8418 §3.1: an ephemeral key for each recipient; [1] IMPLICIT. */
function keyAgreement(recipient: EnvelopeRecipient, key: KeyObject, contentKey: Uint8Array): Der {
  const ephemeral = ephemeralFor(key);
  const agreement = sendAgreement(agreementKind(key), contentKey.length);
  const sharedSecret = diffieHellman({ privateKey: ephemeral, publicKey: key });
  const keyId = keyIdOf(recipient);
  const name =
    keyId === null ? issuerAndSerial(recipient.certificate) : tlv(contextTag(0, true), octetString(keyId));
  return tlv(
    contextTag(1, true),
    integer(3),
    explicit(0, originatorKey(ephemeral)),
    agreement.identifier,
    sequence(sequence(name, octetString(agreement.wrap(sharedSecret, contentKey)))),
  );
}

function ephemeralFor(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'x25519') return generateKeyPairSync('x25519').privateKey;
  const namedCurve = key.asymmetricKeyDetails?.namedCurve;
  if (namedCurve === undefined)
    throw new RecipientKeyError('no encryption to a key on a curve without a name');
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

const CURVE_HASHES: Readonly<Record<string, 'sha384' | 'sha512'>> = {
  secp384r1: 'sha384',
  brainpoolP384r1: 'sha384',
  secp521r1: 'sha512',
  brainpoolP512r1: 'sha512',
};

function agreementKind(key: KeyObject): 'x25519' | 'sha256' | 'sha384' | 'sha512' {
  if (key.asymmetricKeyType === 'x25519') return 'x25519';
  return CURVE_HASHES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'sha256';
}

/** OriginatorPublicKey is a SubjectPublicKeyInfo under [1] IMPLICIT. */
function originatorKey(ephemeral: KeyObject): Der {
  const spki = createPublicKey(ephemeral).export({ format: 'der', type: 'spki' });
  const fields = new BerCursor(spki).sequence();
  const algorithm = fields.next().raw;
  return tlv(contextTag(1, true), algorithm, bitString(fields.bits().bytes));
}
