/**
 * Signed attributes of a SignerInfo (RFC 5652 §11, RFC 8551 §2.5), as they are signed: DER, SET OF.
 */
import {
  type Der,
  encodeDer,
  octetString,
  oid,
  sequence,
  set,
  setOf,
  time,
  tlv,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { contextTag } from '#node/crypto/asn1/tags.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { OUR_CAPABILITIES } from './capabilities.ts';
import { issuerAndSerial } from './issuer-and-serial.ts';

export interface AttributeFacts {
  readonly contentType: string;
  readonly messageDigest: Uint8Array;
  readonly signingTimeMs: number;
  readonly signer: X509Certificate;
  /** Where answers are to be encrypted to; null when it is the signer's own certificate, or none. */
  readonly encryptionCertificate: X509Certificate | null;
}

const attribute = (type: string, value: Der): Buffer => encodeDer(sequence(oid(type), set(value)));

const DATA_TYPE = attribute(OID.contentType, oid(OID.data));
const CAPABILITIES = attribute(OID.smimeCapabilities, OUR_CAPABILITIES);

/** The octets to be signed. */
export function signedAttributes(facts: AttributeFacts): Buffer {
  const attributes = [
    facts.contentType === OID.data ? DATA_TYPE : attribute(OID.contentType, oid(facts.contentType)),
    attribute(OID.messageDigest, octetString(facts.messageDigest)),
    attribute(OID.signingTime, time(facts.signingTimeMs)),
    CAPABILITIES,
    attribute(OID.signingCertificateV2, signingCertificateV2(facts.signer)),
  ];
  if (facts.encryptionCertificate !== null) {
    // RFC 8551 §2.5.3: [0] IssuerAndSerialNumber
    const { parts } = issuerAndSerial(facts.encryptionCertificate);
    attributes.push(attribute(OID.encryptionKeyPreference, tlv(contextTag(0, true), ...parts)));
  }
  return encodeDer(setOf(attributes));
}

/** RFC 5035 §3: one ESSCertIDv2 with the default hash, SHA-256, which is left out. */
function signingCertificateV2(signer: X509Certificate): Der {
  return sequence(sequence(sequence(octetString(Buffer.from(signer.sha256, 'hex')))));
}
