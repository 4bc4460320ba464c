/**
 * Sealed box: a few octets readable only by the holder of an X25519 private key.
 *
 * Layout: ephemeral public key (32) | salt (16) | AES-256-GCM ciphertext | tag (16). Key and nonce = HKDF-SHA-256 of the
 * shared secret, with ephemeral key, recipient and the box's own random salt as its salt (the shape of RFC 9180 base
 * mode). An ephemeral key serves SHARED_BOXES_MAX boxes or SHARED_MS, then it is forgotten by its maker: agreeing on a
 * secret is nine tenths of the work, and a mail is sealed and opened twice on its way. Whoever takes over the maker in
 * that second can read the boxes of that second, the mails of which passed through it in clear a moment ago.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const INFO = Buffer.from('sealgate sealed box 1');
const PUBLIC_KEY_BYTES = 32;
const SALT_BYTES = 16; // Random 128 bits never meet among the few boxes of one shared secret.
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SHARED_BOXES_MAX = 256;
const SHARED_MS = 1000;
const OPENED_SECRETS_MAX = 64; // Of the makers and seconds that are being read now; a miss costs 0.1 ms.
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex'); // RFC 8410 §4: SubjectPublicKeyInfo of X25519

/** How much longer a box is than what is in it. */
export const BOX_OVERHEAD_BYTES = PUBLIC_KEY_BYTES + SALT_BYTES + TAG_BYTES;

function x25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

/** Raw 32 octets of an X25519 key's public half. */
export function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

/** A new X25519 key pair: PKCS#8 DER and raw public key. */
export function newBoxKey(): { privateKey: Buffer; publicKey: Buffer } {
  const pair = generateKeyPairSync('x25519');
  return {
    privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicKey: rawPublicKey(pair.publicKey),
  };
}

export function boxPrivateKey(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
}

interface Agreement {
  readonly recipient: Buffer;
  readonly ephemeral: Buffer;
  readonly shared: Buffer;
  boxes: number;
}

let agreement: Agreement | null = null;

function forget(agreed: Agreement): void {
  if (agreement === agreed) agreement = null;
  agreed.shared.fill(0);
}

function agreeWith(recipient: Uint8Array): Agreement {
  if (agreement?.recipient.equals(recipient) && agreement.boxes < SHARED_BOXES_MAX) return agreement;
  const pair = generateKeyPairSync('x25519');
  const agreed: Agreement = {
    recipient: Buffer.from(recipient),
    ephemeral: rawPublicKey(pair.publicKey),
    shared: diffieHellman({ privateKey: pair.privateKey, publicKey: x25519PublicKey(recipient) }),
    boxes: 0,
  };
  if (agreement !== null) forget(agreement);
  agreement = agreed;
  setTimeout(forget, SHARED_MS, agreed).unref();
  return agreed;
}

// Keys go in as key objects: with octets Node 24 throws and catches an exception of its own, 15 µs each time.
function keyAndNonce(shared: Buffer, front: Uint8Array, recipient: Uint8Array): [Buffer, Buffer] {
  const salt = Buffer.concat([front, recipient]);
  const okm = Buffer.from(hkdfSync('sha256', createSecretKey(shared), salt, INFO, KEY_BYTES + NONCE_BYTES));
  return [okm.subarray(0, KEY_BYTES), okm.subarray(KEY_BYTES)];
}

export function sealToPublicKey(recipientPublicKey: Uint8Array, secret: Uint8Array): Buffer {
  const agreed = agreeWith(recipientPublicKey);
  agreed.boxes += 1;
  const front = Buffer.concat([agreed.ephemeral, randomBytes(SALT_BYTES)]);
  const [key, nonce] = keyAndNonce(agreed.shared, front, recipientPublicKey);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce);
  return Buffer.concat([front, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

interface Opener {
  readonly publicKey: Buffer;
  /** By the ephemeral key, oldest first. */
  readonly secrets: Map<string, Buffer>;
}

const openers = new WeakMap<KeyObject, Opener>();

function openerOf(privateKey: KeyObject): Opener {
  const opener = openers.get(privateKey) ?? { publicKey: rawPublicKey(privateKey), secrets: new Map() };
  openers.set(privateKey, opener);
  return opener;
}

function sharedWith(ephemeral: Uint8Array, privateKey: KeyObject, { secrets }: Opener): Buffer {
  const name = Buffer.from(ephemeral).toString('latin1');
  const known = secrets.get(name);
  if (known) return known;
  const shared = diffieHellman({ privateKey, publicKey: x25519PublicKey(ephemeral) });
  secrets.set(name, shared);
  for (const [oldest, secret] of secrets) {
    if (secrets.size <= OPENED_SECRETS_MAX) break;
    secret.fill(0);
    secrets.delete(oldest);
  }
  return shared;
}

/** Throws when the box is not for this key or was changed. */
export function openWithPrivateKey(privateKey: KeyObject, box: Uint8Array): Buffer {
  if (box.length < BOX_OVERHEAD_BYTES) throw new RangeError('sealed box cut off');
  const opener = openerOf(privateKey);
  const front = box.subarray(0, PUBLIC_KEY_BYTES + SALT_BYTES);
  const shared = sharedWith(front.subarray(0, PUBLIC_KEY_BYTES), privateKey, opener);
  const [key, nonce] = keyAndNonce(shared, front, opener.publicKey);
  const split = box.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(box.subarray(split));
  return Buffer.concat([decipher.update(box.subarray(front.length, split)), decipher.final()]);
}
