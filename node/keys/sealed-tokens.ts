/**
 * Tokens that leave the gateway in links and come back from strangers: AES-256-GCM under a key of the cluster; and the
 * signature on orders to the messenger.
 *
 * Whoever has a token learns nothing from it and can change nothing in it; every gateway opens what another one made.
 * Layout: version (1) | nonce (12) | ciphertext | tag (16), base64url. The purpose is additional data.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { KeysError } from './keys-error.ts';
import type { TokenPurpose } from './port.ts';
import type { VaultKeys } from './vault-keys.ts';

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class SealedTokens {
  readonly #vaultKeys: VaultKeys;

  constructor(vaultKeys: VaultKeys) {
    this.#vaultKeys = vaultKeys;
  }

  async seal(purpose: TokenPurpose, data: Uint8Array): Promise<string> {
    const key = await this.#key(purpose);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
    const sealed = [Buffer.from([VERSION]), nonce, cipher.update(data), cipher.final(), cipher.getAuthTag()];
    key.fill(0);
    return Buffer.concat(sealed).toString('base64url');
  }

  /** `malformed` for whatever this cluster did not seal for this purpose. */
  async open(purpose: TokenPurpose, token: string): Promise<Uint8Array> {
    const sealed = Buffer.from(token, 'base64url');
    const tagAt = sealed.length - TAG_BYTES;
    if (sealed[0] !== VERSION || tagAt < 1 + NONCE_BYTES) throw new KeysError('malformed', 'not a token');
    const key = await this.#key(purpose);
    try {
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(sealed.subarray(tagAt));
      return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, tagAt)), decipher.final()]);
    } catch {
      throw new KeysError('malformed', 'not a token of this cluster');
    } finally {
      key.fill(0);
    }
  }

  /** Ed25519 over `data` with the key that orders to the messenger are signed with; the public key is raw. */
  async signOrder(data: Uint8Array): Promise<{ signature: Uint8Array; publicKey: Uint8Array }> {
    const pkcs8 = await this.#vaultKeys.secret('order-key', () =>
      generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
    );
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    pkcs8.fill(0);
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    return { signature: sign(null, data, privateKey), publicKey: Buffer.from(x, 'base64url') };
  }

  #key(purpose: TokenPurpose): Promise<Buffer> {
    return this.#vaultKeys.secret(`token-key/${purpose}`, () => randomBytes(KEY_BYTES));
  }
}
