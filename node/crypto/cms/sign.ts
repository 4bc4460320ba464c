/**
 * Makes SignedData (RFC 5652 §5, RFC 8551 §3.5): detached or with its content, signed through a port.
 *
 * Everything but the content stands in memory; its size is known before the first piece is given, so the outer layers
 * have definite lengths, too. The caller chooses scheme and certificates; only what targets.md sends can be asked for.
 */
import { createHash } from 'node:crypto';
import { algorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import {
  type Der,
  type DerNode,
  encodeDer,
  explicit,
  headerOf,
  integer,
  octetString,
  oid,
  sequence,
  set,
  setOf,
  sizeOf,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { writeSignatureAlgorithm } from '#node/crypto/x509/signature-algorithm.ts';
import type { HashName, SignatureScheme, Signer } from '#node/keys/port.ts';
import type { Content } from './content.ts';
import { digestNamed, ED25519_DIGEST } from './digest-algorithm.ts';
import { issuerAndSerial } from './issuer-and-serial.ts';
import { signedAttributes } from './signed-attributes.ts';

export interface SignRequest {
  readonly certificate: X509Certificate;
  readonly scheme: SignatureScheme;
  readonly sign: Signer;
  readonly signingTimeMs: number;
  /** DER, sent along beside the signer's own: the chain, and the encryption certificate. */
  readonly otherCertificates: readonly Uint8Array[];
  /** Where answers are to be encrypted to (RFC 8551 §2.5.3), when that is not the signer's own certificate. */
  readonly encryptionCertificate: X509Certificate | null;
  /** What is signed; a MIME entity is `OID.data`, the default. */
  readonly contentType?: string;
}

/** `micalg` of multipart/signed (RFC 8551 §3.5.3.2). */
export function micalgOf(scheme: SignatureScheme): string {
  return digestNamed(digestHashOf(scheme)).text.toLowerCase();
}

/**
 * SignedData without content: the `smime.p7s` of multipart/signed.
 *
 * Shape:  `content` is the MIME entity exactly as it will be sent, CRLF line ends; it is walked over once.
 * Errors: rejects only as `sign` does.
 */
export async function signDetached(content: Iterable<Uint8Array>, request: SignRequest): Promise<Buffer> {
  const contentType = request.contentType ?? OID.data;
  const signerInfos = await signContent(content, contentType, request);
  const body = [...opening(request), sequence(oid(contentType)), certificateSet(request), signerInfos];
  return encodeDer(sequence(oid(OID.signedData), explicit(0, sequence(...body))));
}

/**
 * SignedData with its content inside: `smime-type=signed-data`.
 *
 * Shape:  `content` is walked over twice, here for the digest, and whenever the result is. Definite lengths, DER.
 * Errors: rejects only as `sign` does.
 */
export async function signOpaque(content: Content, request: SignRequest): Promise<Content> {
  const contentType = request.contentType ?? OID.data;
  const signerInfos = await signContent(content.chunks(), contentType, request);
  const eContent = headerOf(TAG.octetString, content.sizeBytes);
  const eContentExplicit = headerOf(contextTag(0, true), eContent.length + content.sizeBytes);
  const type = encodeDer(oid(contentType));
  const encapBytes = type.length + eContentExplicit.length + eContent.length + content.sizeBytes;
  const encap = headerOf(TAG.sequence, encapBytes);
  const before = [...opening(request).map(encodeDer), encap, type, eContentExplicit, eContent];
  const after = [certificateSet(request), signerInfos];
  const bodyBytes = sum(before) + content.sizeBytes + sum(after);
  const body = headerOf(TAG.sequence, bodyBytes);
  const bodyExplicit = headerOf(contextTag(0, true), body.length + bodyBytes);
  const outerType = encodeDer(oid(OID.signedData));
  const outer = headerOf(TAG.sequence, outerType.length + bodyExplicit.length + body.length + bodyBytes);
  const head = Buffer.concat([outer, outerType, bodyExplicit, body, ...before]);
  const tail = Buffer.concat(after.map(encodeDer));
  return {
    sizeBytes: head.length + content.sizeBytes + tail.length,
    *chunks() {
      yield head;
      yield* content.chunks();
      yield tail;
    },
  };
}

const sum = (parts: readonly Der[]): number => parts.reduce((total, part) => total + sizeOf(part), 0);

function digestHashOf(scheme: SignatureScheme): HashName {
  return scheme.scheme === 'ed25519' ? ED25519_DIGEST : scheme.hash;
}

/** RFC 5754 §2: parameters of SHA-2 are absent. */
const digestAlgorithm = (scheme: SignatureScheme): DerNode =>
  algorithm(digestNamed(digestHashOf(scheme)).oid, 'absent');

/** CMSVersion and digestAlgorithms. Version 3 when the content is not plain data (RFC 5652 §5.1). */
function opening({ contentType, scheme }: SignRequest): DerNode[] {
  const version = contentType === undefined || contentType === OID.data ? 1 : 3;
  return [integer(version), set(digestAlgorithm(scheme))];
}

function certificateSet({ certificate, otherCertificates }: SignRequest): DerNode {
  const all = [certificate.der, ...otherCertificates];
  const unique = all.filter((der, at) => all.findIndex((other) => Buffer.compare(der, other) === 0) === at);
  return setOf(unique, contextTag(0, true));
}

async function signContent(
  content: Iterable<Uint8Array>,
  contentType: string,
  request: SignRequest,
): Promise<DerNode> {
  const { certificate, scheme } = request;
  const hash = createHash(digestHashOf(scheme));
  for (const piece of content) hash.update(piece);
  const attributes = signedAttributes({
    contentType,
    messageDigest: hash.digest(),
    signingTimeMs: request.signingTimeMs,
    signer: certificate,
    encryptionCertificate: request.encryptionCertificate,
  });
  const signature = await request.sign(scheme, attributes);
  // RFC 5652 §5.4: signed under the tag of SET OF, sent as [0] IMPLICIT.
  const tagged = Buffer.from(attributes);
  tagged[0] = contextTag(0, true);
  const signerInfo = sequence(
    integer(1),
    issuerAndSerial(certificate),
    digestAlgorithm(scheme),
    tagged,
    signatureAlgorithm(scheme),
    octetString(signature),
  );
  return set(signerInfo);
}

/** RFC 5754 §3.2: `rsaEncryption` is what every receiver knows. */
function signatureAlgorithm(scheme: SignatureScheme): DerNode {
  return scheme.scheme === 'rsa-pkcs1'
    ? algorithm(OID.rsaEncryption, 'null')
    : writeSignatureAlgorithm(scheme);
}
