/** All read models together: no gap, and a snapshot is as good as a replay. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { DEFAULT_RULE_BOOK } from '#domain/policy/default-rule-book.ts';
import { ReadModels } from '#projections/read-models.ts';
import type { RecordedEvent } from '#projections/recorded-event.ts';
import { certificateArrives, type Happening, recorded } from './history.ts';

const FEW = ['a', 'b', 'c'] as const;
const id = fc.constantFrom(...FEW);
const at = fc.integer({ min: 1, max: 1_000 });
const addresses = fc.uniqueArray(fc.constantFrom('a@x.example', 'B@x.example', 'c@y.example'), {
  minLength: 1,
  maxLength: 3,
});
const keyOf = (type: 'PartnerKeyImported' | 'PartnerKeyUpdated') =>
  fc.tuple(id, addresses, at).map(([openpgp, found, when]): Happening => {
    const facts = {
      publicKey: 'mQ',
      addresses: found,
      userIds: found,
      createdAt: 1,
      expiresAt: null,
      usages: ['sign'] as const,
    };
    if (type === 'PartnerKeyUpdated') return { openpgp, event: { type, origin: 'mail', ...facts, at: when } };
    return { openpgp, event: { type, fingerprint: openpgp, origin: 'mail', ...facts, at: when } };
  });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc
    .tuple(id, addresses, fc.boolean())
    .map(([sha256, found, ca]) =>
      certificateArrives(sha256, { addresses: found, usages: ca ? ['ca'] : ['sign'] }),
    ),
  fc
    .tuple(id, at)
    .map(
      ([certificate, when]): Happening => ({ certificate, event: { type: 'CertificateTrusted', at: when } }),
    ),
  fc.tuple(id, at).map(
    ([certificate, when]): Happening => ({
      certificate,
      event: { type: 'CertificateRevoked', reason: 'superseded', at: when },
    }),
  ),
  keyOf('PartnerKeyImported'),
  keyOf('PartnerKeyUpdated'),
  fc
    .tuple(id, at)
    .map(([openpgp, when]): Happening => ({ openpgp, event: { type: 'PartnerKeyTrusted', at: when } })),
  fc.tuple(id, at).map(
    ([person, when]): Happening => ({
      person: `${person}@x.example`,
      event: {
        type: 'PersonEnrolled',
        address: `${person}@x.example`,
        name: '',
        language: 'en',
        at: when,
      },
    }),
  ),
  fc.tuple(id, id, at).map(
    ([partner, certificate, when]): Happening => ({
      partner: `${partner}@y.example`,
      event: {
        type: 'PartnerCapabilitiesLearnt',
        address: `${partner}@y.example`,
        capabilities: [{ oid: '1.2.3', parameters: null }],
        certificate,
        signedAt: when,
        at: when,
      },
    }),
  ),
  fc.tuple(id, at).map(
    ([person, when]): Happening => ({
      person: `${person}@x.example`,
      event: { type: 'PersonRemoved', at: when },
    }),
  ),
  fc.tuple(id, at).map(
    ([domain, when]): Happening => ({
      domain: `${domain}.example`,
      event: {
        type: 'MailDomainAdded',
        domain: `${domain}.example`,
        settings: { enrolAtFirstNeed: false, certificatesPerPerson: 'one', language: 'nl' },
        at: when,
      },
    }),
  ),
  fc.tuple(id, at).map(
    ([domain, when]): Happening => ({
      domain: `${domain}.example`,
      event: { type: 'MailDomainRemoved', at: when },
    }),
  ),
  fc.tuple(id, at).map(
    ([anchor, when]): Happening => ({
      anchor,
      event: { type: 'TrustAnchorAdded', sha256: anchor, der: 'MAA', subject: '', notAfter: 1, at: when },
    }),
  ),
  fc.tuple(id, at).map(
    ([authority, when]): Happening => ({
      authority,
      event: {
        type: 'AuthorityCreated',
        authorityId: authority,
        keyId: 'k',
        der: 'MAA',
        sha256: 'aa',
        subject: '',
        notAfter: 1,
        crlUrl: '',
        at: when,
      },
    }),
  ),
  fc.tuple(id, id, at).map(
    ([authority, serial, when]): Happening => ({
      authority,
      event: { type: 'SerialRevoked', serial, reason: 'unspecified', notAfter: 1, at: when },
    }),
  ),
  fc.tuple(id, at).map(
    ([operator, when]): Happening => ({
      operator,
      event: {
        type: 'OperatorAdded',
        operatorId: operator,
        name: '',
        passwordHash: 'h',
        mustChange: false,
        roles: ['auditor'],
        at: when,
      },
    }),
  ),
  at.map(
    (when): Happening => ({
      rules: true,
      event: { type: 'RuleBookDraftSaved', book: DEFAULT_RULE_BOOK, at: when },
    }),
  ),
  at.map(
    (when): Happening => ({
      rules: true,
      event: { type: 'RuleBookPublished', book: DEFAULT_RULE_BOOK, at: when },
    }),
  ),
);

function replayed(events: readonly RecordedEvent[], onto = new ReadModels()): ReadModels {
  for (const event of events) onto.apply(event);
  return onto;
}

/** Everything that can be asked of the models, in the order in which they answer. */
const answers = (models: ReadModels): unknown => ({
  saved: models.save(),
  certificates: [...models.certificates.all()],
  authorityCertificates: models.certificates.authorities(),
  byAddress: ['a@x.example', 'b@x.example', 'c@y.example'].map((address) => [
    models.certificates.ofAddress(address),
    models.partnerKeys.ofAddress(address),
    models.people.person(address),
    models.people.domainOf(address),
  ]),
  people: [...models.people.people()],
  domains: [...models.people.domains()],
  authorities: [...models.authorities.authorities()],
  anchors: [...models.authorities.anchors()],
  operators: [...models.operators.all()],
  partners: [...models.partners.all()],
});

