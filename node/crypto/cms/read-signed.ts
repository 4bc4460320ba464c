/**
 * Reads SignedData (RFC 5652 §5) as a stream and judges its one signer (threat 7).
 *
 * What it says is mathematics and structure only: whether the certificate is trusted, and whose address it has, is
 * decided elsewhere. Never throws for what a message may be; what the source or the sink throws passes through.
 */
import { createHash, type Hash } from 'node:crypto';
import type { SignatureProblem } from '#domain/mail/verdict.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { X509Error } from '#node/crypto/x509/x509-error.ts';
import { BerStream } from './ber-stream.ts';
import { enterContentInfo, readType } from './cms-type.ts';
import { digestOf } from './digest-algorithm.ts';
import { type CertificateName, isNamed } from './issuer-and-serial.ts';
import { judgeSigner, type SignerReport } from './judge-signer.ts';
import { readAlgorithms, readSignerInfo, type SignerInfo } from './signer-info.ts';

/** Certificates and CRLs of one message together; a large company's CRL has a few megabytes. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
/** A chain has about four; someone may send a colleague's, too. */
const CERTIFICATES_MAX = 100;
/** One is judged; more are only listed. */
const SIGNERS_MAX = 32;
const SIGNER_INFO_BYTES_MAX = 256 * 1024; // A time stamp token with its chain fits.
const DIGEST_ALGORITHMS_MAX = 8;
const SMALL_ELEMENT_BYTES_MAX = 4096;

export interface SignedSource {
  readonly cms: Iterable<Uint8Array>;
  /** multipart/signed: the first part exactly as it stands. Absent for application/pkcs7-mime. */
  readonly detached?: Iterable<Uint8Array>;
  /** Gets the content inside, as it comes, before anything is known of the signature. */
  readonly onContent?: (piece: Uint8Array) => void;
  /** For signers that do not send their certificate. */
  readonly findCertificate?: (name: CertificateName) => Uint8Array | null;
  /** As `readCertificate`, its default: for a caller that remembers those it has read. */
  readonly readCertificate?: (der: Uint8Array) => X509Certificate;
}

export interface SignedReport {
  /** False: the structure is broken; what `onContent` got is not the whole. */
  readonly complete: boolean;
  /** Null when the one signature is right and every algorithm acceptable. */
  readonly problem: SignatureProblem | null;
  /** `OID.data` for a MIME entity. */
  readonly contentType: string | null;
  /** Content is inside. Of no octets it counts as none: NSS sends certificates only with an empty one. */
  readonly embedded: boolean;
  /** Exactly one when it was judged; several are only listed. None and no problem but `no-signer`: certificates only. */
  readonly signers: readonly SignerReport[];
  /** DER, as sent. */
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
}

interface Parsed {
  contentType: string | null;
  embedded: boolean;
  digests: Map<string, Hash>;
  signerInfos: SignerInfo[];
  certificates: Uint8Array[];
  crls: Uint8Array[];
}

export function readSigned(source: SignedSource): SignedReport {
  const parsed: Parsed = {
    contentType: null,
    embedded: false,
    digests: new Map(),
    signerInfos: [],
    certificates: [],
    crls: [],
  };
  const complete = parse(source, parsed);
  const { contentType, embedded, certificates, crls } = parsed;
  const facts = { complete, contentType, embedded, certificates, crls };
  if (!complete) return { ...facts, problem: 'malformed', signers: [] };
  const signers = judge(source, parsed);
  return { ...facts, problem: problemOf(source, parsed, signers), signers };
}

function problemOf(
  { detached }: SignedSource,
  { embedded }: Parsed,
  signers: readonly SignerReport[],
): SignatureProblem | null {
  if (detached !== undefined && embedded) return 'embedded-and-detached';
  if (signers.length === 0) return 'no-signer';
  if (signers.length > 1) return 'several-signers';
  if (detached === undefined && !embedded) return 'malformed'; // A signature over nothing that is here.
  return (signers[0] as SignerReport).problem;
}

/** False when the structure is broken. */
function parse(source: SignedSource, parsed: Parsed): boolean {
  const stream = new BerStream(source.cms);
  try {
    if (enterContentInfo(stream) !== OID.signedData) return false;
    stream.enter(contextTag(0, true));
    stream.enter(TAG.sequence);
    stream.element(SMALL_ELEMENT_BYTES_MAX); // The version says nothing that the structure does not.
    const algorithms = readAlgorithms(stream.element(SMALL_ELEMENT_BYTES_MAX), DIGEST_ALGORITHMS_MAX);
    readContent(
      stream,
      source,
      parsed,
      algorithms.map(({ oid }) => oid),
    );
    readSets(stream, parsed);
    for (let depth = 0; depth < 3; depth++) stream.leave();
    return true;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  } finally {
    stream.close();
  }
}

