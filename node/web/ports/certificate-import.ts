/**
 * Imports whatever an operator drops: PEM, DER, P7B, PKCS#12, OpenPGP; found out by its content, reported per entry.
 */
import { randomUUID } from 'node:crypto';
import { toBase64Url } from '#domain/canonical-json.ts';
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import { partnerKeyDecider, partnerKeyStream } from '#domain/keys/partner-key.ts';
import { recordSecret } from '#domain/keys/sealed-secret.ts';
import { addressKey } from '#domain/mail/address.ts';
import { personDecider, personStream } from '#domain/people/person.ts';
import { importPublicKeys, type OpenPgpKeyDescription } from '#node/crypto/openpgp/public-key.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { readCertificateBundle } from '#node/crypto/x509/certificate-bundle.ts';
import { factsOfCertificate } from '#node/crypto/x509/certificate-facts.ts';
import { X509Error } from '#node/crypto/x509/x509-error.ts';
import { execute } from '#node/ledger/execute.ts';
import { type Actor, AdminRefusal, type ImportReport } from '#node/web/admin-ports.ts';
import { metaOf, type PortParts, refusal, seen, unavailable } from './parts.ts';

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

async function importCertificates(parts: PortParts, bytes: Uint8Array, by: Actor): Promise<Entry[]> {
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

async function importCertificate(
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

async function importPkcs12(parts: PortParts, request: ImportRequest, by: Actor): Promise<Entry[]> {
  const keyId = randomUUID();
  const place = { stream: keyStream(keyId), version: 1, kind: 'KeyImported' };
  // Whose it is stands in the certificate, which only `keys` can take out: a first look with a subject of its own.
  const made = await parts.keys.importPkcs12({
    p12: request.bytes,
    password: request.password,
    subject: `import/${keyId}`,
    place,
  });
  const certificates = made.certificates.map((der) => readCertificate(der));
  const leaf = certificates[0];
  const facts = leaf ? factsOfCertificate(leaf, keyId) : null;
  const address = facts?.addresses[0];
  if (!leaf || !facts || !address) {
    const note = 'No certificate with a mail address belongs to the private key.';
    return [{ what: 'private-key', name: request.fileName, outcome: 'refused', note, id: null }];
  }
  const person = await ensurePerson(parts, address, by);
  if (person) return [{ what: 'private-key', name: address, outcome: 'refused', note: person, id: null }];
  const usage =
    facts.usages.includes('sign') && facts.usages.includes('encrypt')
      ? 'both'
      : facts.usages.includes('sign')
        ? 'sign'
        : 'encrypt';
  const recorded = await execute(
    parts.ledger,
    keyRecordDecider,
    place.stream,
    {
      type: 'RecordImportedKey',
      keyId,
      technology: 'smime',
      usage,
      owner: { kind: 'person', address: addressKey(address) },
      publicKey: toBase64Url(made.publicKey),
      secret: recordSecret(made.secret),
      origin: 'pkcs12',
      at: by.atMs,
    },
    { ...metaOf(by), requestId: `${by.requestId}|key` },
  );
  if (recorded.kind === 'refused') throw refusal(recorded.refusal);
  const entries: Entry[] = [{ what: 'private-key', name: address, outcome: 'imported', note: '', id: null }];
  for (const [index, certificate] of certificates.entries()) {
    entries.push(await importCertificate(parts, certificate, index === 0 ? keyId : null, by, index));
  }
  if (usage !== 'encrypt') await equipWith(parts, address, keyId, leaf, by);
  return entries;
}

/** The imported certificate signs from now on; it decrypts in any case. */
async function equipWith(
  parts: PortParts,
  address: string,
  keyId: string,
  leaf: X509Certificate,
  by: Actor,
): Promise<void> {
  const certified = { keyId, certificate: leaf.sha256 };
  const smime = { signature: certified, encryption: certified, notAfter: leaf.notAfterMs };
  const command = { type: 'EquipWithSmime' as const, smime, at: by.atMs };
  const meta = { ...metaOf(by), requestId: `${by.requestId}|equip` };
  const done = await execute(parts.ledger, personDecider, personStream(addressKey(address)), command, meta);
  if (done.kind === 'refused') throw refusal(done.refusal);
}

/** Null when the address is (now) an enrolled person of ours; else why not. */
async function ensurePerson(parts: PortParts, address: string, by: Actor): Promise<string | null> {
  const domain = parts.models.people.domainOf(address);
  if (!domain) return `${address} is in none of our mail domains: its private key has no use here.`;
  const key = addressKey(address);
  const command = {
    type: 'EnrolPerson' as const,
    address: key,
    name: '',
    language: domain.settings.language,
    at: by.atMs,
  };
  const meta = { ...metaOf(by), requestId: `${by.requestId}|person` };
  const done = await execute(parts.ledger, personDecider, personStream(key), command, meta);
  return done.kind === 'refused' ? refusal(done.refusal).message : null;
}

async function importPartnerKeys(parts: PortParts, bytes: Uint8Array, by: Actor): Promise<Entry[]> {
  const found = await importPublicKeys(bytes, { atMs: by.atMs, selfSignaturesOnly: false });
  const entries: Entry[] = found.refused.map((r) => ({
    what: 'unreadable',
    name: '',
    outcome: 'refused',
    note:
      r.reason === 'secret-key'
        ? 'A private key in binary form: import it armoured.'
        : `${r.reason}: ${r.detail}`,
    id: null,
  }));
  for (const [index, key] of found.keys.entries())
    entries.push(await importPartnerKey(parts, key, by, index));
  if (entries.length === 0) throw new AdminRefusal('malformed', 'Nothing in this file could be read.');
  return entries;
}

async function importPartnerKey(
  parts: PortParts,
  key: OpenPgpKeyDescription,
  by: Actor,
  index: number,
): Promise<Entry> {
  const base = {
    what: 'openpgp-key' as const,
    name: key.userIds[0] ?? key.fingerprint,
    id: `openpgp/${key.fingerprint}`,
  };
  const command = {
    type: 'ImportPartnerKey' as const,
    fingerprint: key.fingerprint,
    origin: 'operator' as const,
    publicKey: toBase64Url(key.publicKey),
    addresses: key.addresses,
    userIds: key.userIds,
    createdAt: key.createdAtMs,
    expiresAt: key.expiresAtMs,
    usages: key.usages,
    at: by.atMs,
  };
  const meta = { ...metaOf(by), requestId: `${by.requestId}|${index}` };
  const done = await execute(
    parts.ledger,
    partnerKeyDecider,
    partnerKeyStream(key.fingerprint),
    command,
    meta,
  );
  if (done.kind === 'refused') return { ...base, outcome: 'refused', note: refusal(done.refusal).message };
  if (done.events.length === 0) return { ...base, outcome: 'already-known', note: '' };
  const note = key.status === 'valid' ? '' : `It is ${key.status}.`;
  return { ...base, outcome: 'imported', note };
}

async function importOwnOpenPgp(parts: PortParts, request: ImportRequest, by: Actor): Promise<Entry[]> {
  const keyId = randomUUID();
  const place = { stream: keyStream(keyId), version: 1, kind: 'KeyImported' };
  const made = await parts.keys.importOpenPgp({
    secretKey: request.bytes,
    passphrase: request.password,
    subject: `import/${keyId}`,
    place,
  });
  const { keys } = await importPublicKeys(made.publicKey, { atMs: by.atMs, selfSignaturesOnly: false });
  const address = keys[0]?.addresses[0];
  const name = keys[0]?.userIds[0] ?? request.fileName;
  const refused = (note: string): Entry[] => [
    { what: 'private-key', name, outcome: 'refused', note, id: null },
  ];
  if (!address) return refused('It names no mail address.');
  const person = await ensurePerson(parts, address, by);
  if (person) return refused(person);
  const key = addressKey(address);
  const recorded = await execute(
    parts.ledger,
    keyRecordDecider,
    place.stream,
    {
      type: 'RecordImportedKey',
      keyId,
      technology: 'openpgp',
      usage: 'both',
      owner: { kind: 'person', address: key },
      publicKey: toBase64Url(made.publicKey),
      fingerprint: made.fingerprint,
      secret: recordSecret(made.secret),
      origin: 'openpgp',
      at: by.atMs,
    },
    { ...metaOf(by), requestId: `${by.requestId}|key` },
  );
  if (recorded.kind === 'refused') throw refusal(recorded.refusal);
  const openPgp = { keyId, fingerprint: made.fingerprint, notAfter: keys[0]?.expiresAtMs ?? null };
  const equip = { type: 'EquipWithOpenPgp' as const, openPgp, at: by.atMs };
  const meta = { ...metaOf(by), requestId: `${by.requestId}|equip` };
  await execute(parts.ledger, personDecider, personStream(key), equip, meta);
  return [{ what: 'private-key', name, outcome: 'imported', note: '', id: `openpgp/${made.fingerprint}` }];
}
