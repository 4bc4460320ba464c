/**
 * Digest algorithms of CMS, with what policy says of each (targets.md: SHA-1 never 'valid', MD5 refused).
 */
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { HashName } from '#node/keys/port.ts';

export interface DigestAlgorithm {
  readonly hash: HashName | 'md5';
  readonly oid: string;
  readonly text: string;
  readonly strength: 'fine' | 'weak' | 'forbidden';
}

const DIGESTS: readonly DigestAlgorithm[] = [
  { hash: 'sha256', oid: OID.sha256, text: 'SHA-256', strength: 'fine' },
  { hash: 'sha384', oid: OID.sha384, text: 'SHA-384', strength: 'fine' },
  { hash: 'sha512', oid: OID.sha512, text: 'SHA-512', strength: 'fine' },
  { hash: 'sha224', oid: OID.sha224, text: 'SHA-224', strength: 'fine' },
  { hash: 'sha1', oid: OID.sha1, text: 'SHA-1', strength: 'weak' },
  { hash: 'md5', oid: OID.md5, text: 'MD5', strength: 'forbidden' },
];

const byOid = new Map(DIGESTS.map((digest) => [digest.oid, digest]));
const byHash = new Map(DIGESTS.map((digest) => [digest.hash, digest]));

export const digestOf = (oid: string): DigestAlgorithm | null => byOid.get(oid) ?? null;

export const digestNamed = (hash: HashName): DigestAlgorithm => byHash.get(hash) as DigestAlgorithm;

/** RFC 8419 §3.1: Ed25519 signs attributes whose message digest is SHA-512. */
export const ED25519_DIGEST: HashName = 'sha512';
