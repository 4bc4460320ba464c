/**
 * Signature values for OpenPGP: what stands at the end of a signature packet (RFC 9580 §5.2.3), made with one private key.
 */
import {
  constants,
  createHash,
  type KeyObject,
  privateEncrypt,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto';
import { enums } from 'openpgp';
import { KeysError } from './keys-error.ts';
import type { HashName } from './port.ts';

/** RFC 8017 §9.2 note 1: DigestInfo up to the digest. */
const DIGEST_INFO: Readonly<Record<SigningHash, string>> = {
  sha224: '302d300d06096086480165030402040500041c',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

type SigningHash = Exclude<HashName, 'sha1'>; // RFC 9580 §9.5: no signature is made with SHA-1.

interface SigningInput {
  readonly hash: HashName;
  readonly input: Uint8Array;
  readonly prehashed: boolean;
}

export async function signatureValue(
  algorithm: enums.publicKey,
  key: KeyObject,
  request: SigningInput,
): Promise<Buffer> {
  const hash = request.hash;
  if (hash === 'sha1') throw new KeysError('wrong-key-type', 'no signature is made with SHA-1');
  switch (algorithm) {
    case enums.publicKey.rsaEncryptSign:
    case enums.publicKey.rsaSign:
      return mpi(await rsaSignature(key, hash, request));
    case enums.publicKey.ecdsa: {
      if (request.prehashed) throw new KeysError('wrong-key-type', 'ECDSA signs the data, not its digest');
      const rs = await signAsync(hash, request.input, { key, dsaEncoding: 'ieee-p1363' });
      return mpiPair(rs);
    }
    case enums.publicKey.eddsaLegacy:
      return mpiPair(await signAsync(null, digestOf(hash, request), { key }));
    case enums.publicKey.ed25519:
    case enums.publicKey.ed448:
      return signAsync(null, digestOf(hash, request), { key }); // RFC 9580 §5.2.3.4, §5.2.3.5: native octets
    default:
      throw new KeysError('wrong-key-type', `OpenPGP algorithm ${algorithm} does not sign here`);
  }
}

function rsaSignature(key: KeyObject, hash: SigningHash, request: SigningInput): Promise<Buffer> | Buffer {
  if (!request.prehashed) {
    return signAsync(hash, request.input, { key, padding: constants.RSA_PKCS1_PADDING });
  }
  const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digestOf(hash, request)]);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info);
}

function digestOf(hash: SigningHash, request: SigningInput): Uint8Array {
  if (!request.prehashed) return createHash(hash).update(request.input).digest();
  const wanted = Number(hash.slice(3)) / 8;
  if (request.input.length !== wanted)
    throw new KeysError('malformed', `a ${hash} digest has ${wanted} octets`);
  return request.input;
}

/** In libuv's pool: the event loop goes on meanwhile, and both cores sign. */
export function signAsync(hash: string | null, data: Uint8Array, key: SignKeyObjectInput): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(hash, data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/** RFC 9580 §3.2: bit count, then the octets without leading zeros. */
function mpi(octets: Uint8Array): Buffer {
  const first = octets.findIndex((octet) => octet !== 0);
  const value = first < 0 ? octets.subarray(octets.length) : octets.subarray(first);
  const bits = value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0] as number) + 24;
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), value]);
}

function mpiPair(rs: Uint8Array): Buffer {
  return Buffer.concat([mpi(rs.subarray(0, rs.length / 2)), mpi(rs.subarray(rs.length / 2))]);
}
