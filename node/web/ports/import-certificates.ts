/** Imports certificates out of PEM, DER and P7B, each judged alone. */
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { readCertificateBundle } from '#node/crypto/x509/certificate-bundle.ts';
import { factsOfCertificate } from '#node/crypto/x509/certificate-facts.ts';
import { X509Error } from '#node/crypto/x509/x509-error.ts';
import { execute } from '#node/ledger/execute.ts';
import { type Actor, AdminRefusal } from '#node/web/admin-request.ts';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { metaOf, type PortParts, refusal } from './parts.ts';

type Entry = ImportReport['entries'][number];

export async function importCertificates(parts: PortParts, bytes: Uint8Array, by: Actor): Promise<Entry[]> {
  let bundle: ReturnType<typeof readCertificateBundle>;
  try {
    bundle = readCertificateBundle(bytes);
  } catch (error) {
    if (error instanceof X509Error)
      throw new AdminRefusal('malformed', `Nothing in this file could be read: ${error.message}.`);
    throw error;
  }
  const entries: Entry[] = [];
  for (const [index, entry] of bundle.entries()) {
    if (entry.ok) entries.push(await importCertificate(parts, entry.certificate, null, by, index));
    else
      entries.push({
        what: 'unreadable',
        name: `entry ${entry.entry}`,
        outcome: 'refused',
        note: entry.reason,
        id: null,
      });
  }
  return entries;
}

export async function importCertificate(
  parts: PortParts,
  certificate: X509Certificate,
  keyId: string | null,
  by: Actor,
  index: number,
): Promise<Entry> {
  const facts = factsOfCertificate(certificate, keyId);
  const isAuthority = facts.usages.includes('ca');
  const base = {
    what: isAuthority ? ('authority' as const) : ('certificate' as const),
    name: facts.addresses.join(', ') || facts.subject,
    id: `smime/${facts.sha256}`,
  };
  if (parts.models.certificates.get(facts.sha256)) return { ...base, outcome: 'already-known', note: '' };
  const command = {
    type: 'ImportCertificate' as const,
    ...facts,
    origin: 'operator' as const,
    keyKnownFor: parts.models.certificates.addressesOfKey(facts.publicKeySha256),
    at: by.atMs,
  };
  const meta = { ...metaOf(by), requestId: `${by.requestId}|${index}` };
  const done = await execute(
    parts.ledger,
    certificateDecider,
    certificateStream(facts.sha256),
    command,
    meta,
  );
  if (done.kind === 'refused') return { ...base, outcome: 'refused', note: refusal(done.refusal).message };
  const note = by.atMs > facts.notAfter ? 'It has expired: it is kept, and never used to encrypt.' : '';
  return { ...base, outcome: 'imported', note };
}
