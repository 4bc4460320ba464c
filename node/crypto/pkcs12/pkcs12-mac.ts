/**
 * The MAC of a PKCS#12 file: of RFC 7292 §4 with PKCS#12's own derivation, or PBMAC1 (RFC 9579).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AlgorithmIdentifier, readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { type BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { derivePbkdf2, limited, OLD_ITERATIONS_MAX } from './password-encryption.ts';
import { Pkcs12Error } from './pkcs12-error.ts';
import { bmpPassword, KDF_PURPOSE, type Pkcs12Hash, pkcs12Kdf } from './pkcs12-kdf.ts';

const OID_PBMAC1 = '1.2.840.113549.1.5.14';

const HASHES: Readonly<Record<string, { readonly name: Pkcs12Hash; readonly bytes: number }>> = {
  [OID.md5]: { name: 'md5', bytes: 16 },
  [OID.sha1]: { name: 'sha1', bytes: 20 },
  [OID.sha224]: { name: 'sha224', bytes: 28 },
  [OID.sha256]: { name: 'sha256', bytes: 32 },
  [OID.sha384]: { name: 'sha384', bytes: 48 },
  [OID.sha512]: { name: 'sha512', bytes: 64 },
};

const HMACS: Readonly<Record<string, string>> = {
  [OID.hmacWithSha1]: 'sha1',
  [OID.hmacWithSha256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  [OID.hmacWithSha512]: 'sha512',
};

/** MacData: whether `content` was sealed under this password. */
export function macHolds(macData: BerCursor, content: Uint8Array, password: string): boolean {
  const digestInfo = macData.sequence();
  const algorithm = readAlgorithm(digestInfo);
  const expected = digestInfo.octets();
  const salt = macData.octets();
  const iterations = macData.atEnd ? 1 : macData.number();
  const equals = (mac: Uint8Array): boolean =>
    mac.length === expected.length && timingSafeEqual(mac, expected);
  if (algorithm.oid === OID_PBMAC1) return equals(pbmac1(algorithm, content, password));
  const hash = HASHES[algorithm.oid];
  if (!hash) throw new Pkcs12Error('unsupported', `MAC ${algorithm.oid}`);
  // No password at all is written in two ways: as an empty text with its zero, and as nothing.
  const passwords = password === '' ? [bmpPassword(''), Buffer.alloc(0)] : [bmpPassword(password)];
  limited(iterations, OLD_ITERATIONS_MAX);
  return passwords.some((octets) => equals(oldMac({ hash, salt, iterations, password: octets }, content)));
}

export function oldMac(
  by: {
    readonly hash: { readonly name: Pkcs12Hash; readonly bytes: number };
    readonly salt: Uint8Array;
    readonly iterations: number;
    readonly password: Uint8Array;
  },
  content: Uint8Array,
): Buffer {
  const { hash, salt, iterations, password } = by;
  const purpose = KDF_PURPOSE.mac;
  const key = pkcs12Kdf({ hash: hash.name, purpose, password, salt, iterations, length: hash.bytes });
  return createHmac(hash.name, key).update(content).digest();
}

function pbmac1({ parameters }: AlgorithmIdentifier, content: Uint8Array, password: string): Buffer {
  const fields = readBer(parameters ?? new Uint8Array(), TAG.sequence).children();
  const derivation = readAlgorithm(fields);
  const hmac = HMACS[readAlgorithm(fields).oid];
  if (!hmac) throw new Pkcs12Error('unsupported', 'MAC algorithm of PBMAC1');
  const bytes = createHmac(hmac, '').digest().length;
  return createHmac(hmac, derivePbkdf2(derivation, password, bytes))
    .update(content)
    .digest();
}
