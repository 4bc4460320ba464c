/**
 * Encrypts content for certificates: EnvelopedData in CBC, AuthEnvelopedData in GCM (RFC 5652 §6, RFC 5083, RFC 5084).
 *
 * Definite lengths, known before the first piece; content of any size flows through.
 */
import { type CipherGCM, createCipheriv, createSecretKey } from 'node:crypto';
import { type Der, encodeDer, headerOf, integer, oid, setOf, sizeOf } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import type { Content } from './content.ts';
import {
  AES_BLOCK_BYTES,
  type ContentAlgorithm,
  GCM_TAG_BYTES,
  newSendCipher,
  type SendCipher,
} from './content-cipher.ts';
import { type EnvelopeRecipient, recipientInfo } from './recipient-info.ts';

/**
 * Shape:  the result is walked over as often as wanted, each time encrypting `content` anew under the same key and
 *         nonce: `content` must give the same octets each time.
 * Errors: throws RecipientKeyError for a certificate whose key cannot encrypt; RangeError while walking when `content`
 *         has another size than it says.
 */
export function envelop(
  content: Content,
  request: { readonly recipients: readonly EnvelopeRecipient[]; readonly algorithm: ContentAlgorithm },
): Content {
  const cipher = newSendCipher(request.algorithm);
  const infos = request.recipients.map((recipient) => recipientInfo(recipient, cipher.key));
  const encryptedBytes = cipher.authenticated
    ? content.sizeBytes
    : content.sizeBytes - (content.sizeBytes % AES_BLOCK_BYTES) + AES_BLOCK_BYTES;
  const head = headOf(cipher, infos, encryptedBytes);
  const tailBytes = cipher.authenticated ? 2 + GCM_TAG_BYTES : 0;
  return {
    sizeBytes: head.length + encryptedBytes + tailBytes,
    *chunks() {
      yield head;
      yield* encrypted(content, cipher);
    },
  };
}

function* encrypted(content: Content, { cipher, key, iv, authenticated }: SendCipher): Generator<Uint8Array> {
  // A KeyObject: Node 24 finds out that an array is no key object by two exceptions, as long as the encryption itself.
  const encrypting = createCipheriv(cipher, createSecretKey(key), iv);
  let size = 0;
  for (const piece of content.chunks()) {
    size += piece.length;
    yield encrypting.update(piece);
  }
  if (size !== content.sizeBytes) throw new RangeError('content is not of the size it claims');
  yield encrypting.final();
  if (!authenticated) return;
  // RFC 5083 §2.1: mac, an OCTET STRING.
  yield headerOf(TAG.octetString, GCM_TAG_BYTES);
  yield (encrypting as CipherGCM).getAuthTag();
}

/** Everything in front of the encrypted octets. */
function headOf(cipher: SendCipher, infos: readonly Der[], encryptedBytes: number): Buffer {
  const type = encodeDer(oid(OID.data));
  const identifier = encodeDer(cipher.identifier);
  const encryptedHeader = headerOf(contextTag(0, false), encryptedBytes);
  const infoBytes = type.length + identifier.length + encryptedHeader.length + encryptedBytes;
  const contentInfo = headerOf(TAG.sequence, infoBytes);
  const recipients = encodeDer(setOf(infos));
  const version = encodeDer(integer(versionOf(cipher, infos)));
  const tailBytes = cipher.authenticated ? 2 + GCM_TAG_BYTES : 0;
  const bodyBytes = version.length + recipients.length + contentInfo.length + infoBytes + tailBytes;
  const body = headerOf(TAG.sequence, bodyBytes);
  const bodyExplicit = headerOf(contextTag(0, true), body.length + bodyBytes);
  const outerType = encodeDer(oid(cipher.authenticated ? OID.authEnvelopedData : OID.envelopedData));
  const outerBytes = outerType.length + bodyExplicit.length + body.length + bodyBytes;
  const outer = headerOf(TAG.sequence, outerBytes);
  const parts = [outer, outerType, bodyExplicit, body, version, recipients, contentInfo];
  return Buffer.concat([...parts, type, identifier, encryptedHeader]);
}

/** RFC 5652 §6.1: 0 when all recipients are of version 0, else 2. RFC 5083 §2.1: always 0. */
function versionOf({ authenticated }: SendCipher, infos: readonly Der[]): number {
  if (authenticated) return 0;
  return infos.every(isVersion0) ? 0 : 2;
}

/** KeyTransRecipientInfo of version 0: SEQUENCE, then INTEGER 0. */
function isVersion0(info: Der): boolean {
  if (info instanceof Uint8Array || info.tag !== TAG.sequence) return false;
  const version = info.parts[0];
  return version !== undefined && sizeOf(version) === 3 && encodeDer(version)[2] === 0;
}
