/** Mail domains and people, as specifications. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MailDomainEvent, mailDomainDecider } from '#domain/people/mail-domain.ts';
import { type PersonEvent, personDecider } from '#domain/people/person.ts';
import { specification } from '../specification.ts';

describe('a mail domain', () => {
  const { given } = specification(mailDomainDecider);
  const settings = { enrolAtFirstNeed: true, certificatesPerPerson: 'two', language: 'en' } as const;
  const added: MailDomainEvent = { type: 'MailDomainAdded', domain: 'example.org', settings, at: 1 };
  const removed: MailDomainEvent = { type: 'MailDomainRemoved', at: 3 };
  it('becomes ours once', () => {
    given().when({ type: 'AddMailDomain', domain: 'example.org', settings, at: 1 }).records(added);
    given(added)
      .when({ type: 'AddMailDomain', domain: 'example.org', settings, at: 1 })
      .refuses('already-ours');
  });
  it('must be a domain in canonical form', () => {
    for (const domain of [
      'Example.org',
      'localhost',
      'a..b',
      '-a.org',
      'exa mple.org',
      `${'a'.repeat(64)}.org`,
      '',
    ]) {
      given().when({ type: 'AddMailDomain', domain, settings, at: 1 }).refuses('not-a-domain');
    }
  });
  it('changes its settings as a whole', () => {
    const german = { ...settings, language: 'de' as const };
    given(added)
      .when({ type: 'ChangeMailDomain', settings: german, at: 2 })
      .records({ type: 'MailDomainChanged', settings: german, at: 2 });
    given(added).when({ type: 'ChangeMailDomain', settings, at: 2 }).recordsNothing();
    given().when({ type: 'ChangeMailDomain', settings, at: 2 }).refuses('not-ours');
  });
  it('is removed, and may come back', () => {
    given(added).when({ type: 'RemoveMailDomain', at: 3 }).records(removed);
    given(added, removed).when({ type: 'RemoveMailDomain', at: 3 }).refuses('not-ours');
    given(added, removed)
      .when({ type: 'AddMailDomain', domain: 'example.org', settings, at: 1 })
      .records(added);
  });
});

describe('a person', () => {
  const { given } = specification(personDecider);
  const alice = { address: 'alice@example.org', name: 'Alice', language: 'en' } as const;
  const enrolled: PersonEvent = { type: 'PersonEnrolled', ...alice, at: 1 };
  const removed: PersonEvent = { type: 'PersonRemoved', at: 9 };
  const key = { keyId: 'k1', certificate: 'ab' };
  const smime = { signature: key, encryption: key, notAfter: 100 };
  it('is enrolled once', () => {
    given()
      .when({ type: 'EnrolPerson', ...alice, at: 1 })
      .records(enrolled);
    given(enrolled)
      .when({ type: 'EnrolPerson', ...alice, at: 2 })
      .recordsNothing();
  });
  it('has an address, and a name without control characters (threat 31)', () => {
    given()
      .when({ type: 'EnrolPerson', ...alice, address: 'alice', at: 1 })
      .refuses('malformed-address');
    for (const name of ['A\r\nBcc: x', 'A\0', '\u2028', 'x'.repeat(65)]) {
      given()
        .when({ type: 'EnrolPerson', ...alice, name, at: 1 })
        .refuses('malformed-name');
      given(enrolled).when({ type: 'ChangePerson', name, language: 'en', at: 1 }).refuses('malformed-name');
    }
  });
  it('changes name and language', () => {
    const changed: PersonEvent = { type: 'PersonChanged', name: 'Alice B.', language: 'de', at: 2 };
    given(enrolled).when({ type: 'ChangePerson', name: 'Alice B.', language: 'de', at: 2 }).records(changed);
    given(enrolled, changed)
      .when({ type: 'ChangePerson', name: 'Alice B.', language: 'de', at: 3 })
      .recordsNothing();
  });
  it('is equipped with keys, the latest count', () => {
    const equipped: PersonEvent = { type: 'PersonEquippedWithSmime', smime, at: 2 };
    given(enrolled).when({ type: 'EquipWithSmime', smime, at: 2 }).records(equipped);
    const state = given(enrolled, equipped).state();
    assert.deepEqual(state.status === 'enrolled' && state.smime, smime);
    const openPgp = { keyId: 'k2', fingerprint: 'ff', notAfter: null };
    given(enrolled)
      .when({ type: 'EquipWithOpenPgp', openPgp, at: 2 })
      .records({ type: 'PersonEquippedWithOpenPgp', openPgp, at: 2 });
    given().when({ type: 'EquipWithSmime', smime, at: 2 }).refuses('not-enrolled');
  });
  it('leaves, and may come back with nothing', () => {
    given(enrolled).when({ type: 'RemovePerson', at: 9 }).records(removed);
    given(enrolled, removed).when({ type: 'RemovePerson', at: 9 }).recordsNothing();
    given().when({ type: 'RemovePerson', at: 9 }).refuses('not-enrolled');
    given(enrolled, removed)
      .when({ type: 'EnrolPerson', ...alice, atFirstNeed: true, at: 10 })
      .refuses('withdrawn');
    given(enrolled, removed)
      .when({ type: 'EnrolPerson', ...alice, at: 1 })
      .records(enrolled);
    const back = given(enrolled, removed, enrolled).state();
    assert.equal(back.status === 'enrolled' && back.smime, null);
  });
});
