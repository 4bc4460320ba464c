/**
 * Content encryption algorithms (RFC 3565, 5084, 3370): names, sizes, policy, parameters, and the decipher of each.
 */
import { type CipherGCMTypes, createDecipheriv, type DecipherGCM, randomBytes } from 'node:crypto';
import type { WeakCipher } from '#domain/policy/rule-book.ts';
import { type AlgorithmIdentifier, algorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { readBer } from '#node/crypto/asn1/ber-reader.ts';
import { type DerNode, integer, octetString, sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { type Decipher, legacyCipherOf } from './legacy-cipher.ts';

/** What is sent. */
export type ContentAlgorithm = 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm';

interface Row {
  readonly oid: string;
  readonly text: string;
  readonly cipher: ContentAlgorithm | 'aes-192-gcm' | 'des-ede3-cbc';
  readonly keyBytes: 16 | 24 | 32;
  readonly strength: 'fine' | 'weak';
}

const ROWS: readonly Row[] = [
  { oid: OID.aes128Cbc, text: 'AES-128-CBC', cipher: 'aes-128-cbc', keyBytes: 16, strength: 'fine' },
  { oid: OID.aes192Cbc, text: 'AES-192-CBC', cipher: 'aes-192-cbc', keyBytes: 24, strength: 'fine' },
  { oid: OID.aes256Cbc, text: 'AES-256-CBC', cipher: 'aes-256-cbc', keyBytes: 32, strength: 'fine' },
  { oid: OID.aes128Gcm, text: 'AES-128-GCM', cipher: 'aes-128-gcm', keyBytes: 16, strength: 'fine' },
  { oid: OID.aes192Gcm, text: 'AES-192-GCM', cipher: 'aes-192-gcm', keyBytes: 24, strength: 'fine' },
  { oid: OID.aes256Gcm, text: 'AES-256-GCM', cipher: 'aes-256-gcm', keyBytes: 32, strength: 'fine' },
  { oid: OID.tripleDesCbc, text: '3DES', cipher: 'des-ede3-cbc', keyBytes: 24, strength: 'weak' },
];

const byOid = new Map(ROWS.map((row) => [row.oid, row]));
const byCipher = new Map(ROWS.map((row) => [row.cipher, row]));

export const AES_BLOCK_BYTES = 16;
const DES_BLOCK_BYTES = 8;
/** RFC 5084 §3.2 recommends 12 octets; the tag always has its full length here. */
const GCM_NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;
/** RFC 5084 §3.2: the default when none is named, and the shortest. */
const GCM_TAG_BYTES_DEFAULT = 12;
/** A longer nonce is hashed; nobody sends one. */
const GCM_NONCE_BYTES_MAX = 128;

/** A content cipher for one message to be sent. */
export interface SendCipher {
  readonly cipher: ContentAlgorithm;
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly authenticated: boolean;
  /** AlgorithmIdentifier with parameters. */
  readonly identifier: DerNode;
}

/** With a new key and a new nonce. */
export function newSendCipher(cipher: ContentAlgorithm): SendCipher {
  const { oid, keyBytes } = byCipher.get(cipher) as Row;
  const authenticated = cipher.endsWith('gcm');
  const random = randomBytes(keyBytes + (authenticated ? GCM_NONCE_BYTES : AES_BLOCK_BYTES));
  const key = random.subarray(0, keyBytes);
  const iv = random.subarray(keyBytes);
  const parameters = authenticated
    ? sequence(octetString(iv), integer(GCM_TAG_BYTES)) // RFC 5084 §3.2: GCMParameters
    : octetString(iv); // RFC 3565 §4.1
  return { cipher, key, iv, authenticated, identifier: algorithm(oid, parameters) };
}

interface NamedCipher {
  readonly text: string;
  readonly strength: 'fine' | 'weak';
  /** Read only when the caller's switch says so; null: always. */
  readonly weakCipher: WeakCipher | null;
  readonly keyBytes: number;
}

/** Throws only for a key of another length than `keyBytes`. */
export interface PlainCipher extends NamedCipher {
  readonly authenticated: false;
  readonly decipher: (key: Uint8Array) => Decipher;
}

export interface AuthenticatedCipher extends NamedCipher {
  readonly authenticated: true;
  readonly tagBytes: number;
  readonly decipher: (key: Uint8Array, additionalData: Uint8Array | null) => DecipherGCM;
}

/** A content cipher as a received message names it. */
export type ReadCipher = PlainCipher | AuthenticatedCipher;

/** Null for an unknown algorithm. Throws Asn1Error for parameters that do not fit. */
export function readContentCipher(identifier: AlgorithmIdentifier): ReadCipher | null {
  const row = byOid.get(identifier.oid);
  if (row === undefined) {
    const legacy = legacyCipherOf(identifier);
    return legacy === null ? null : { ...legacy, strength: 'weak', authenticated: false };
  }
  const { parameters } = identifier;
  if (parameters === null) throw new Asn1Error('malformed', 'a cipher without parameters');
  const { cipher, text, strength, keyBytes } = row;
  if (isGcm(cipher)) return { text, strength, weakCipher: null, keyBytes, ...gcm(cipher, parameters) };
  const iv = readBer(parameters, TAG.octetString).octets();
  const blockBytes = cipher === 'des-ede3-cbc' ? DES_BLOCK_BYTES : AES_BLOCK_BYTES;
  if (iv.length !== blockBytes) throw new Asn1Error('malformed', 'initialisation vector of another length');
  const decipher = (key: Uint8Array) => createDecipheriv(cipher, key, iv);
  const weakCipher = cipher === 'des-ede3-cbc' ? '3des' : null;
  return { text, strength, weakCipher, keyBytes, authenticated: false, decipher };
}

const isGcm = (cipher: string): cipher is CipherGCMTypes => cipher.endsWith('-gcm');

/** RFC 5084 §3.2: GCMParameters. */
function gcm(
  cipher: CipherGCMTypes,
  parameters: Uint8Array,
): Pick<AuthenticatedCipher, 'authenticated' | 'tagBytes' | 'decipher'> {
  const fields = readBer(parameters, TAG.sequence).children();
  const nonce = fields.octets();
  const tagBytes = fields.atEnd ? GCM_TAG_BYTES_DEFAULT : fields.number();
  fields.finish();
  if (nonce.length === 0 || nonce.length > GCM_NONCE_BYTES_MAX) {
    throw new Asn1Error('malformed', 'nonce of another length');
  }
  if (tagBytes < GCM_TAG_BYTES_DEFAULT || tagBytes > GCM_TAG_BYTES) {
    throw new Asn1Error('malformed', 'authentication tag of another length');
  }
  const decipher: AuthenticatedCipher['decipher'] = (key, additionalData) => {
    const made = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
    if (additionalData !== null) made.setAAD(additionalData);
    return made;
  };
  return { authenticated: true, tagBytes, decipher };
}
