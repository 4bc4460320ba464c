/**
 * Imports a private key of one of our people: PKCS#12 with its certificates, or an OpenPGP secret key.
 *
 * The key goes to the `keys` process as it is and comes back sealed; nothing of it is kept here. Whose it is stands in
 * what comes with it, which only `keys` can take out, so its secret has a subject of its own.
 */
import { randomUUID } from 'node:crypto';
import { toBase64Url } from '#domain/canonical-json.ts';
import { type KeyUsage, keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import { recordSecret } from '#domain/keys/sealed-secret.ts';
import { addressKey } from '#domain/mail/address.ts';
import { type PersonCommand, personDecider, personStream } from '#domain/people/person.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { factsOfCertificate } from '#node/crypto/x509/certificate-facts.ts';
import type { GeneratedKey, GeneratedOpenPgpKey } from '#node/keys/port.ts';
import { execute } from '#node/ledger/execute.ts';
import type { Actor } from '#node/web/admin-request.ts';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { importCertificate } from './import-certificates.ts';
import { openPgpKeys } from './openpgp-at-need.ts';
import { metaOf, type PortParts, refusal } from './parts.ts';

type Entry = ImportReport['entries'][number];

interface ImportRequest {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly password: string;
}

export async function importPkcs12(parts: PortParts, request: ImportRequest, by: Actor): Promise<Entry[]> {
  const { keyId, subject, place } = newImport();
  const made = await parts.keys.importPkcs12({
    p12: request.bytes,
    password: request.password,
    subject,
    place,
  });
  const [leaf, ...others] = made.certificates.map((der) => readCertificate(der));
  const facts = leaf ? factsOfCertificate(leaf, keyId) : null;
  const address = facts?.addresses[0];
  if (!leaf || !facts || !address) {
    return refused(request.fileName, 'No certificate with a mail address belongs to the private key.');
  }
  const problem = await ensurePerson(parts, address, by);
  if (problem) return refused(address, problem);
  const signs = facts.usages.includes('sign');
  const usage = signs && facts.usages.includes('encrypt') ? 'both' : signs ? 'sign' : 'encrypt';
  await recordKey(parts, made, { technology: 'smime', usage, address, origin: 'pkcs12' }, by);
  const entries = imported(address, null);
  for (const [index, certificate] of [leaf, ...others].entries()) {
    entries.push(await importCertificate(parts, certificate, index === 0 ? keyId : null, by, index));
  }
  if (signs) {
    // It signs from now on; it decrypts in any case.
    const certified = { keyId, certificate: leaf.sha256 };
    const smime = { signature: certified, encryption: certified, notAfter: leaf.notAfterMs };
    await equip(parts, address, { type: 'EquipWithSmime', smime, at: by.atMs }, by);
  }
  return entries;
}

export async function importOwnOpenPgp(
  parts: PortParts,
  request: ImportRequest,
  by: Actor,
): Promise<Entry[]> {
  const { keyId, subject, place } = newImport();
  const made = await parts.keys.importOpenPgp({
    secretKey: request.bytes,
    passphrase: request.password,
    subject,
    place,
  });
  const { importPublicKeys } = await openPgpKeys();
  const { keys } = await importPublicKeys(made.publicKey, { atMs: by.atMs, selfSignaturesOnly: false });
  const [key] = keys;
  const address = key?.addresses[0];
  const name = key?.userIds[0] ?? request.fileName;
  if (!address) return refused(name, 'It names no mail address.');
  const problem = await ensurePerson(parts, address, by);
  if (problem) return refused(name, problem);
  await recordKey(parts, made, { technology: 'openpgp', usage: 'both', address, origin: 'openpgp' }, by);
  const openPgp = { keyId, fingerprint: made.fingerprint, notAfter: key?.expiresAtMs ?? null };
  await equip(parts, address, { type: 'EquipWithOpenPgp', openPgp, at: by.atMs }, by);
  return imported(name, `openpgp/${made.fingerprint}`);
}

function newImport() {
  const keyId = randomUUID();
  const place = { stream: keyStream(keyId), version: 1, kind: 'KeyImported' };
  return { keyId, subject: `import/${keyId}`, place };
}

const refused = (name: string, note: string): Entry[] => [
  { what: 'private-key', name, outcome: 'refused', note, id: null },
];
const imported = (name: string, id: string | null): Entry[] => [
  { what: 'private-key', name, outcome: 'imported', note: '', id },
];

interface Ownership {
  readonly technology: 'smime' | 'openpgp';
  readonly usage: KeyUsage;
  readonly address: string;
  readonly origin: 'pkcs12' | 'openpgp';
}

async function recordKey(
  parts: PortParts,
  made: GeneratedKey | GeneratedOpenPgpKey,
  { technology, usage, address, origin }: Ownership,
  by: Actor,
): Promise<void> {
  const { keyId } = made;
  const command = {
    type: 'RecordImportedKey' as const,
    keyId,
    technology,
    usage,
    owner: { kind: 'person' as const, address: addressKey(address) },
    publicKey: toBase64Url(made.publicKey),
    ...('fingerprint' in made ? { fingerprint: made.fingerprint } : {}),
    secret: recordSecret(made.secret),
    origin,
    at: by.atMs,
  };
  const meta = { ...metaOf(by), requestId: `${by.requestId}|key` };
  const done = await execute(parts.ledger, keyRecordDecider, keyStream(keyId), command, meta);
  if (done.kind === 'refused') throw refusal(done.refusal);
}

async function equip(parts: PortParts, address: string, command: PersonCommand, by: Actor): Promise<void> {
  const meta = { ...metaOf(by), requestId: `${by.requestId}|equip` };
  const done = await execute(parts.ledger, personDecider, personStream(addressKey(address)), command, meta);
  if (done.kind === 'refused') throw refusal(done.refusal);
}

/** Null when the address is (now) an enrolled person of ours; else why not. */
async function ensurePerson(parts: PortParts, address: string, by: Actor): Promise<string | null> {
  const domain = parts.models.people.domainOf(address);
  if (!domain) return `${address} is in none of our mail domains: its private key has no use here.`;
  const key = addressKey(address);
  const { language } = domain.settings;
  const command: PersonCommand = { type: 'EnrolPerson', address: key, name: '', language, at: by.atMs };
  const meta = { ...metaOf(by), requestId: `${by.requestId}|person` };
  const done = await execute(parts.ledger, personDecider, personStream(key), command, meta);
  return done.kind === 'refused' ? refusal(done.refusal).message : null;
}
