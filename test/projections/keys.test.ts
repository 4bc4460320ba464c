/** Our keys and partners' OpenPGP keys: the rows after a history. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyEvent, KeyOwner } from '#domain/keys/key-record.ts';
import type { PartnerKeyEvent } from '#domain/keys/partner-key.ts';
import { OwnKeysProjection } from '#projections/own-keys.ts';
import { PartnerKeysProjection } from '#projections/partner-keys.ts';
import { type Happening, recorded } from './history.ts';

const secret = { v: 1 } as unknown as Extract<KeyEvent, { type: 'KeyGenerated' }>['secret'];
const generated = (keyId: string, owner: KeyOwner): Happening => ({
  key: keyId,
  event: {
    type: 'KeyGenerated',
    keyId,
    technology: 'smime',
    usage: 'sign',
    owner,
    publicKey: 'MAA',
    secret,
    at: 10,
  },
});
const alice: KeyOwner = { kind: 'person', address: 'Alice@example.org' };

function ours(...happenings: Happening[]): OwnKeysProjection {
  const rows = new OwnKeysProjection();
  for (const event of recorded(...happenings)) rows.apply(event);
  return rows;
}

describe('our keys', () => {
  it('are found by id and by owner, in their order', () => {
    const rows = ours(generated('k2', alice), generated('k1', alice));
    assert.deepEqual(
      rows.ofAddress('alice@EXAMPLE.org').map((k) => k.facts.keyId),
      ['k2', 'k1'],
    );
    assert.equal(rows.get('k1')?.status, 'active');
    assert.equal(rows.get('k3'), null);
  });
  it('of an authority have no address', () => {
    const rows = ours(generated('k1', { kind: 'authority', id: 'internal' }));
    assert.deepEqual(rows.ofAddress('internal'), []);
    assert.equal([...rows.all()].length, 1);
  });
  it('stay when retired and revoked: they still read old mail', () => {
    const rows = ours(
      generated('k1', alice),
      generated('k2', alice),
      { key: 'k1', event: { type: 'KeyRetired', at: 20 } },
      { key: 'k2', event: { type: 'KeyRevoked', reason: 'compromised', at: 30 } },
    );
    assert.deepEqual(
      rows.ofAddress('alice@example.org').map((k) => k.status),
      ['retired', 'revoked'],
    );
  });
});

const partnerKey = (
  type: 'PartnerKeyImported' | 'PartnerKeyUpdated',
  fingerprint: string,
  addresses: string[],
): Happening => {
  const facts = {
    publicKey: 'mQ',
    addresses,
    userIds: addresses,
    createdAt: 1,
    expiresAt: null,
    usages: ['encrypt'] as const,
  };
  const event: PartnerKeyEvent =
    type === 'PartnerKeyImported'
      ? { type, fingerprint, origin: 'mail', ...facts, at: 10 }
      : { type, origin: 'operator', ...facts, at: 20 };
  return { openpgp: fingerprint, event };
};

function partners(...happenings: Happening[]): PartnerKeysProjection {
  const rows = new PartnerKeysProjection();
  for (const event of recorded(...happenings)) rows.apply(event);
  return rows;
}

describe("partners' OpenPGP keys", () => {
  it('are found by fingerprint and address, and whoever mails one does not decide its trust', () => {
    const rows = partners(partnerKey('PartnerKeyImported', 'f1', ['Bob@partner.example']));
    assert.equal(rows.get('f1')?.status, 'untrusted');
    assert.equal(rows.ofAddress('bob@partner.example')[0]?.fingerprint, 'f1');
    assert.equal(rows.get('f1')?.importedAtMs, 10);
  });
  it('of one address in conflict are both there, in their order', () => {
    const rows = partners(
      partnerKey('PartnerKeyImported', 'f2', ['bob@partner.example']),
      partnerKey('PartnerKeyImported', 'f1', ['bob@partner.example']),
    );
    assert.deepEqual(
      rows.ofAddress('bob@partner.example').map((k) => k.fingerprint),
      ['f2', 'f1'],
    );
  });
  it('are found by their new addresses only after an update', () => {
    const rows = partners(
      partnerKey('PartnerKeyImported', 'f1', ['bob@partner.example', 'old@partner.example']),
      partnerKey('PartnerKeyUpdated', 'f1', ['bob@partner.example', 'new@partner.example']),
    );
    assert.deepEqual(rows.ofAddress('old@partner.example'), []);
    assert.equal(rows.ofAddress('new@partner.example').length, 1);
    assert.equal(rows.ofAddress('bob@partner.example').length, 1);
    assert.equal(rows.get('f1')?.firstPosition, 1n);
  });
  it('are trusted, distrusted and revoked by their events', () => {
    const history: Happening[] = [partnerKey('PartnerKeyImported', 'f1', ['bob@partner.example'])];
    const statusAfter = (event: PartnerKeyEvent): string | undefined => {
      history.push({ openpgp: 'f1', event });
      return partners(...history).get('f1')?.status;
    };
    assert.equal(statusAfter({ type: 'PartnerKeyTrusted', at: 20 }), 'trusted');
    assert.equal(statusAfter({ type: 'PartnerKeyDistrusted', at: 30 }), 'distrusted');
    assert.equal(statusAfter({ type: 'PartnerKeyRevoked', at: 40 }), 'revoked');
  });
});
