/**
 * What one opened private key does: sign, unwrap, agree. Signing runs in libuv's pool.
 */
import { constants, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { KeysError } from './keys-error.ts';
import type { OpenedKey } from './opened-keys.ts';
import { signAsync } from './openpgp-signing.ts';
import type { SignatureScheme } from './port.ts';

/** The key itself, when it is not an OpenPGP key and is of one of the types. */
export function keyOfType(opened: OpenedKey, ...types: readonly string[]): KeyObject {
  const type = opened.form === 'pkcs8' ? (opened.key.asymmetricKeyType ?? '') : 'OpenPGP';
  if (opened.form !== 'pkcs8' || !types.includes(type)) {
    throw new KeysError('wrong-key-type', `a key of type ${type} cannot do this`);
  }
  return opened.key;
}

export async function signWith(opened: OpenedKey, scheme: SignatureScheme, tbs: Uint8Array): Promise<Buffer> {
  if ('hash' in scheme && scheme.hash === 'sha1') {
    throw new KeysError('wrong-key-type', 'no signature is made with SHA-1'); // targets.md: SHA-1 is read, never sent.
  }
  switch (scheme.scheme) {
    case 'rsa-pkcs1':
      return signAsync(scheme.hash, tbs, {
        key: keyOfType(opened, 'rsa'),
        padding: constants.RSA_PKCS1_PADDING,
      });
    case 'rsa-pss':
      return signAsync(scheme.hash, tbs, {
        key: keyOfType(opened, 'rsa', 'rsa-pss'),
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: scheme.saltBytes,
      });
    case 'ecdsa':
      return signAsync(scheme.hash, tbs, { key: keyOfType(opened, 'ec'), dsaEncoding: 'der' });
    case 'ed25519':
      return signAsync(null, tbs, { key: keyOfType(opened, 'ed25519') });
  }
}

/** Raw shared secret. `malformed` for a peer key that is none, is on another curve, or yields a constant. */
export function sharedSecretWith(opened: OpenedKey, peerPublicKey: Uint8Array): Buffer {
  const privateKey = keyOfType(opened, 'ec', 'x25519');
  try {
    const publicKey = createPublicKey({ key: Buffer.from(peerPublicKey), format: 'der', type: 'spki' });
    return diffieHellman({ privateKey, publicKey });
  } catch {
    throw new KeysError('malformed', 'the peer key does not fit this key');
  }
}