describe('the read models', () => {
  it('refuse an event that does not follow: a fold with a hole would serve a wrong policy', () => {
    const [first, second, third] = recorded(
      certificateArrives('a'),
      certificateArrives('b'),
      certificateArrives('c'),
    ) as [RecordedEvent, RecordedEvent, RecordedEvent];
    const models = replayed([first]);
    assert.throws(() => models.apply(third), /event 3 after 1/);
    assert.throws(() => models.apply(first), /event 1 after 1/);
    models.apply(second);
    assert.equal(models.position, 2n);
  });

  it('refuse an event of a newer program', () => {
    const [event] = recorded(certificateArrives('a')) as [RecordedEvent];
    assert.throws(() => new ReadModels().apply({ ...event, schema: 99 }), { code: 'unknown-event' });
  });

  it('restored from a snapshot at any point and fed the rest are what a replay gives', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), fc.nat(60), (history, cut) => {
        const events = recorded(...history);
        const written = serialize(replayed(events.slice(0, cut)).save());
        const restored = new ReadModels();
        restored.restore(deserialize(written) as ReturnType<ReadModels['save']>);
        assert.deepEqual(answers(replayed(events.slice(cut), restored)), answers(replayed(events)));
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it('can be written down with a CRL of very many lines', () => {
    const models = new ReadModels();
    const lines = 30_000;
    const revoked: Happening[] = Array.from({ length: lines }, (_, n) => ({
      authority: 'a',
      event: { type: 'SerialRevoked', serial: n.toString(16), reason: 'unspecified', notAfter: 1, at: 1 },
    }));
    const created: Happening = {
      authority: 'a',
      event: {
        type: 'AuthorityCreated',
        authorityId: 'a',
        keyId: 'k',
        der: 'MAA',
        sha256: 'aa',
        subject: '',
        notAfter: 1,
        crlUrl: '',
        at: 1,
      },
    };
    replayed(recorded(created, ...revoked), models);
    const restored = new ReadModels();
    restored.restore(deserialize(serialize(models.save())) as ReturnType<ReadModels['save']>);
    assert.equal([...restored.authorities.authorities()][0]?.revoked?.line.serial, (lines - 1).toString(16));
  });
});
