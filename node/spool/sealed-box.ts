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
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex'); // RFC 8410 §4: SubjectPublicKeyInfo of X25519

export function x25519PublicKey(raw: Uint8Array): KeyObject {
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

function keyAndNonce(shared: Buffer, ephemeral: Uint8Array, recipient: Uint8Array): [Buffer, Buffer] {
  const okm = Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), INFO, 44));
  return [okm.subarray(0, 32), okm.subarray(32)];
}

export function sealToPublicKey(recipientPublicKey: Uint8Array, secret: Uint8Array): Buffer {
  const pair = generateKeyPairSync('x25519');
  const ephemeral = rawPublicKey(pair.publicKey);
  const shared = diffieHellman({
    privateKey: pair.privateKey,
    publicKey: x25519PublicKey(recipientPublicKey),
  });
  const [key, nonce] = keyAndNonce(shared, ephemeral, recipientPublicKey);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([ephemeral, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the box is not for this key or was changed. */
export function openWithPrivateKey(privateKey: KeyObject, box: Uint8Array): Buffer {
  const ephemeral = box.subarray(0, 32);
  const shared = diffieHellman({ privateKey, publicKey: x25519PublicKey(ephemeral) });
  const [key, nonce] = keyAndNonce(shared, ephemeral, rawPublicKey(privateKey));
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAuthTag(box.subarray(box.length - 16));
  return Buffer.concat([decipher.update(box.subarray(32, box.length - 16)), decipher.final()]);
}