/** EncapsulatedContentInfo (RFC 5652 §5.2); hashed by every algorithm announced before it. */
function readContent(stream: BerStream, source: SignedSource, parsed: Parsed, announced: string[]): void {
  for (const oid of announced) {
    const digest = digestOf(oid);
    if (digest !== null && digest.strength !== 'forbidden') parsed.digests.set(oid, createHash(digest.hash));
  }
  stream.enter(TAG.sequence);
  parsed.contentType = readType(stream);
  if (stream.peek !== null) {
    stream.enter(contextTag(0, true));
    for (const piece of stream.octets()) {
      parsed.embedded ||= piece.length > 0;
      if (source.detached === undefined) for (const hash of parsed.digests.values()) hash.update(piece);
      source.onContent?.(piece);
    }
    stream.leave();
  }
  stream.leave();
}

function readSets(stream: BerStream, parsed: Parsed): void {
  let budget = KEPT_BYTES_MAX;
  const read = (tag: number, into: Uint8Array[], max: number) => {
    if (stream.peek !== tag) return;
    stream.enter(tag);
    while (stream.peek !== null) {
      const isPlain = stream.peek === TAG.sequence; // Attribute certificates and the like have tags of their own.
      const element = stream.element(budget);
      budget -= element.length;
      if (isPlain && into.length >= max) throw new Asn1Error('too-large', 'too many certificates');
      if (isPlain) into.push(element);
    }
    stream.leave();
  };
  read(contextTag(0, true), parsed.certificates, CERTIFICATES_MAX);
  read(contextTag(1, true), parsed.crls, CERTIFICATES_MAX);
  stream.enter(TAG.set);
  while (stream.peek !== null) {
    if (parsed.signerInfos.length >= SIGNERS_MAX) throw new Asn1Error('too-large', 'too many signers');
    parsed.signerInfos.push(readSignerInfo(stream.element(SIGNER_INFO_BYTES_MAX)));
  }
  stream.leave();
}

function judge(source: SignedSource, parsed: Parsed): SignerReport[] {
  const { signerInfos, digests } = parsed;
  if (source.detached !== undefined && signerInfos.length === 1) {
    hashDetached(source.detached, digests, (signerInfos[0] as SignerInfo).digestAlgorithm.oid);
  }
  const read = readerOf(source);
  const sent = parsed.certificates.map(read).filter((certificate) => certificate !== null);
  const only = signerInfos.length === 1;
  return signerInfos.map((signer) => {
    const certificate = certificateOf(signer.name, sent, source, read);
    const digest = only ? (digests.get(signer.digestAlgorithm.oid)?.digest() ?? null) : null;
    const answers = signer.signed?.encryptionKey ?? null;
    const encryptionCertificate =
      answers === null ? null : (sent.find((one) => isNamed(one, answers)) ?? null);
    return judgeSigner({
      signer,
      certificate,
      encryptionCertificate,
      digest,
      contentType: parsed.contentType,
      only,
    });
  });
}

/** Detached content comes last, so only the signer's digest is made, announced or not. */
function hashDetached(content: Iterable<Uint8Array>, digests: Map<string, Hash>, oid: string): void {
  const digest = digestOf(oid);
  digests.clear();
  if (digest === null || digest.strength === 'forbidden') return;
  const hash = createHash(digest.hash);
  for (const piece of content) hash.update(piece);
  digests.set(oid, hash);
}

function certificateOf(
  name: CertificateName,
  sent: readonly X509Certificate[],
  source: SignedSource,
  read: (der: Uint8Array) => X509Certificate | null,
): X509Certificate | null {
  const found = sent.find((certificate) => isNamed(certificate, name));
  if (found !== undefined) return found;
  const der = source.findCertificate?.(name) ?? null;
  return der === null ? null : read(der);
}

/** Null for what is no certificate. */
function readerOf({ readCertificate: read = readCertificate }: SignedSource) {
  return (der: Uint8Array): X509Certificate | null => {
    try {
      return read(der);
    } catch (error) {
      if (error instanceof X509Error) return null;
      throw error;
    }
  };
}
