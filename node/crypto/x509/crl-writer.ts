/**
 * Issues CRLs of our own authority (RFC 5280 §5, version 2): number, authority key identifier, a reason for each line.
 */
import type { RevokedSerial } from '#domain/certificates/authority.ts';
import {
  bitString,
  type DerNode,
  encodeDer,
  enumerated,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  time,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { Signer } from '#node/keys/port.ts';
import type { X509Certificate } from './certificate.ts';
import { readCrl, reasonNumber } from './crl.ts';
import { schemeFor } from './issuer-scheme.ts';
import { writeSignatureAlgorithm } from './signature-algorithm.ts';
import { X509Error } from './x509-error.ts';

export interface CrlRequest {
  readonly issuer: X509Certificate;
  readonly lines: readonly RevokedSerial[];
  /** Grows with each CRL. */
  readonly number: number;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
}

export async function issueCrl(request: CrlRequest, sign: Signer): Promise<Uint8Array> {
  const { issuer, lines, number, thisUpdateMs, nextUpdateMs } = request;
  const scheme = schemeFor(issuer);
  const algorithm = writeSignatureAlgorithm(scheme);
  const keyId = issuer.extensions.subjectKeyId;
  if (!keyId) throw new X509Error('profile-violation', 'the authority has no key identifier');
  const extensions = [
    extension(OID.authorityKeyIdentifier, sequence(implicit(0, octetString(keyId)))),
    extension(OID.crlNumber, integer(number)),
  ];
  const tbs = encodeDer(
    sequence(
      integer(1), // v2
      algorithm,
      issuer.subject.der,
      time(thisUpdateMs),
      time(nextUpdateMs),
      ...(lines.length > 0 ? [sequence(...lines.map(crlLine))] : []), // RFC 5280 §5.1.2.6: absent when empty.
      explicit(0, sequence(...extensions)),
    ),
  );
  const signature = await sign(scheme, tbs);
  const der = encodeDer(sequence(tbs, algorithm, bitString(signature)));
  if (!readCrl(der).isSignedBy(issuer)) {
    throw new X509Error('profile-violation', "the signature does not verify with the authority's key");
  }
  return der;
}

function crlLine({ serial, reason, revokedAt }: RevokedSerial): DerNode {
  const fields = [integer(Buffer.from(serial, 'hex')), time(revokedAt)];
  // RFC 5280 §5.3.1: `unspecified` is said by silence.
  if (reason === 'unspecified') return sequence(...fields);
  return sequence(...fields, sequence(extension(OID.reasonCode, enumerated(reasonNumber(reason)))));
}

function extension(type: string, value: DerNode): DerNode {
  return sequence(oid(type), octetString(encodeDer(value)));
}
