/**
 * Turns an OpenPGP secret key packet into a key of `node:crypto`, which signs faster than JavaScript and in libuv's pool.
 *
 * Null for algorithms that Sealgate never signs or unwraps with by itself (DSA, ElGamal, X25519 …).
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { enums } from 'openpgp';
import {
  type EcParams,
  type EdParams,
  paramsOf,
  type RsaParams,
  type SecretPacket,
} from './openpgp-packet.ts';

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex'); // RFC 8410 §7, the 32-octet seed follows
const PKCS8_ED448 = Buffer.from('3047020100300506032b6571043b0439', 'hex'); // the same with 57 octets

/** A conversion costs more than an Ed25519 signature; it is kept as long as openpgp.js's packet is. */
const converted = new WeakMap<SecretPacket, KeyObject | null>();

export function keyObjectOf(packet: SecretPacket): KeyObject | null {
  let key = converted.get(packet);
  if (key === undefined) {
    key = convert(packet);
    converted.set(packet, key);
  }
  return key;
}

function convert(packet: SecretPacket): KeyObject | null {
  switch (packet.algorithm) {
    case enums.publicKey.rsaEncryptSign:
    case enums.publicKey.rsaEncrypt:
    case enums.publicKey.rsaSign:
      return rsaKey(paramsOf<RsaParams>(packet));
    case enums.publicKey.ecdsa:
      return ecKey(paramsOf<EcParams>(packet));
    case enums.publicKey.eddsaLegacy:
    case enums.publicKey.ed25519:
      return pkcs8Key(PKCS8_ED25519, paramsOf<EdParams>(packet).seed);
    case enums.publicKey.ed448:
      return pkcs8Key(PKCS8_ED448, paramsOf<EdParams>(packet).seed);
    default:
      return null;
  }
}

const numberOf = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`);
const base64Url = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url');

function octetsOfNumber(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

/** OpenPGP keeps p⁻¹ mod q, JWK wants q⁻¹ mod p: the primes change places. */
function rsaKey({ n, e, d, p, q, u }: RsaParams): KeyObject {
  const dq = octetsOfNumber(numberOf(d) % (numberOf(p) - 1n));
  const dp = octetsOfNumber(numberOf(d) % (numberOf(q) - 1n));
  const jwk = {
    kty: 'RSA',
    n: base64Url(n),
    e: base64Url(e),
    d: base64Url(d),
    p: base64Url(q),
    q: base64Url(p),
    dp: base64Url(dp),
    dq: base64Url(dq),
    qi: base64Url(u),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** RFC 5915: ECPrivateKey, which knows the Brainpool curves that JWK does not. */
function ecKey({ oid, Q, d }: EcParams): KeyObject {
  const body = Buffer.concat([
    der(0x02, Buffer.from([1])),
    der(0x04, d),
    der(0xa0, der(0x06, oid.oid)),
    der(0xa1, der(0x03, Buffer.concat([Buffer.from([0]), Q]))),
  ]);
  return createPrivateKey({ key: der(0x30, body), format: 'der', type: 'sec1' });
}

function der(tag: number, content: Uint8Array): Buffer {
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length]; // At most 255: P-521 needs 223.
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function pkcs8Key(prefix: Buffer, seed: Uint8Array): KeyObject {
  const pkcs8 = Buffer.concat([prefix, seed]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  return key;
}
