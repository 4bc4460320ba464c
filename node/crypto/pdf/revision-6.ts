/**
 * The standard security handler, revision 6: AES-256 (ISO 32000-2 §7.6.4.3.3 and §7.6.4.4.7 to .9).
 *
 * A random file key encrypts everything; it is kept wrapped under the user's password, and nowhere else.
 */
import { Buffer } from 'node:buffer';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const SALT_BYTES = 8;
const NO_IV = Buffer.alloc(16);
/** Algorithm 2.B: so many rounds at least. */
const ROUNDS_MIN = 64;
const REPETITIONS = 64;
const HASHES = ['sha256', 'sha384', 'sha512'] as const;

export interface Revision6 {
  readonly fileKey: Buffer;
  readonly owner: Buffer;
  readonly user: Buffer;
  readonly ownerKey: Buffer;
  readonly userKey: Buffer;
  readonly permissions: Buffer;
}

/**
 * The password as octets of its SASLprep form. What stands for the owner's password is random octets: no password at all
 * fits to them, and half of the work is saved.
 */
export function makeRevision6(password: Buffer, permissions: number): Revision6 {
  const fileKey = randomBytes(KEY_BYTES);
  const user = wrap(fileKey, password);
  return {
    fileKey,
    user: user.check,
    userKey: user.wrapped,
    owner: randomBytes(user.check.length),
    ownerKey: randomBytes(KEY_BYTES),
    permissions: sealPermissions(fileKey, permissions),
  };
}

/** Algorithm 8: what proves the password, and the file key under it. */
function wrap(fileKey: Buffer, password: Buffer): { check: Buffer; wrapped: Buffer } {
  const salts = randomBytes(2 * SALT_BYTES);
  const check = hash(password, salts.subarray(0, SALT_BYTES));
  const key = hash(password, salts.subarray(SALT_BYTES));
  const cipher = createCipheriv('aes-256-cbc', key, NO_IV).setAutoPadding(false);
  return { check: Buffer.concat([check, salts]), wrapped: cipher.update(fileKey) };
}

/** Algorithm 2.B, for a user's password */
function hash(password: Buffer, salt: Buffer): Buffer {
  let key = createHash('sha256').update(password).update(salt).digest();
  let last = 0;
  for (let round = 0; round < ROUNDS_MIN || last > round - 32; round += 1) {
    const once = Buffer.concat([password, key]);
    const input = Buffer.alloc(once.length * REPETITIONS, once);
    const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32));
    const output = cipher.setAutoPadding(false).update(input);
    last = output.at(-1)!;
    let sum = 0; // 256 ≡ 1 (mod 3): the number that the first 16 octets are has the remainder of their sum.
    for (let i = 0; i < 16; i += 1) sum += output[i]!;
    key = createHash(HASHES[sum % 3]!)
      .update(output)
      .digest();
  }
  return key.subarray(0, KEY_BYTES);
}

/** Algorithm 10 */
function sealPermissions(fileKey: Buffer, permissions: number): Buffer {
  const plain = Buffer.concat([
    Buffer.alloc(4),
    Buffer.from('ffffffff', 'hex'),
    Buffer.from('Tadb'),
    randomBytes(4),
  ]);
  plain.writeInt32LE(permissions);
  return createCipheriv('aes-256-ecb', fileKey, null).setAutoPadding(false).update(plain);
}
