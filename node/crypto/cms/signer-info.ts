/**
 * SignerInfo (RFC 5652 §5.3), read: the signed attributes stay the octets that were signed.
 */
import { type AlgorithmIdentifier, readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { BerCursor, type BerElement, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { readCapabilities } from './capabilities.ts';
import { type CertificateName, readCertificateName, readIssuerAndSerial } from './issuer-and-serial.ts';

/** Real ones have about eight. */
const ATTRIBUTES_MAX = 64;

export interface SignerInfo {
  readonly name: CertificateName;
  readonly digestAlgorithm: AlgorithmIdentifier;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** Null when there are none, which S/MIME does not use. */
  readonly signed: SignedAttributes | null;
}

export interface SignedAttributes {
  /** What the signature is over: the attributes as sent, under the tag of SET OF (RFC 5652 §5.4). */
  readonly tbs: Uint8Array;
  readonly contentType: string;
  readonly messageDigest: Uint8Array;
  readonly signingTimeMs: number | null;
  readonly capabilities: readonly AlgorithmIdentifier[] | null;
  /** Certificate for answers. */
  readonly encryptionKey: CertificateName | null;
  /** Hash of the signer's certificate that the signature binds (RFC 5035, RFC 2634). */
  readonly boundCertificate: { readonly hashOid: string; readonly hash: Uint8Array } | null;
}

/** Throws Asn1Error. */
export function readSignerInfo(raw: Uint8Array): SignerInfo {
  const fields = readBer(raw, TAG.sequence).children();
  fields.number();
  const name = readCertificateName(fields.next());
  const digestAlgorithm = readAlgorithm(fields);
  const signedAttributes = fields.optionalContext(0);
  const signatureAlgorithm = readAlgorithm(fields);
  const signature = fields.octets();
  fields.optionalContext(1); // Unsigned attributes decide nothing here.
  fields.finish();
  const signed = signedAttributes === null ? null : readSignedAttributes(signedAttributes);
  return { name, digestAlgorithm, signatureAlgorithm, signature, signed };
}

function readSignedAttributes(element: BerElement): SignedAttributes {
  const values = attributeValues(element);
  const contentType = values.get(OID.contentType);
  const messageDigest = values.get(OID.messageDigest);
  // RFC 5652 §5.3: both must be there, with one value each (§11.1, §11.2).
  if (contentType === undefined || messageDigest === undefined) {
    throw new Asn1Error('malformed', 'a signed attribute that must be there is missing');
  }
  const tbs = Buffer.from(element.raw);
  tbs[0] = TAG.set;
  return {
    tbs,
    contentType: contentType.oid(),
    messageDigest: messageDigest.octets(),
    signingTimeMs: values.get(OID.signingTime)?.time() ?? null,
    capabilities: lenient(values.get(OID.smimeCapabilities), readCapabilities),
    encryptionKey: lenient(values.get(OID.encryptionKeyPreference), readKeyPreference),
    boundCertificate: readBinding(values),
  };
}

/** The only value of each attribute; an attribute that comes twice, or with several values, is none of ours. */
function attributeValues(element: BerElement): Map<string, BerElement> {
  const found = new Map<string, BerElement>();
  const attributes = element.children();
  for (let count = 0; !attributes.atEnd; count++) {
    if (count >= ATTRIBUTES_MAX) throw new Asn1Error('too-large', 'signed attributes');
    const attribute = attributes.sequence();
    const type = attribute.oid();
    const values = attribute.set();
    attribute.finish();
    if (found.has(type)) throw new Asn1Error('malformed', 'a signed attribute comes twice');
    if (values.atEnd) continue;
    const value = values.next();
    if (values.atEnd) found.set(type, value);
    else if (SINGLE_VALUED.has(type))
      throw new Asn1Error('malformed', 'several values of a signed attribute');
  }
  return found;
}

const SINGLE_VALUED = new Set<string>([OID.contentType, OID.messageDigest, OID.signingTime]);

/** Attributes that only advise: a broken one is as good as none. */
function lenient<T>(value: BerElement | undefined, read: (value: BerElement) => T): T | null {
  if (value === undefined) return null;
  try {
    return read(value);
  } catch (error) {
    if (error instanceof Asn1Error) return null;
    throw error;
  }
}

/** RFC 8551 §2.5.3: CHOICE of [0] IssuerAndSerialNumber, [1] RecipientKeyIdentifier, [2] SubjectKeyIdentifier. */
function readKeyPreference(value: BerElement): CertificateName | null {
  if (value.isContext(0)) return readIssuerAndSerial(value.children());
  if (value.isContext(1)) return { form: 'subject-key-id', keyId: value.children().octets() };
  return value.isContext(2) ? { form: 'subject-key-id', keyId: value.octets() } : null;
}

/** RFC 5035 §3 (SHA-256 by default) and RFC 2634 §5.4 (SHA-1): the first ESSCertID is the signer's. */
function readBinding(values: Map<string, BerElement>): SignedAttributes['boundCertificate'] {
  const v2 = values.get(OID.signingCertificateV2);
  const v1 = values.get(OID.signingCertificate);
  if (v2 === undefined && v1 === undefined) return null;
  const certId = ((v2 ?? v1) as BerElement).children().sequence().sequence();
  const hasAlgorithm = v2 !== undefined && certId.peek === TAG.sequence;
  const hashOid = hasAlgorithm ? readAlgorithm(certId).oid : v2 !== undefined ? OID.sha256 : OID.sha1;
  return { hashOid, hash: certId.octets() };
}

/** SET OF AlgorithmIdentifier, as one element. */
export function readAlgorithms(raw: Uint8Array, max: number): AlgorithmIdentifier[] {
  const list = new BerCursor(raw).set();
  const algorithms: AlgorithmIdentifier[] = [];
  while (!list.atEnd && algorithms.length < max) algorithms.push(readAlgorithm(list));
  return algorithms;
}
