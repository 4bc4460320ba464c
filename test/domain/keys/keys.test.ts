/** Our private keys and partners' OpenPGP keys, as specifications. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KeyEvent, type KeyFacts, keyRecordDecider } from '#domain/keys/key-record.ts';
import { type PartnerKeyEvent, type PartnerKeyFacts, partnerKeyDecider } from '#domain/keys/partner-key.ts';
import { recordSecret, secretOfRecord } from '#domain/keys/sealed-secret.ts';
import { specification } from '../specification.ts';

const secret = recordSecret({
  v: 1,
  subject: 'person/alice@example.org',
  nonce: new Uint8Array([1, 2]),
  ciphertext: new Uint8Array([255, 0]),
});

describe('a sealed secret', () => {
  it('goes into an event as text and comes back', () => {
    assert.deepEqual(secret, { v: 1, subject: 'person/alice@example.org', nonce: 'AQI', ciphertext: '_wA' });
    assert.deepEqual(secretOfRecord(secret).ciphertext, new Uint8Array([255, 0]));
  });
});

describe('a key record', () => {
  const { given } = specification(keyRecordDecider);
  const facts: KeyFacts = {
    keyId: 'k1',
    technology: 'smime',
    usage: 'sign',
    owner: { kind: 'person', address: 'alice@example.org' },
    publicKey: 'MAA',
    secret,
  };
  const generated: KeyEvent = { type: 'KeyGenerated', ...facts, at: 1 };
  const retired: KeyEvent = { type: 'KeyRetired', at: 2 };
  const revoked: KeyEvent = { type: 'KeyRevoked', reason: 'compromised', at: 3 };
  it('begins with the sealed secret', () => {
    given()
      .when({ type: 'RecordGeneratedKey', ...facts, at: 1 })
      .records(generated);
    given(generated)
      .when({ type: 'RecordGeneratedKey', ...facts, at: 1 })
      .refuses('already-known');
  });
  it('or with an imported one', () => {
    const pgp = { ...facts, technology: 'openpgp' as const, fingerprint: 'ff' };
    given()
      .when({ type: 'RecordImportedKey', ...pgp, origin: 'openpgp', at: 1 })
      .records({ type: 'KeyImported', ...pgp, origin: 'openpgp', at: 1 });
    given(generated)
      .when({ type: 'RecordImportedKey', ...pgp, origin: 'openpgp', at: 1 })
      .refuses('already-known');
  });
  it('is retired, and stays for reading', () => {
    given(generated).when({ type: 'RetireKey', at: 2 }).records(retired);
    given(generated, retired).when({ type: 'RetireKey', at: 2 }).recordsNothing();
    assert.equal(given(generated, retired).state().status, 'retired');
  });
  it('is revoked for good', () => {
    given(generated, retired).when({ type: 'RevokeKey', reason: 'compromised', at: 3 }).records(revoked);
    given(generated, revoked).when({ type: 'RevokeKey', reason: 'superseded', at: 4 }).recordsNothing();
    given(generated, revoked).when({ type: 'RetireKey', at: 4 }).refuses('revoked');
    given().when({ type: 'RetireKey', at: 4 }).refuses('unknown');
  });
});

describe("a partner's OpenPGP key", () => {
  const { given } = specification(partnerKeyDecider);
  const facts: PartnerKeyFacts = {
    publicKey: 'AAAA',
    addresses: ['bob@partner.example'],
    userIds: ['Bob <bob@partner.example>'],
    createdAt: 0,
    expiresAt: 100,
    usages: ['sign', 'encrypt'],
  };
  const fromMail = { type: 'ImportPartnerKey', fingerprint: 'ff', origin: 'mail', ...facts, at: 5 } as const;
  const imported: PartnerKeyEvent = {
    type: 'PartnerKeyImported',
    fingerprint: 'ff',
    origin: 'mail',
    ...facts,
    at: 5,
  };
  const trusted: PartnerKeyEvent = { type: 'PartnerKeyTrusted', at: 6 };
  it('that came by mail is not trusted (G5)', () => {
    given().when(fromMail).records(imported);
    assert.equal(given(imported).state().status, 'untrusted');
  });
  it('that an operator imports is trusted', () => {
    assert.equal(given({ ...imported, origin: 'operator' }).state().status, 'trusted');
  });
  it('is trusted by an operator until it expires', () => {
    given(imported).when({ type: 'TrustPartnerKey', at: 6 }).records(trusted);
    given(imported, trusted).when({ type: 'TrustPartnerKey', at: 6 }).recordsNothing();
    given(imported).when({ type: 'TrustPartnerKey', at: 100 }).refuses('expired');
  });
  it('is brought up to date, and stays trusted', () => {
    const longer = { ...facts, publicKey: 'BBBB', expiresAt: 200 };
    const updated: PartnerKeyEvent = { type: 'PartnerKeyUpdated', origin: 'mail', ...longer, at: 5 };
    given(imported, trusted)
      .when({ ...fromMail, ...longer })
      .records(updated);
    given(imported).when(fromMail).recordsNothing();
    assert.equal(given(imported, trusted, updated).state().status, 'trusted');
  });
  it('does not take over a further address from outside (threat 15)', () => {
    const wider = { ...facts, publicKey: 'CCCC', addresses: ['bob@partner.example', 'ceo@partner.example'] };
    given(imported)
      .when({ ...fromMail, ...wider })
      .refuses('address-change-needs-operator');
    given(imported)
      .when({ ...fromMail, ...wider, origin: 'operator' })
      .records({ type: 'PartnerKeyUpdated', origin: 'operator', ...wider, at: 5 });
  });
  it('without an address is of no use', () => {
    given()
      .when({ ...fromMail, addresses: [] })
      .refuses('no-address');
  });
  it('is distrusted, or revoked for good', () => {
    const distrusted: PartnerKeyEvent = { type: 'PartnerKeyDistrusted', at: 7 };
    const revoked: PartnerKeyEvent = { type: 'PartnerKeyRevoked', at: 8 };
    given(imported).when({ type: 'DistrustPartnerKey', at: 7 }).records(distrusted);
    given(imported, distrusted).when({ type: 'DistrustPartnerKey', at: 7 }).recordsNothing();
    given(imported, distrusted).when({ type: 'RevokePartnerKey', at: 8 }).records(revoked);
    given(imported, revoked).when({ type: 'RevokePartnerKey', at: 9 }).recordsNothing();
    given(imported, revoked).when({ type: 'TrustPartnerKey', at: 9 }).refuses('revoked');
    given(imported, revoked).when(fromMail).refuses('revoked');
    given().when({ type: 'RevokePartnerKey', at: 9 }).refuses('unknown');
  });
});
