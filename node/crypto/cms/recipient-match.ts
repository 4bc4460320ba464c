/**
 * Finds, among the recipients of an encrypted message, the first that one of our keys belongs to, and gets the content
 * key with it.
 *
 * From here on nothing may tell a right key from a wrong one (threat 32): what is wrong yields random octets.
 */
import { randomBytes } from 'node:crypto';
import { type AlgorithmIdentifier, readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { BerCursor, type BerElement, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { bitString, encodeDer, sequence } from '#node/crypto/asn1/der-writer.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import type { KeysPort } from '#node/keys/port.ts';
import {
  type CertificateName,
  isNamed,
  readCertificateName,
  readIssuerAndSerial,
} from './issuer-and-serial.ts';
import { readAgreement } from './key-agreement.ts';
import { readTransport, transportText } from './key-transport.ts';

/** A key that may open the message: only those of the envelope recipient (threat 3). */
export interface DecryptionKey {
  readonly keyId: string;
  readonly certificate: X509Certificate;
}

/** The operations of the `keys` process that opening needs. */
export type UnwrapPort = Pick<KeysPort, 'unwrapRsa' | 'deriveSharedSecret'>;

export interface RecipientMatch {
  readonly key: DecryptionKey;
  /** Of the way the content key comes, for display; null when we cannot do it. */
  readonly text: string | null;
  /** The content key, or random octets. Rejects as the port does, but for `malformed` and `wrong-key-type`. */
  readonly contentKey: (port: UnwrapPort, keyBytes: number) => Promise<Uint8Array>;
}

/** Null when none of the keys is meant. Throws Asn1Error. */
export function matchRecipient(raw: Uint8Array, keys: readonly DecryptionKey[]): RecipientMatch | null {
  const info = readBer(raw);
  if (info.tag === TAG.sequence) return matchTransport(info.children(), keys);
  return info.isContext(1) ? matchAgreement(info.children(), keys) : null; // Others need passwords or shared keys.
}

function keyNamed(
  keys: readonly DecryptionKey[],
  name: CertificateName,
  types: readonly string[],
): DecryptionKey | null {
  const fits = ({ certificate }: DecryptionKey) =>
    isNamed(certificate, name) && types.includes(certificate.publicKey?.asymmetricKeyType ?? '');
  return keys.find(fits) ?? null;
}

/** KeyTransRecipientInfo (RFC 5652 §6.2.1). */
function matchTransport(fields: BerCursor, keys: readonly DecryptionKey[]): RecipientMatch | null {
  fields.number();
  const key = keyNamed(keys, readCertificateName(fields.next()), ['rsa']);
  if (key === null) return null;
  const transport = readTransport(readAlgorithm(fields));
  const ciphertext = fields.octets();
  fields.finish();
  if (transport === null) return unsupported(key);
  return {
    key,
    text: transportText(transport),
    contentKey: (port, lengthBytes) =>
      orRandom(() => port.unwrapRsa({ keyId: key.keyId, transport, ciphertext, lengthBytes }), lengthBytes),
  };
}

const unsupported = (key: DecryptionKey): RecipientMatch => ({
  key,
  text: null,
  contentKey: async (_, keyBytes) => randomBytes(keyBytes),
});

/** KeyAgreeRecipientInfo (RFC 5652 §6.2.2). */
function matchAgreement(fields: BerCursor, keys: readonly DecryptionKey[]): RecipientMatch | null {
  fields.number();
  const originator = fields.next().children().next(); // [0] EXPLICIT
  const userKeying = fields.optionalContext(1)?.children().octets() ?? null;
  const algorithm = readAlgorithm(fields);
  const recipients = fields.sequence();
  fields.finish();
  while (!recipients.atEnd) {
    const recipient = recipients.sequence();
    const key = keyNamed(keys, readRecipientName(recipient.next()), ['ec', 'x25519']);
    const wrapped = recipient.octets();
    if (key !== null) return agreement({ key, originator, userKeying, algorithm, wrapped });
  }
  return null;
}

/** KeyAgreeRecipientIdentifier: the sequence, or [0] RecipientKeyIdentifier, whose first field is the identifier. */
function readRecipientName(element: BerElement): CertificateName {
  if (element.isContext(0)) return { form: 'subject-key-id', keyId: element.children().octets() };
  return readIssuerAndSerial(element.children());
}

interface Agreement {
  readonly key: DecryptionKey;
  readonly originator: BerElement;
  readonly userKeying: Uint8Array | null;
  readonly algorithm: AlgorithmIdentifier;
  readonly wrapped: Uint8Array;
}

function agreement({ key, originator, userKeying, algorithm, wrapped }: Agreement): RecipientMatch {
  const scheme = readAgreement(algorithm);
  // A sender's own fixed key ([0], or a sequence) would need its certificate; nobody sends that.
  if (scheme === null || !originator.isContext(1)) return unsupported(key);
  const fields = originator.children();
  fields.next(TAG.sequence); // RFC 5753 §3.1.1: often without the curve; it must be ours anyway.
  const point = fields.bits().bytes;
  const ownAlgorithm = new BerCursor(key.certificate.spki).sequence().next().raw;
  const peerPublicKey = encodeDer(sequence(ownAlgorithm, bitString(point)));
  return {
    key,
    text: scheme.text,
    contentKey: (port, lengthBytes) =>
      orRandom(async () => {
        const secret = await port.deriveSharedSecret({ keyId: key.keyId, peerPublicKey });
        const contentKey = scheme.unwrap(secret, wrapped, userKeying);
        return contentKey?.length === lengthBytes ? contentKey : randomBytes(lengthBytes);
      }, lengthBytes),
  };
}

/** What the sender's octets caused must look like a wrong padding. */
async function orRandom(unwrap: () => Promise<Uint8Array>, lengthBytes: number): Promise<Uint8Array> {
  try {
    const key = await unwrap();
    return key.length === lengthBytes ? key : randomBytes(lengthBytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'malformed' || code === 'wrong-key-type') return randomBytes(lengthBytes);
    throw error;
  }
}
