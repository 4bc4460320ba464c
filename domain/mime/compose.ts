/**
 * New MIME structures around streamed content: multipart/signed, application/pkcs7-mime, multipart/encrypted, mixed.
 *
 * Every function takes the fields that stand outside (each ended by CRLF; `messageFields` for a whole mail, empty for
 * an inner entity) and gives the new entity in pieces. Boundaries come in as arguments: 128 random bits in ASCII, so
 * that no content can hold one.
 */
import { Buffer } from 'node:buffer';
import { encodeBase64 } from '#domain/mime/base64.ts';
import { structuredField } from '#domain/mime/header.ts';
import { formatParameter } from '#domain/mime/parameters.ts';
import { entityPieces } from '#domain/mime/split-header.ts';
import { asciiBytes } from '#domain/mime/text.ts';

type Pieces = Iterable<Uint8Array>;

/** A multipart of any kind; each part is a whole entity. */
export function* multipart(
  outer: Uint8Array,
  contentType: string,
  boundary: string,
  parts: Iterable<Pieces>,
): Generator<Uint8Array> {
  yield outer;
  yield structuredField('Content-Type', `${contentType}; ${formatParameter('boundary', boundary)}`);
  for (const part of parts) {
    yield asciiBytes(`\r\n--${boundary}\r\n`);
    yield* part;
  }
  yield asciiBytes(`\r\n--${boundary}--\r\n`);
}

/** RFC 1847 §2.1. `signed` goes out byte for byte as it was signed. */
export function multipartSigned(
  outer: Uint8Array,
  signature: { readonly protocol: string; readonly micalg: string; readonly boundary: string },
  signed: Pieces,
  signaturePart: Pieces,
): Generator<Uint8Array> {
  const type = `multipart/signed; ${formatParameter('protocol', signature.protocol)}; ${formatParameter('micalg', signature.micalg)}`;
  return multipart(outer, type, signature.boundary, [signed, signaturePart]);
}

type SmimeType = 'enveloped-data' | 'authEnveloped-data' | 'signed-data' | 'compressed-data' | 'certs-only';

/** RFC 8551 §3.2; also RFC 8551 §3.3.. for `certs-only` the name ends with p7c. */
export function pkcs7Mime(outer: Uint8Array, smimeType: SmimeType, der: Pieces): Generator<Uint8Array> {
  const name =
    smimeType === 'certs-only' ? 'smime.p7c' : smimeType === 'compressed-data' ? 'smime.p7z' : 'smime.p7m';
  return base64Entity(outer, `application/pkcs7-mime; smime-type=${smimeType}; name=${name}`, name, der);
}

/** The second part of a multipart/signed (RFC 8551 §3.5.3). */
export function pkcs7SignaturePart(der: Pieces): Generator<Uint8Array> {
  return base64Entity(new Uint8Array(0), 'application/pkcs7-signature; name=smime.p7s', 'smime.p7s', der);
}

function base64Entity(outer: Uint8Array, type: string, name: string, content: Pieces): Generator<Uint8Array> {
  const fields = Buffer.concat([
    outer,
    structuredField('Content-Type', type),
    structuredField('Content-Disposition', `attachment; ${formatParameter('filename', name)}`),
    structuredField('Content-Transfer-Encoding', 'base64'),
  ]);
  return entityPieces(fields, encodeBase64(content));
}

/** RFC 3156 §5. `armour` is the ASCII armour of the detached signature. */
export function pgpSignaturePart(armour: Pieces): Generator<Uint8Array> {
  const fields = Buffer.concat([
    structuredField('Content-Type', 'application/pgp-signature; name=signature.asc'),
    structuredField('Content-Description', 'OpenPGP digital signature'),
    structuredField('Content-Disposition', 'attachment; filename=signature.asc'),
  ]);
  return entityPieces(fields, armour);
}

/** RFC 3156 §4. `armour` is the ASCII armour of the encrypted message. */
export function pgpEncrypted(outer: Uint8Array, boundary: string, armour: Pieces): Generator<Uint8Array> {
  const version = entityPieces(
    Buffer.concat([
      structuredField('Content-Type', 'application/pgp-encrypted'),
      structuredField('Content-Description', 'PGP/MIME version identification'),
    ]),
    [asciiBytes('Version: 1\r\n')],
  );
  const content = entityPieces(
    Buffer.concat([
      structuredField('Content-Type', 'application/octet-stream; name=encrypted.asc'),
      structuredField('Content-Description', 'OpenPGP encrypted message'),
      structuredField('Content-Disposition', 'inline; filename=encrypted.asc'),
    ]),
    armour,
  );
  const type = 'multipart/encrypted; protocol="application/pgp-encrypted"';
  return multipart(outer, type, boundary, [version, content]);
}
