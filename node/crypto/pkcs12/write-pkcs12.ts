/**
 * Writes PKCS#12 files as today's programs do (OpenSSL 3, NSS, Windows, macOS read them): AES-256-CBC under PBKDF2 with
 * HMAC-SHA-256 (PBES2) for key and certificates, and a MAC with SHA-256.
 */
import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { algorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import {
  type DerNode,
  encodeDer,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tlv,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { bmpPassword } from './pkcs12-kdf.ts';
import { oldMac } from './pkcs12-mac.ts';

/** Both derivations alike, since the weaker one is what an attacker would try: about 0.1 s for the whole file. */
const ITERATIONS = 100_000;
const SALT_BYTES = 16;
const LOCAL_KEY_ID = Uint8Array.of(1);

export interface Pkcs12Request {
  /** PrivateKeyInfo, DER. */
  readonly pkcs8: Uint8Array;
  /** That of the key first; DER. */
  readonly certificates: readonly Uint8Array[];
  readonly password: string;
  /** What programs show in their lists. */
  readonly friendlyName: string;
}

export function writePkcs12({ pkcs8, certificates, password, friendlyName }: Pkcs12Request): Buffer {
  const naming = setOf([
    sequence(oid(OID.localKeyId), setOf([octetString(LOCAL_KEY_ID)])),
    sequence(oid(OID.friendlyName), setOf([tlv(TAG.bmpString, bmpText(friendlyName))])),
  ]);
  const certificateBags = certificates.map((der, index) => {
    const bag = explicit(0, sequence(oid(OID.x509Certificate), explicit(0, octetString(der))));
    return index === 0 ? sequence(oid(OID.certBag), bag, naming) : sequence(oid(OID.certBag), bag);
  });
  const { scheme, ciphertext } = encrypted(pkcs8, password);
  const keyBag = sequence(
    oid(OID.shroudedKeyBag),
    explicit(0, sequence(scheme, octetString(ciphertext))),
    naming,
  );
  const safe = encodeDer(
    sequence(
      encryptedContent(encodeDer(sequence(...certificateBags)), password),
      dataContent(encodeDer(sequence(keyBag))),
    ),
  );
  return encodeDer(sequence(integer(3), dataContent(safe), macOf(safe, password)));
}

const dataContent = (octets: Uint8Array): DerNode =>
  sequence(oid(OID.data), explicit(0, octetString(octets)));

function encryptedContent(plain: Uint8Array, password: string): DerNode {
  const { scheme, ciphertext } = encrypted(plain, password);
  const content = sequence(oid(OID.data), scheme, implicit(0, octetString(ciphertext)));
  return sequence(oid(OID.encryptedData), explicit(0, sequence(integer(0), content)));
}

/** PBES2 (RFC 8018 §6.2). */
function encrypted(plain: Uint8Array, password: string): { scheme: DerNode; ciphertext: Buffer } {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(16);
  const key = pbkdf2Sync(Buffer.from(password, 'utf8'), salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  key.fill(0);
  const prf = algorithm(OID.hmacWithSha256, 'null');
  const derivation = algorithm(OID.pbkdf2, sequence(octetString(salt), integer(ITERATIONS), prf));
  const scheme = algorithm(OID.pbes2, sequence(derivation, algorithm(OID.aes256Cbc, octetString(iv))));
  return { scheme, ciphertext };
}

function macOf(safe: Uint8Array, password: string): DerNode {
  const salt = randomBytes(SALT_BYTES);
  const hash = { name: 'sha256', bytes: 32 } as const;
  const mac = oldMac({ hash, salt, iterations: ITERATIONS, password: bmpPassword(password) }, safe);
  const digestInfo = sequence(algorithm(OID.sha256, 'null'), octetString(mac));
  return sequence(digestInfo, octetString(salt), integer(ITERATIONS));
}

const bmpText = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
