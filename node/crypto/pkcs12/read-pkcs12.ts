/**
 * Reads PKCS#12 files (RFC 7292) of any program: modern and legacy protection, several keys, keys of any type.
 *
 * What it returns is as it stood in the file, not interpreted: PKCS#8 octets and certificates.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { type BerCursor, type BerElement, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { X509Error } from '#node/crypto/x509/x509-error.ts';
import { decryptWithPassword } from './password-encryption.ts';
import { Pkcs12Error } from './pkcs12-error.ts';
import { macHolds } from './pkcs12-mac.ts';

const FILE_BYTES_MAX = 4 * 1024 * 1024; // A key with a long chain has some 20 KB.
const BAGS_MAX = 1000;
const BAG_DEPTH_MAX = 4;
const OID_SAFE_CONTENTS_BAG = '1.2.840.113549.1.12.10.1.6';

interface Pkcs12Key {
  /** PrivateKeyInfo, DER. Secret: zero it after use. */
  readonly pkcs8: Buffer;
  /** As the file names it; empty when it does not. For people only. */
  readonly friendlyName: string;
  /** The certificate for this key, DER; null when the file has none. */
  readonly certificate: Uint8Array | null;
}

export interface Pkcs12Content {
  readonly keys: readonly Pkcs12Key[];
  /** All of them, DER: those of the keys first, then the rest as the file has them. */
  readonly certificates: readonly Uint8Array[];
}

/** Throws Pkcs12Error (`wrong-password`, `malformed`, `unsupported`) and nothing else. */
export function readPkcs12(octets: Uint8Array, password: string): Pkcs12Content {
  if (octets.length > FILE_BYTES_MAX) throw new Pkcs12Error('malformed', 'the file is too large');
  let isAuthentic = false;
  try {
    const pfx = readBer(octets, TAG.sequence).children();
    pfx.number();
    const safe = dataOf(pfx.sequence());
    const macData = pfx.optional(TAG.sequence);
    if (macData && !macHolds(macData.children(), safe, password)) {
      throw new Pkcs12Error('wrong-password', 'the integrity check fails under this password');
    }
    isAuthentic = macData !== null;
    return assigned(readSafe(safe, password));
  } catch (error) {
    if (!(error instanceof Asn1Error) && !(error instanceof X509Error)) throw error;
    throw new Pkcs12Error('malformed', `${isAuthentic ? 'content' : 'file'}: ${error.message}`);
  }
}

interface Bags {
  readonly keys: { pkcs8: Buffer; friendlyName: string }[];
  readonly certificates: Uint8Array[];
  count: number;
}

/** AuthenticatedSafe: contents in clear and encrypted ones. */
function readSafe(safe: Uint8Array, password: string): Bags {
  const bags: Bags = { keys: [], certificates: [], count: 0 };
  const contents = readBer(safe, TAG.sequence).children();
  while (!contents.atEnd) {
    const content = contents.next(TAG.sequence);
    const type = content.children().oid();
    if (type === OID.data) readBags(dataOf(content.children()), password, bags, 0);
    else if (type === OID.encryptedData)
      readBags(decryptedOf(content.children(), password), password, bags, 0);
    else throw new Pkcs12Error('unsupported', `content of type ${type}`);
  }
  return bags;
}

/** ContentInfo of type data: the octets inside. */
function dataOf(contentInfo: BerCursor): Uint8Array {
  const type = contentInfo.oid();
  if (type === OID.signedData) throw new Pkcs12Error('unsupported', 'protected by a signature');
  if (type !== OID.data) throw new Pkcs12Error('malformed', `content of type ${type}`);
  return contentInfo.next().children().octets();
}

/** EncryptedData (RFC 5652 §8). A wrong password in a file without MAC is found by what comes out. */
function decryptedOf(contentInfo: BerCursor, password: string): Uint8Array {
  contentInfo.oid();
  const encrypted = contentInfo.next().children().sequence();
  encrypted.number();
  const content = encrypted.sequence();
  content.oid();
  const algorithm = readAlgorithm(content);
  const ciphertext = content.optionalContext(0)?.octets() ?? new Uint8Array();
  return looksRight(decryptWithPassword(algorithm, password, ciphertext));
}

function looksRight(plain: Buffer): Buffer {
  try {
    readBer(plain, TAG.sequence);
    return plain;
  } catch {
    throw new Pkcs12Error('wrong-password', 'does not decrypt under this password');
  }
}

/** SafeContents (RFC 7292 §4.2). */
function readBags(octets: Uint8Array, password: string, into: Bags, depth: number): void {
  if (depth > BAG_DEPTH_MAX) throw new Pkcs12Error('malformed', 'bags too deep');
  const bags = readBer(octets, TAG.sequence).children();
  while (!bags.atEnd) {
    into.count += 1;
    if (into.count > BAGS_MAX) throw new Pkcs12Error('malformed', 'too many bags');
    readBag(bags.sequence(), password, into, depth);
  }
}

function readBag(bag: BerCursor, password: string, into: Bags, depth: number): void {
  const type = bag.oid();
  const value = bag.next().children().next();
  const attributes = bag.optional(TAG.set);
  switch (type) {
    case OID.keyBag:
      into.keys.push({ pkcs8: Buffer.from(value.raw), friendlyName: friendlyNameOf(attributes) });
      return;
    case OID.shroudedKeyBag: {
      const fields = value.children();
      const plain = decryptWithPassword(readAlgorithm(fields), password, fields.octets());
      into.keys.push({ pkcs8: looksRight(plain), friendlyName: friendlyNameOf(attributes) });
      return;
    }
    case OID.certBag: {
      const fields = value.children();
      if (fields.oid() === OID.x509Certificate) into.certificates.push(fields.next().children().octets());
      return;
    }
    case OID_SAFE_CONTENTS_BAG:
      readBags(value.raw, password, into, depth + 1);
      return;
    default: // CRLs and secrets of other programs.
  }
}

/** For people: control characters are left out. */
function friendlyNameOf(attributes: BerElement | null): string {
  const all = attributes?.children();
  while (all && !all.atEnd) {
    const attribute = all.sequence();
    if (attribute.oid() !== OID.friendlyName) continue;
    const values = attribute.set();
    return values.atEnd
      ? ''
      : values
          .next()
          .text()
          .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
  }
  return '';
}

/** A certificate belongs to a key by its public key: local key ids are missing or wrong in too many files. */
function assigned({ keys, certificates }: Bags): Pkcs12Content {
  const spkis = certificates.map((der) => Buffer.from(readCertificate(der).spki));
  const found = keys.map(({ pkcs8, friendlyName }) => {
    const publicKey = publicKeyOf(pkcs8);
    const index = publicKey ? spkis.findIndex((spki) => spki.equals(publicKey)) : -1;
    return { pkcs8, friendlyName, certificate: certificates[index] ?? null };
  });
  const own = found.flatMap(({ certificate }) => certificate ?? []);
  return { keys: found, certificates: [...new Set([...own, ...certificates])] };
}

/** Null for what is no key that Node knows; the importer says so with its own words. */
function publicKeyOf(pkcs8: Buffer): Buffer | null {
  try {
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    return createPublicKey(key).export({ format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
