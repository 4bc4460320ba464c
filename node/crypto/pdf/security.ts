/**
 * Encryption of a PDF by password: AES-256 revision 6, or AES-128 revision 4 where policy asks for it.
 *
 * There is no owner password, only random octets in its place: with an empty one some readers open the file to anybody.
 * The permissions (print, copy, read aloud; no change) are a wish that a reader may ignore; what protects is the password.
 */
import { Buffer } from 'node:buffer';
import { type Cipheriv, createCipheriv, createHash, randomBytes } from 'node:crypto';
import { saslPrep } from '#domain/pdf/saslprep.ts';
import { makeRevision4 } from './revision-4.ts';
import { makeRevision6 } from './revision-6.ts';

export type PdfAlgorithm = 'aes-256' | 'aes-128';

/** ISO 32000-2 §7.6.4.3.3: a reader looks at no more. */
const PASSWORD_BYTES_MAX = 127;
/** ISO 32000-1 §7.6.3.3: a reader of AES-128 looks at no more. */
const OLD_PASSWORD_BYTES_MAX = 32;
const IV_BYTES = 16;
/** ISO 32000-2 table 22: print (3, 12), copy (5), read aloud (10); reserved bits as they must be. */
const PERMISSIONS = -1324;

/** `too-long`, or characters that revision 4 cannot know (`not-latin`), or what RFC 4013 refuses. */
export type SecurityRefusal = 'empty' | 'prohibited' | 'mixed-direction' | 'too-long' | 'not-latin';

export interface PdfSecurity {
  readonly algorithm: PdfAlgorithm;
  readonly fileId: Buffer;
  /** Entries of the encryption dictionary beside the constant ones. */
  readonly entries: Readonly<Record<string, Buffer | number>>;
  /** A cipher for the stream of an object, and the initialisation vector that stands before its output. */
  cipher(objectNumber: number): { readonly iv: Buffer; readonly cipher: Cipheriv };
}

export function pdfSecurity(
  algorithm: PdfAlgorithm,
  password: string,
): PdfSecurity | { readonly refused: SecurityRefusal } {
  const prepared = saslPrep(password);
  if ('refused' in prepared) return prepared;
  return algorithm === 'aes-256' ? newSecurity(prepared.text) : oldSecurity(prepared.text);
}

function newSecurity(password: string): PdfSecurity | { refused: SecurityRefusal } {
  const octets = Buffer.from(password, 'utf8');
  if (octets.length > PASSWORD_BYTES_MAX) return { refused: 'too-long' };
  const made = makeRevision6(octets, PERMISSIONS);
  return {
    algorithm: 'aes-256',
    fileId: randomBytes(16),
    entries: {
      O: made.owner,
      U: made.user,
      OE: made.ownerKey,
      UE: made.userKey,
      Perms: made.permissions,
      P: PERMISSIONS,
    },
    cipher: () => withIv('aes-256-cbc', made.fileKey),
  };
}

function oldSecurity(password: string): PdfSecurity | { refused: SecurityRefusal } {
  // PDFDocEncoding is ASCII and Latin-1 where all readers agree on it.
  if (/[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u00ff]/.test(password)) return { refused: 'not-latin' };
  if (password.length > OLD_PASSWORD_BYTES_MAX) return { refused: 'too-long' };
  const fileId = randomBytes(16);
  const made = makeRevision4(Buffer.from(password, 'latin1'), PERMISSIONS, fileId);
  return {
    algorithm: 'aes-128',
    fileId,
    entries: { O: made.owner, U: made.user, P: PERMISSIONS },
    cipher: (objectNumber) => withIv('aes-128-cbc', objectKey(made.fileKey, objectNumber)),
  };
}

/** ISO 32000-1 §7.6.2, algorithm 1: generation is always 0. */
function objectKey(fileKey: Buffer, objectNumber: number): Buffer {
  const suffix = Buffer.alloc(5);
  suffix.writeUIntLE(objectNumber, 0, 3);
  return createHash('md5').update(fileKey).update(suffix).update('sAlT').digest();
}

function withIv(cipher: string, key: Buffer): { iv: Buffer; cipher: Cipheriv } {
  const iv = randomBytes(IV_BYTES);
  return { iv, cipher: createCipheriv(cipher, key, iv) };
}
