/**
 * Key agreement for content keys: ECDH with the X9.63 KDF (RFC 5753), X25519 with HKDF (RFC 8418), AES key wrap
 * (RFC 3394).
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import {
  type AlgorithmIdentifier,
  algorithm,
  readAlgorithm,
} from '#node/crypto/asn1/algorithm-identifier.ts';
import { BerCursor } from '#node/crypto/asn1/ber-reader.ts';
import { type Der, encodeDer, explicit, octetString, sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { HashName } from '#node/keys/port.ts';

interface Scheme {
  readonly kdf: 'x963' | 'hkdf';
  readonly hash: HashName;
}

/** With cofactor 1, as all curves in use have, both ECDH variants are the same. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  [OID.ecdhStdSha1]: { kdf: 'x963', hash: 'sha1' },
  [OID.ecdhStdSha224]: { kdf: 'x963', hash: 'sha224' },
  [OID.ecdhStdSha256]: { kdf: 'x963', hash: 'sha256' },
  [OID.ecdhStdSha384]: { kdf: 'x963', hash: 'sha384' },
  [OID.ecdhStdSha512]: { kdf: 'x963', hash: 'sha512' },
  [OID.ecdhCofactorSha1]: { kdf: 'x963', hash: 'sha1' },
  [OID.ecdhCofactorSha224]: { kdf: 'x963', hash: 'sha224' },
  [OID.ecdhCofactorSha256]: { kdf: 'x963', hash: 'sha256' },
  [OID.ecdhCofactorSha384]: { kdf: 'x963', hash: 'sha384' },
  [OID.ecdhCofactorSha512]: { kdf: 'x963', hash: 'sha512' },
  [OID.ecdhHkdfSha256]: { kdf: 'hkdf', hash: 'sha256' },
  [OID.ecdhHkdfSha384]: { kdf: 'hkdf', hash: 'sha384' },
  [OID.ecdhHkdfSha512]: { kdf: 'hkdf', hash: 'sha512' },
};

interface Wrap {
  readonly cipher: string;
  readonly keyBytes: number;
}

const WRAPS: Readonly<Record<string, Wrap>> = {
  [OID.aes128Wrap]: { cipher: 'id-aes128-wrap', keyBytes: 16 },
  [OID.aes192Wrap]: { cipher: 'id-aes192-wrap', keyBytes: 24 },
  [OID.aes256Wrap]: { cipher: 'id-aes256-wrap', keyBytes: 32 },
};

/** RFC 3394 §2.2.3.1 */
const WRAP_IV = Buffer.alloc(8, 0xa6);

/** What is sent: a hash as strong as the curve, a wrapping key as long as the content key. */
export interface SendAgreement {
  readonly identifier: Der;
  readonly wrap: (sharedSecret: Uint8Array, contentKey: Uint8Array) => Buffer;
}

const SEND_SCHEMES = {
  x25519: OID.ecdhHkdfSha256,
  sha256: OID.ecdhStdSha256,
  sha384: OID.ecdhStdSha384,
  sha512: OID.ecdhStdSha512,
} as const;

export function sendAgreement(kind: keyof typeof SEND_SCHEMES, contentKeyBytes: number): SendAgreement {
  const wrapOid =
    contentKeyBytes === 32 ? OID.aes256Wrap : contentKeyBytes === 24 ? OID.aes192Wrap : OID.aes128Wrap;
  const wrapIdentifier = encodeDer(algorithm(wrapOid, 'absent'));
  const oid = SEND_SCHEMES[kind];
  const { cipher, keyBytes } = WRAPS[wrapOid] as Wrap;
  return {
    identifier: algorithm(oid, wrapIdentifier),
    wrap: (sharedSecret, contentKey) => {
      const info = sharedInfo(wrapIdentifier, null, keyBytes);
      const wrapping = createCipheriv(
        cipher,
        derive(SCHEMES[oid] as Scheme, sharedSecret, info, keyBytes),
        WRAP_IV,
      );
      return Buffer.concat([wrapping.update(contentKey), wrapping.final()]);
    },
  };
}

/** As a received message names it. */
export interface ReadAgreement {
  readonly text: string;
  /** Null when the wrapped key is not right under this secret. */
  readonly unwrap: (
    sharedSecret: Uint8Array,
    wrapped: Uint8Array,
    userKeying: Uint8Array | null,
  ) => Buffer | null;
}

/** Null for an unknown scheme or wrap. Throws Asn1Error. */
export function readAgreement({ oid, parameters }: AlgorithmIdentifier): ReadAgreement | null {
  const scheme = SCHEMES[oid];
  if (scheme === undefined || parameters === null) return null;
  const wrap = WRAPS[readAlgorithm(new BerCursor(parameters)).oid];
  if (wrap === undefined) return null;
  return {
    text: `${scheme.kdf === 'hkdf' ? 'ECDH-HKDF' : 'ECDH'}, AES-${wrap.keyBytes * 8} key wrap`,
    unwrap: (sharedSecret, wrapped, userKeying) => {
      const info = sharedInfo(parameters, userKeying, wrap.keyBytes);
      try {
        const key = derive(scheme, sharedSecret, info, wrap.keyBytes);
        const unwrapping = createDecipheriv(wrap.cipher, key, WRAP_IV);
        return Buffer.concat([unwrapping.update(wrapped), unwrapping.final()]);
      } catch {
        return null;
      }
    },
  };
}

/** ECC-CMS-SharedInfo (RFC 5753 §7.2): the wrap algorithm as sent, the sender's salt, the key's length in bits. */
function sharedInfo(wrapIdentifier: Uint8Array, userKeying: Uint8Array | null, keyBytes: number): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(keyBytes * 8);
  const salt = userKeying === null ? [] : [explicit(0, octetString(userKeying))];
  return encodeDer(sequence(wrapIdentifier, ...salt, explicit(2, octetString(bits))));
}

function derive(scheme: Scheme, secret: Uint8Array, info: Uint8Array, keyBytes: number): Buffer {
  // RFC 8418 §2.2: HKDF without salt, the shared info as info.
  if (scheme.kdf === 'hkdf') {
    return Buffer.from(hkdfSync(scheme.hash, secret, new Uint8Array(0), info, keyBytes));
  }
  return x963(scheme.hash, secret, info, keyBytes);
}

/** ANSI X9.63 KDF (SEC 1 §3.6.1). */
function x963(hash: HashName, secret: Uint8Array, info: Uint8Array, keyBytes: number): Buffer {
  const blocks: Buffer[] = [];
  const counter = Buffer.alloc(4);
  for (let size = 0; size < keyBytes; size += (blocks.at(-1) as Buffer).length) {
    counter.writeUInt32BE(blocks.length + 1);
    blocks.push(createHash(hash).update(secret).update(counter).update(info).digest());
  }
  return Buffer.concat(blocks).subarray(0, keyBytes);
}
