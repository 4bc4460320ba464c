/** Certificates and keys as files. A private key leaves only as PKCS#12, and that is recorded before it is given. */
import { fromBase64Url } from '#domain/canonical-json.ts';
import { exportDecider, exportStream } from '#domain/keys/key-export.ts';
import { encodeDer, explicit, integer, oid, sequence, set, tlv } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { type Actor, AdminRefusal } from '#node/web/admin-request.ts';
import type { ExportedFile, ExportFormat } from '#node/web/certificates-admin-port.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import { findCertificate } from './known-certificates.ts';
import { openPgpKeys } from './openpgp-at-need.ts';
import { type PortParts, perform, unavailable } from './parts.ts';

export async function exportFile(
  parts: PortParts,
  request: { id: string; format: ExportFormat; password: string },
  by: Actor,
): Promise<ExportedFile> {
  const fingerprint = request.id.slice(request.id.indexOf('/') + 1);
  const known = findCertificate(parts.models, fingerprint);
  if (known) return exportCertificate(parts, known, request, by);
  const partner = parts.models.partnerKeys.get(fingerprint);
  const own = [...parts.models.ownKeys.all()].find((k) => k.facts.fingerprint === fingerprint);
  const publicKey = partner?.facts.publicKey ?? own?.facts.publicKey;
  if (!publicKey) throw new AdminRefusal('unknown', 'There is no such certificate or key.');
  const bytes = fromBase64Url(publicKey);
  if (request.format === 'openpgp-binary') {
    return { fileName: `${fingerprint.slice(-16)}.gpg`, mediaType: 'application/pgp-keys', bytes };
  }
  if (request.format === 'openpgp-armored') {
    return {
      fileName: `${fingerprint.slice(-16)}.asc`,
      mediaType: 'application/pgp-keys',
      bytes: (await openPgpKeys()).armourKeys([bytes]),
    };
  }
  throw new AdminRefusal('not-exportable', 'An OpenPGP key has no such format.');
}

async function exportCertificate(
  parts: PortParts,
  known: KnownCertificate,
  { format, password }: { format: ExportFormat; password: string },
  by: Actor,
): Promise<ExportedFile> {
  const der = fromBase64Url(known.facts.der);
  const name = (known.facts.addresses[0] ?? known.facts.sha256.slice(0, 16)).replace(
    /[^A-Za-z0-9@._-]/g,
    '_',
  );
  switch (format) {
    case 'der':
      return { fileName: `${name}.cer`, mediaType: 'application/pkix-cert', bytes: der };
    case 'pem':
      return { fileName: `${name}.pem`, mediaType: 'application/x-pem-file', bytes: pemOf(der) };
    case 'p7b':
      return { fileName: `${name}.p7b`, mediaType: 'application/pkcs7-mime', bytes: certificatesOnly(der) };
    case 'p12':
      return exportPrivate(parts, known, name, password, by);
    default:
      throw new AdminRefusal('not-exportable', 'A certificate has no such format.');
  }
}

function pemOf(der: Uint8Array): Buffer {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`);
}

/** RFC 8551 §3.8: SignedData without signers. */
function certificatesOnly(der: Uint8Array): Buffer {
  const content = sequence(integer(1), set(), sequence(oid(OID.data)), tlv(0xa0, der), set());
  return encodeDer(sequence(oid(OID.signedData), explicit(0, content)));
}

async function exportPrivate(
  parts: PortParts,
  known: KnownCertificate,
  name: string,
  password: string,
  by: Actor,
): Promise<ExportedFile> {
  const { keyId, sha256, der } = known.facts;
  if (!keyId || known.facts.usages.includes('ca')) {
    throw new AdminRefusal('not-exportable', 'Its private key is not here, or never leaves.');
  }
  const command = { type: 'RecordKeyExport' as const, keyId, certificate: sha256, at: by.atMs };
  await perform(parts, exportDecider, exportStream(keyId), command, by);
  try {
    const bytes = await parts.keys.exportPkcs12({ keyId, certificates: [fromBase64Url(der)], password });
    return { fileName: `${name}.p12`, mediaType: 'application/x-pkcs12', bytes };
  } catch (error) {
    throw unavailable(error as Error);
  }
}
