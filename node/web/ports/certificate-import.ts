/**
 * Imports whatever an operator drops: PEM, DER, P7B, PKCS#12, OpenPGP; found out by its content, reported per entry.
 */
import type { Actor } from '#node/web/admin-request.ts';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { importCertificates } from './import-certificates.ts';
import { importOwnOpenPgp, importPkcs12 } from './import-own-key.ts';
import { importPartnerKeys } from './import-partner-keys.ts';
import { type PortParts, seen, unavailable } from './parts.ts';

type Entry = ImportReport['entries'][number];

interface ImportRequest {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly password: string;
}

export async function importFile(parts: PortParts, request: ImportRequest, by: Actor): Promise<ImportReport> {
  const entries = await importByContent(parts, request, by).catch((error: Error) => {
    throw unavailable(error);
  });
  await seen(parts);
  return { entries };
}

function importByContent(parts: PortParts, request: ImportRequest, by: Actor): Promise<Entry[]> {
  const text = Buffer.from(request.bytes).toString('latin1');
  if (text.includes('-----BEGIN PGP PRIVATE KEY BLOCK')) return importOwnOpenPgp(parts, request, by);
  if (text.includes('-----BEGIN PGP')) return importPartnerKeys(parts, request.bytes, by);
  if (isPkcs12(request.bytes)) return importPkcs12(parts, request, by);
  // A binary OpenPGP key begins with a packet tag (RFC 9580 §4.2); DER begins with a SEQUENCE.
  if ((request.bytes[0] ?? 0) >= 0x80) return importPartnerKeys(parts, request.bytes, by);
  return importCertificates(parts, request.bytes, by);
}

/** SEQUENCE { INTEGER 3 …: the version in front of every PFX (RFC 7292 §4). */
function isPkcs12(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30) return false;
  const lengthOctets = (bytes[1] ?? 0) > 0x80 ? (bytes[1] ?? 0) - 0x80 : 0;
  const at = 2 + lengthOctets;
  return bytes[at] === 0x02 && bytes[at + 1] === 0x01 && bytes[at + 2] === 0x03;
}
