/** People, mail domains and operators: the rows after a history. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MailDomainSettings } from '#domain/people/mail-domain.ts';
import { OperatorsProjection } from '#projections/operators.ts';
import { PeopleProjection } from '#projections/people.ts';
import { type Happening, recorded } from './history.ts';

const settings: MailDomainSettings = {
  enrolAtFirstNeed: true,
  certificatesPerPerson: 'two',
  language: 'de',
};
const domainAdded = (at: number): Happening => ({
  domain: 'example.org',
  event: { type: 'MailDomainAdded', domain: 'example.org', settings, at },
});
const enrolled = (address: string, at: number): Happening => ({
  person: address,
  event: { type: 'PersonEnrolled', address, name: 'Alice', language: 'de', at },
});

function people(...happenings: Happening[]): PeopleProjection {
  const rows = new PeopleProjection();
  for (const event of recorded(...happenings)) rows.apply(event);
  return rows;
}

describe('our mail domains', () => {
  it('are found by address, whatever its case', () => {
    const rows = people(domainAdded(10));
    assert.deepEqual(rows.domainOf('Alice@EXAMPLE.org')?.settings, settings);
    assert.equal(rows.domainOf('alice@sub.example.org'), null);
    assert.deepEqual(
      [...rows.domains()].map((d) => [d.domain, d.sinceMs]),
      [['example.org', 10]],
    );
  });
  it('change their settings', () => {
    const changed = { ...settings, certificatesPerPerson: 'one' as const };
    const rows = people(domainAdded(10), {
      domain: 'example.org',
      event: { type: 'MailDomainChanged', settings: changed, at: 20 },
    });
    assert.deepEqual(rows.domainOf('a@example.org')?.settings, changed);
  });
  it('are gone when removed', () => {
    const rows = people(domainAdded(10), {
      domain: 'example.org',
      event: { type: 'MailDomainRemoved', at: 20 },
    });
    assert.equal(rows.domainOf('a@example.org'), null);
    assert.deepEqual([...rows.domains()], []);
  });
});

describe('our people', () => {
  it('have a row from enrolment to removal', () => {
    const history = [enrolled('alice@example.org', 10), enrolled('bert@example.org', 20)];
    assert.equal(people(...history).person('ALICE@example.org')?.sinceMs, 10);
    const rows = people(...history, {
      person: 'alice@example.org',
      event: { type: 'PersonRemoved', at: 30 },
    });
    assert.equal(rows.person('alice@example.org'), null);
    assert.deepEqual(
      [...rows.people()].map((p) => p.address),
      ['bert@example.org'],
    );
  });
  it('carry their newest equipment', () => {
    const openPgp = { keyId: 'k2', fingerprint: 'f2', notAfter: null };
    const rows = people(
      enrolled('alice@example.org', 10),
      {
        person: 'alice@example.org',
        event: { type: 'PersonEquippedWithOpenPgp', openPgp: { ...openPgp, keyId: 'k1' }, at: 20 },
      },
      { person: 'alice@example.org', event: { type: 'PersonEquippedWithOpenPgp', openPgp, at: 30 } },
    );
    assert.deepEqual(rows.person('alice@example.org')?.openPgp, openPgp);
  });
});

describe('the operators', () => {
  it('have roles, a hash for sign-in, and stay in the list when disabled', () => {
    const rows = new OperatorsProjection();
    const history = recorded(
      {
        operator: 'otto',
        event: {
          type: 'OperatorAdded',
          operatorId: 'otto',
          name: 'Otto',
          passwordHash: 'hash 1',
          mustChange: true,
          roles: ['auditor'],
          at: 10,
        },
      },
      { operator: 'otto', event: { type: 'OperatorRolesChanged', roles: ['ca-operator'], at: 20 } },
      {
        operator: 'otto',
        event: { type: 'OperatorPasswordChanged', passwordHash: 'hash 2', mustChange: false, at: 30 },
      },
      { operator: 'otto', event: { type: 'OperatorDisabled', at: 40 } },
    );
    for (const event of history) rows.apply(event);
    assert.deepEqual(rows.get('otto'), {
      status: 'disabled',
      operatorId: 'otto',
      name: 'Otto',
      passwordHash: 'hash 2',
      mustChange: false,
      roles: ['ca-operator'],
      createdAtMs: 10,
    });
    assert.equal([...rows.all()].length, 1);
    assert.equal(rows.get('nobody'), null);
  });
});
