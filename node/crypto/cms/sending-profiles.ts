/**
 * Ready-made lists of capabilities that an operator may choose for a partner, and capabilities in words.
 */
import type { ProfileName } from '#domain/partners/partner.ts';
import {
  type AlgorithmIdentifier,
  algorithm,
  readAlgorithm,
} from '#node/crypto/asn1/algorithm-identifier.ts';
import { BerCursor } from '#node/crypto/asn1/ber-reader.ts';
import { type DerNode, encodeDer } from '#node/crypto/asn1/der-writer.ts';
import { OID, oidName } from '#node/crypto/asn1/oid-table.ts';
import { transportNamed } from './choose-algorithms.ts';
import { transportIdentifier } from './key-transport.ts';

const list = (...nodes: readonly DerNode[]): AlgorithmIdentifier[] =>
  nodes.map((node) => readAlgorithm(new BerCursor(encodeDer(node))));

/** `automatic` has none of its own. */
export const PROFILE_CAPABILITIES: Readonly<Record<ProfileName, readonly AlgorithmIdentifier[]>> = {
  automatic: [],
  // As the German energy market's rules of communication ask: OAEP and PSS with SHA-256, AES-GCM.
  strong: list(
    algorithm(OID.aes256Gcm, 'absent'),
    transportIdentifier('rsa-oaep-sha256'),
    algorithm(OID.rsaPss, 'absent'),
  ),
  compatible: list(algorithm(OID.aes256Cbc, 'absent')),
};

/** `AES-256-GCM`, `RSA-OAEP with SHA-256`, `RC2`; the number where no name is known. */
export function capabilityText(capability: AlgorithmIdentifier): string {
  if (capability.oid === OID.rsaOaep) {
    const transport = transportNamed(capability);
    return transport === null ? 'RSA-OAEP' : `RSA-OAEP with SHA-${transport.replace('rsa-oaep-sha', '')}`;
  }
  return CIPHERS.get(capability.oid) ?? oidName(capability.oid) ?? capability.oid;
}

const CIPHERS = new Map<string, string>([
  [OID.aes256Gcm, 'AES-256-GCM'],
  [OID.aes192Gcm, 'AES-192-GCM'],
  [OID.aes128Gcm, 'AES-128-GCM'],
  [OID.aes256Cbc, 'AES-256-CBC'],
  [OID.aes192Cbc, 'AES-192-CBC'],
  [OID.aes128Cbc, 'AES-128-CBC'],
  [OID.tripleDesCbc, '3DES'],
  [OID.rc2Cbc, 'RC2'],
  [OID.rc4, 'RC4'],
  [OID.desCbc, 'DES'],
  [OID.rsaPss, 'RSA-PSS'],
  [OID.rsaEncryption, 'RSA'],
]);
