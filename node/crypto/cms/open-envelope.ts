/**
 * Opens EnvelopedData and AuthEnvelopedData as a stream (RFC 5652 §6, RFC 5083) with keys that are elsewhere.
 *
 * Once a content key is in use, every failure is the same: `failed`, no reason, after the last octet (threat 32).
 * GCM: nothing is released before the tag is right. CBC has no tag: `authenticated` is false, pieces are released as
 * they come, and the caller discards what its sink got unless the outcome is `opened` (threat 1).
 */

import type { WeakCipher } from '#domain/policy/rule-book.ts';
import { readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { contextTag, TAG } from '#node/crypto/asn1/tags.ts';
import { BerStream } from './ber-stream.ts';
import { enterContentInfo, readType } from './cms-type.ts';
import {
  type AuthenticatedCipher,
  type PlainCipher,
  type ReadCipher,
  readContentCipher,
} from './content-cipher.ts';
import { keyStrength } from './key-strength.ts';
import {
  type DecryptionKey,
  matchRecipient,
  type RecipientMatch,
  type UnwrapPort,
} from './recipient-match.ts';

/** Two certificates of a mail to the largest list that an envelope takes; each is looked at and forgotten. */
const RECIPIENTS_MAX = 20_000;
const RECIPIENT_BYTES_MAX = 64 * 1024; // One agreement may carry many recipients.
const ALGORITHM_BYTES_MAX = 4096;
/** Certificates and CRLs of the originator, and attributes: read over. */
const SKIPPED_BYTES_MAX = 16 * 1024 * 1024;
/** Decrypted content that waits in memory for its tag; more is decrypted twice. */
const HELD_BYTES_MAX = 1024 * 1024;

export interface OpenRequest {
  /** Walked once; for large authenticated content again. */
  readonly cms: () => Iterable<Uint8Array>;
  /** Of the one envelope recipient (threat 3); the first recipient in the message that is one of them is taken. */
  readonly keys: readonly DecryptionKey[];
  readonly port: UnwrapPort;
  readonly onContent: (piece: Uint8Array) => void;
  /** The weak ciphers that are read, too. */
  readonly weakCiphers: readonly WeakCipher[];
}

export interface OpenReport {
  readonly outcome: 'opened' | 'no-key' | 'failed';
  /** Display names: `AES-256-GCM`, `RSA-OAEP with SHA-256`. */
  readonly algorithms: readonly string[];
  readonly weak: readonly string[];
  readonly authenticated: boolean;
  /** `OID.data` for a MIME entity. */
  readonly contentType: string | null;
  /** Which key was used. */
  readonly keyId: string | null;
  /** Of `failed`, when it was seen without any key. */
  readonly reason: 'malformed' | 'unsupported-algorithm' | 'weak-cipher' | null;
}

/** Errors: rejects as the port does (`unavailable`, `no-such-key`), and as source and sink do; never for the message. */
export async function openEnvelope(request: OpenRequest): Promise<OpenReport> {
  const stream = new BerStream(request.cms());
  try {
    const head = readHead(stream, request.keys);
    const refusal = refusalOf(head, request.weakCiphers);
    if (refusal !== null) return { ...reportOf(head), ...refusal };
    const { cipher, match } = head as { cipher: ReadCipher; match: RecipientMatch };
    const key = await match.contentKey(request.port, cipher.keyBytes);
    const opened = cipher.authenticated
      ? openAuthenticated(stream, request, cipher, key)
      : openPlain(stream, request, cipher, key);
    return { ...reportOf(head), outcome: opened ? 'opened' : 'failed' };
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return { ...reportOf(null), reason: 'malformed' };
  } finally {
    stream.close();
  }
}

interface Head {
  readonly authenticated: boolean;
  readonly contentType: string;
  /** Null = unknown. */
  readonly cipher: ReadCipher | null;
  readonly cipherOid: string;
  readonly match: RecipientMatch | null;
}

/** Up to the encrypted octets. Throws Asn1Error. */
function readHead(stream: BerStream, keys: readonly DecryptionKey[]): Head {
  const type = enterContentInfo(stream);
  if (type !== OID.envelopedData && type !== OID.authEnvelopedData) {
    throw new Asn1Error('malformed', 'not an encrypted message');
  }
  const authenticated = type === OID.authEnvelopedData;
  stream.enter(contextTag(0, true));
  stream.enter(TAG.sequence);
  stream.element(ALGORITHM_BYTES_MAX); // The version says nothing that the structure does not.
  if (stream.peek === contextTag(0, true)) stream.element(SKIPPED_BYTES_MAX);
  const match = readRecipients(stream, keys);
  stream.enter(TAG.sequence);
  const contentType = readType(stream);
  const algorithm = readAlgorithm(new BerCursor(stream.element(ALGORITHM_BYTES_MAX)));
  const cipher = readContentCipher(algorithm);
  if (cipher !== null && cipher.authenticated !== authenticated) {
    throw new Asn1Error('malformed', 'a cipher of the other kind');
  }
  return { authenticated, contentType, cipher, cipherOid: algorithm.oid, match };
}

function readRecipients(stream: BerStream, keys: readonly DecryptionKey[]): RecipientMatch | null {
  let match: RecipientMatch | null = null;
  stream.enter(TAG.set);
  for (let count = 0; stream.peek !== null; count++) {
    if (count >= RECIPIENTS_MAX) throw new Asn1Error('too-large', 'too many recipients');
    const raw = stream.element(RECIPIENT_BYTES_MAX);
    match ??= matchRecipient(raw, keys);
  }
  stream.leave();
  return match;
}

function refusalOf(
  { cipher, match }: Head,
  weakCiphers: readonly WeakCipher[],
): Pick<OpenReport, 'outcome' | 'reason'> | null {
  if (match === null) return { outcome: 'no-key', reason: null };
  if (cipher === null || match.text === null) return { outcome: 'failed', reason: 'unsupported-algorithm' };
  const { weakCipher } = cipher;
  if (weakCipher === null || weakCiphers.includes(weakCipher)) return null;
  return { outcome: 'failed', reason: 'weak-cipher' };
}

function reportOf(head: Head | null): OpenReport {
  const key = head?.match?.key ?? null;
  const publicKey = key?.certificate.publicKey ?? null;
  const keyNamed = publicKey === null ? null : keyStrength(publicKey);
  const weak: string[] = [];
  if (head?.cipher?.strength === 'weak') weak.push(head.cipher.text);
  if (keyNamed !== null && keyNamed.strength !== 'fine') weak.push(keyNamed.text);
  const named = [head?.cipher?.text ?? head?.cipherOid, head?.match?.text];
  return {
    outcome: 'failed',
    algorithms: named.filter((text): text is string => typeof text === 'string'),
    weak,
    authenticated: head?.authenticated ?? false,
    contentType: head?.contentType ?? null,
    keyId: key?.keyId ?? null,
    reason: null,
  };
}

/** [0] IMPLICIT OCTET STRING */
const ENCRYPTED_CONTENT = contextTag(0, false);

function openPlain(stream: BerStream, request: OpenRequest, cipher: PlainCipher, key: Uint8Array): boolean {
  const decipher = cipher.decipher(key);
  return sameOutcome(() => {
    for (const piece of stream.octets(ENCRYPTED_CONTENT)) release(request, decipher.update(piece));
    stream.leave();
    if (stream.peek === contextTag(1, true)) stream.element(SKIPPED_BYTES_MAX);
    for (let depth = 0; depth < 3; depth++) stream.leave();
    const last = finalOrNull(decipher);
    if (last === null) return false;
    release(request, last);
    return true;
  });
}

function release({ onContent }: OpenRequest, piece: Uint8Array): void {
  if (piece.length > 0) onContent(piece);
}

/** After the key is in use, broken structure is a failed decryption like any other. */
function sameOutcome(open: () => boolean): boolean {
  try {
    return open();
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

function finalOrNull(decipher: { final(): Uint8Array }): Uint8Array | null {
  try {
    return decipher.final();
  } catch {
    return null; // OpenSSL throws for padding and tags that are wrong, and nothing else can be wrong here.
  }
}

interface Tagged {
  readonly additionalData: Uint8Array | null;
  readonly tag: Uint8Array;
}

/**
 * First pass: decrypt, hold what is small, learn the tag and the attributes behind the content. Attributes are
 * additional data, which GCM wants first: then again. What was not held is decrypted again, known to be right.
 */
function openAuthenticated(
  stream: BerStream,
  request: OpenRequest,
  cipher: AuthenticatedCipher,
  key: Uint8Array,
): boolean {
  return sameOutcome(() => {
    let pass = decryptTagged(stream, cipher, key, null);
    const { additionalData } = pass.tagged;
    if (additionalData !== null)
      pass = again(request, (next) => decryptTagged(next, cipher, key, additionalData));
    if (!pass.isRight) return false;
    if (pass.held !== null) {
      for (const piece of pass.held) release(request, piece);
      return true;
    }
    const onPiece = (piece: Uint8Array) => release(request, piece);
    const last = again(request, (next) => decryptTagged(next, cipher, key, additionalData, onPiece));
    if (!last.isRight) throw new Error('the message changed while it was read');
    return true;
  });
}

function again<T>(request: OpenRequest, read: (stream: BerStream) => T): T {
  const stream = new BerStream(request.cms());
  try {
    readHead(stream, []);
    return read(stream);
  } finally {
    stream.close();
  }
}

interface Pass {
  readonly isRight: boolean;
  /** The content; null when it was too much to hold, or went to `onPiece`. */
  readonly held: readonly Uint8Array[] | null;
  readonly tagged: Tagged;
}

function decryptTagged(
  stream: BerStream,
  cipher: AuthenticatedCipher,
  key: Uint8Array,
  additionalData: Uint8Array | null,
  onPiece?: (piece: Uint8Array) => void,
): Pass {
  const decipher = cipher.decipher(key, additionalData);
  let held: Uint8Array[] | null = onPiece === undefined ? [] : null;
  let heldBytes = 0;
  for (const piece of stream.octets(ENCRYPTED_CONTENT)) {
    const open = decipher.update(piece);
    onPiece?.(open);
    heldBytes += open.length;
    if (heldBytes > HELD_BYTES_MAX) held = null;
    held?.push(open);
  }
  stream.leave();
  const tagged = readTagged(stream, cipher);
  decipher.setAuthTag(tagged.tag);
  return { isRight: finalOrNull(decipher) !== null, held, tagged };
}

/** RFC 5083 §2.1: authAttrs [1], mac, unauthAttrs [2]; the attributes are authenticated as SET OF (§2.2). */
function readTagged(stream: BerStream, cipher: AuthenticatedCipher): Tagged {
  let additionalData: Uint8Array | null = null;
  if (stream.peek === contextTag(1, true)) {
    additionalData = stream.element(SKIPPED_BYTES_MAX);
    additionalData[0] = TAG.set;
  }
  const tag = readBer(stream.element(ALGORITHM_BYTES_MAX), TAG.octetString).octets();
  if (tag.length !== cipher.tagBytes)
    throw new Asn1Error('malformed', 'authentication tag of another length');
  if (stream.peek === contextTag(2, true)) stream.element(SKIPPED_BYTES_MAX);
  for (let depth = 0; depth < 3; depth++) stream.leave();
  return { additionalData, tag };
}
