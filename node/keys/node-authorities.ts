/**
 * The cluster's own small authorities (of gateways, of the engine's members, of its clients): their private keys lie in
 * the vault, and are used here only. A series is one key; a new one is begun with each renewal and each generation.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { NodeAuthorityName, SignatureScheme } from './port.ts';
import { signWith } from './private-operations.ts';
import type { VaultKeys } from './vault-keys.ts';

const CURVE = 'P-256'; // What every version of the engine reads.

export class NodeAuthorities {
  readonly #vaultKeys: VaultKeys;

  constructor(vaultKeys: VaultKeys) {
    this.#vaultKeys = vaultKeys;
  }

  /** SubjectPublicKeyInfo, DER; the key is made when it is first asked for. */
  async publicKey(authority: NodeAuthorityName, series: number): Promise<Buffer> {
    const key = await this.#key(authority, series);
    return createPublicKey(key).export({ format: 'der', type: 'spki' });
  }

  async sign(
    authority: NodeAuthorityName,
    series: number,
    scheme: SignatureScheme,
    tbs: Uint8Array,
  ): Promise<Uint8Array> {
    return signWith({ form: 'pkcs8', key: await this.#key(authority, series) }, scheme, tbs);
  }

  async #key(authority: NodeAuthorityName, series: number): Promise<KeyObject> {
    const pkcs8 = await this.#vaultKeys.secret(`node-ca/${authority}-${series}`, makeKey);
    try {
      return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    } finally {
      pkcs8.fill(0);
    }
  }
}

function makeKey(): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  return privateKey.export({ format: 'der', type: 'pkcs8' });
}
