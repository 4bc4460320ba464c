/**
 * Passwords of operators: argon2id (RFC 9106) in PHC string form, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
 *
 * Verification runs in the libuv pool and never more than VERIFY_CONCURRENCY at once, so that a flood of sign-ins costs
 * a bounded amount of memory.
 */
import { argon2, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** RFC 9106 §4, second recommended option. About 200 ms. */
const MEMORY_KIB = 65_536;
const PASSES = 3;
const LANES = 4;
const SALT_BYTES = 16;
const TAG_BYTES = 32;
const VERIFY_CONCURRENCY = 2; // 2 × 64 MiB at most.
const VERIFY_WAITING_MAX = 50; // Beyond that a sign-in waits longer than its user.

export const PASSWORD_CHARS_MIN = 12; // NIST SP 800-63B-4 §3.1.1 asks for 15 as sole factor, 8 with a second; locked out in between.
export const PASSWORD_CHARS_MAX = 256; // A password is not a file.

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

let running = 0;
const waiting: (() => void)[] = [];

async function tagOf(password: string, salt: Uint8Array, length: number, cost: Cost): Promise<Uint8Array> {
  if (running >= VERIFY_CONCURRENCY) {
    if (waiting.length >= VERIFY_WAITING_MAX) {
      throw Object.assign(new Error('too many sign-ins at once'), { code: 'busy' });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await new Promise((resolve, reject) => {
      // The same password typed on another keyboard must be the same octets (RFC 8265 §4.2).
      const message = password.normalize('NFC');
      argon2('argon2id', { message, nonce: salt, tagLength: length, ...cost }, (error, tag) =>
        error ? reject(error) : resolve(tag),
      );
    });
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64').replace(/=+$/, '');

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const cost = { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES };
  const tag = await tagOf(password, salt, TAG_BYTES, cost);
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(tag)}`;
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** A hash of no password at all, of the usual cost: what an unknown account is checked against. */
export const NO_PASSWORD_HASH = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(
  randomBytes(SALT_BYTES),
)}$${base64(randomBytes(TAG_BYTES))}`;

/** False for a wrong password. Throws for a string that is no PHC string of ours, and `code: busy` under a flood. */
export async function passwordMatches(password: string, phc: string): Promise<boolean> {
  const match = PHC.exec(phc);
  if (!match) throw new Error('not an argon2id PHC string');
  const [, m, t, p, salt = '', tag = ''] = match;
  const expected = Buffer.from(tag, 'base64');
  const cost = { memory: Number(m), passes: Number(t), parallelism: Number(p) };
  const actual = await tagOf(password, Buffer.from(salt, 'base64'), expected.length, cost);
  return timingSafeEqual(actual, expected);
}

/** Without letters and digits that look alike; 5 groups of 4 of 31 signs are 99 bits. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_CHARS = 4;

/** A password that can be read aloud and typed from paper: `kq7m-2xhd-…`. */
export function readablePassword(): string {
  const group = (): string =>
    Array.from({ length: GROUP_CHARS }, () => READABLE[randomInt(READABLE.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
