/**
 * The parts of openpgp.js's secret key packets that the `keys` process needs and its type declarations leave as `object`.
 *
 * The shapes are those of openpgp 6.3 (`parsePublicKeyParams`, `parsePrivateKeyParams`); the version is pinned.
 */
import type { PrivateKey, SecretKeyPacket, SecretSubkeyPacket } from 'openpgp';

export type SecretPacket = SecretKeyPacket | SecretSubkeyPacket;

export interface RsaParams {
  readonly n: Uint8Array;
  readonly e: Uint8Array;
  readonly d: Uint8Array;
  readonly p: Uint8Array;
  readonly q: Uint8Array;
  /** p⁻¹ mod q (RFC 9580 §5.5.5.1). */
  readonly u: Uint8Array;
}

export interface EcParams {
  /** Content octets of the curve's object identifier. */
  readonly oid: { readonly oid: Uint8Array };
  readonly Q: Uint8Array;
  readonly d: Uint8Array;
}

export interface EdParams {
  readonly seed: Uint8Array;
}

/** Public and private parameters of an opened packet together. */
export function paramsOf<T>(packet: SecretPacket): T {
  return { ...packet.publicParams, ...packet.privateParams } as T;
}

/** All packets of a key whose secret is there and open. */
export function openPackets(key: PrivateKey): SecretPacket[] {
  return [key.keyPacket, ...key.subkeys.map((subkey) => subkey.keyPacket)].filter(
    (packet): packet is SecretPacket => 'privateParams' in packet && packet.privateParams !== null,
  );
}
