/**
 * Sealed box: a few octets readable only by the holder of an X25519 private key.
 *
 * Layout: ephemeral public key (32) | AES-256-GCM ciphertext | tag (16). Key and nonce = HKDF-SHA-256 of the shared
 * secret with both public keys as salt (the shape of RFC 9180 base mode; each ephemeral key is used once).
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

const INFO = Buffer.from('sealgate sealed box 1');
const PUBLIC_KEY_BYTES = 32;
const TAG_BYTES = 16;
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex'); // RFC 8410 §4: SubjectPublicKeyInfo of X25519

export function x25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

/** Raw 32 octets of an X25519 key's public half. */
export function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url'); // A tenth of the time that DER takes.
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

function keyAndNonce(shared: Buffer, ephemeral: Uint8Array, recipient: Uint8Array): [Buffer, Buffer] {
  const okm = Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), INFO, 44));
  return [okm.subarray(0, 32), okm.subarray(32)];
}

/** The last recipient as a key object: `receive` seals every mail to the same one. */
let lastRecipient: { readonly raw: Buffer; readonly key: KeyObject } | null = null;

function recipientKey(raw: Uint8Array): KeyObject {
  if (lastRecipient === null || !lastRecipient.raw.equals(raw)) {
    lastRecipient = { raw: Buffer.from(raw), key: x25519PublicKey(raw) };
  }
  return lastRecipient.key;
}

export function sealToPublicKey(recipientPublicKey: Uint8Array, secret: Uint8Array): Buffer {
  const pair = generateKeyPairSync('x25519');
  const ephemeral = rawPublicKey(pair.publicKey);
  const shared = diffieHellman({ privateKey: pair.privateKey, publicKey: recipientKey(recipientPublicKey) });
  const [key, nonce] = keyAndNonce(shared, ephemeral, recipientPublicKey);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([ephemeral, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Public halves of private keys that open many boxes: deriving one is a third of the work. */
const ownPublicKeys = new WeakMap<KeyObject, Buffer>();

function ownPublicKey(privateKey: KeyObject): Buffer {
  const known = ownPublicKeys.get(privateKey) ?? rawPublicKey(privateKey);
  ownPublicKeys.set(privateKey, known);
  return known;
}

/** Throws when the box is not for this key or was changed. */
export function openWithPrivateKey(privateKey: KeyObject, box: Uint8Array): Buffer {
  if (box.length < PUBLIC_KEY_BYTES + TAG_BYTES) throw new RangeError('sealed box cut off');
  const ephemeral = box.subarray(0, PUBLIC_KEY_BYTES);
  const shared = diffieHellman({ privateKey, publicKey: x25519PublicKey(ephemeral) });
  const [key, nonce] = keyAndNonce(shared, ephemeral, ownPublicKey(privateKey));
  const split = box.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(box.subarray(split));
  return Buffer.concat([decipher.update(box.subarray(PUBLIC_KEY_BYTES, split)), decipher.final()]);
}
