/** Imports partners' OpenPGP keys, armoured or binary, one or many. */
import { partnerKeyDecider, partnerKeyStream } from '#domain/keys/partner-key.ts';
import { factsOfPartnerKey } from '#node/crypto/openpgp/partner-key-facts.ts';
import type { OpenPgpKeyDescription } from '#node/crypto/openpgp/public-key.ts';
import { execute } from '#node/ledger/execute.ts';
import { type Actor, AdminRefusal } from '#node/web/admin-request.ts';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { openPgpKeys } from './openpgp-at-need.ts';
import { metaOf, type PortParts, refusal } from './parts.ts';

type Entry = ImportReport['entries'][number];

export async function importPartnerKeys(parts: PortParts, bytes: Uint8Array, by: Actor): Promise<Entry[]> {
  const { importPublicKeys } = await openPgpKeys();
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
    ...factsOfPartnerKey(key),
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
