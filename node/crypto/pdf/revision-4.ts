/**
 * The standard security handler, revision 4: AES-128 for old readers, by policy only (ISO 32000-1 §7.6.3.3 and §7.6.3.4).
 *
 * MD5 and RC4 are what the format derives and checks keys with; the content itself is AES.
 */
import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { legacyCipherOf } from '#node/crypto/cms/legacy-cipher.ts';

const PASSWORD_BYTES = 32;
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
const HASH_ROUNDS = 50;
const CIPHER_ROUNDS = 20;

export interface Revision4 {
  readonly fileKey: Buffer;
  readonly owner: Buffer;
  readonly user: Buffer;
}

/**
 * The password in PDFDocEncoding; only the first 32 octets count, for every reader. What stands for the owner's password is
 * random octets: the user's cannot be had from them.
 */
export function makeRevision4(password: Buffer, permissions: number, fileId: Buffer): Revision4 {
  const owner = randomBytes(PASSWORD_BYTES);
  const bits = Buffer.alloc(4);
  bits.writeInt32LE(permissions);
  const fileKey = hashRounds(md5(padded(password), owner, bits, fileId));
  const check = cipherRounds(fileKey, md5(PADDING, fileId));
  return { fileKey, owner, user: Buffer.concat([check, randomBytes(16)]) };
}

const md5 = (...parts: Buffer[]): Buffer => createHash('md5').update(Buffer.concat(parts)).digest();

const padded = (password: Buffer): Buffer => Buffer.concat([password, PADDING]).subarray(0, PASSWORD_BYTES);

function hashRounds(start: Buffer): Buffer {
  let key = start;
  for (let round = 0; round < HASH_ROUNDS; round += 1) key = md5(key);
  return key;
}

/** Algorithm 5: RC4 twenty times, the key xored with the round's number. */
function cipherRounds(key: Buffer, text: Buffer): Buffer {
  let out = text;
  for (let round = 0; round < CIPHER_ROUNDS; round += 1) {
    const roundKey = key.map((octet) => octet ^ round);
    const rc4 = legacyCipherOf({ oid: OID.rc4, parameters: null })!;
    out = Buffer.from(rc4.decipher(roundKey).update(out));
  }
  return out;
}
