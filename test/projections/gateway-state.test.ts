/** The gateway's state as rows, what differs between two of them, and the shape that snapshots have. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { DEFAULT_PDF_POLICY } from '#domain/pdf/pdf-policy.ts';
import { EMPTY_TEMPLATE } from '#domain/pdf/template-record.ts';
import { DEFAULT_RULE_BOOK } from '#domain/policy/default-rule-book.ts';
import { type GatewayState, gatewayState } from '#projections/gateway-state.ts';
import { READ_MODELS_FORMAT, ReadModels } from '#projections/read-models.ts';
import { stateDifference } from '#projections/state-difference.ts';
import { certificateArrives, type Happening, recorded } from './history.ts';

function modelsAfter(...happenings: Happening[]): ReadModels {
  const models = new ReadModels();
  for (const event of recorded(...happenings)) models.apply(event);
  return models;
}
const stateAfter = (...happenings: Happening[]): GatewayState => gatewayState(modelsAfter(...happenings));

const operator: Happening = {
  operator: 'otto',
  event: {
    type: 'OperatorAdded',
    operatorId: 'otto',
    name: 'Otto',
    passwordHash: '$argon2id$secret',
    mustChange: false,
    roles: ['auditor'],
    at: 5,
  },
};

const NODE_CA = { series: 1, certificate: 'Z3c' };
const NODE_AUTHORITIES = { gateway: NODE_CA, peer: NODE_CA, client: NODE_CA };
const NODE_ADDRESSES = { peerAddress: 'gw:2528', etcdClient: 'https://gw:2379', etcdPeer: 'https://gw:2380' };

/** One of everything, so that every kind of row has its shape. */
const everything: Happening[] = [
  {
    cluster: true,
    event: {
      type: 'ClusterFormed',
      clusterId: 'c',
      generation: 1,
      founder: 'gw',
      authorities: NODE_AUTHORITIES,
      at: 1,
    },
  },
  {
    cluster: true,
    event: {
      type: 'GatewayAdmitted',
      node: 'gw',
      name: 'gw',
      publicKey: 'k',
      nodeKey: 'n',
      site: '',
      ...NODE_ADDRESSES,
      role: 'voter',
      at: 1,
    },
  },
  { cluster: true, event: { type: 'GatewayRemoved', node: 'gw', at: 2 } },
  {
    cluster: true,
    event: { type: 'DivergenceFound', node: 'gw', generation: 1, from: '7', events: 2, at: 3 },
  },
  certificateArrives('aa', { usages: ['ca'] }),
  { certificate: 'aa', event: { type: 'CertificateRevoked', reason: 'superseded', at: 11 } },
  {
    openpgp: 'f1',
    event: {
      type: 'PartnerKeyImported',
      fingerprint: 'f1',
      origin: 'mail',
      publicKey: 'mQ',
      addresses: ['b@x.example'],
      userIds: ['b'],
      createdAt: 1,
      expiresAt: 2,
      usages: ['sign'],
      at: 12,
    },
  },
  {
    key: 'k1',
    event: {
      type: 'KeyGenerated',
      keyId: 'k1',
      technology: 'openpgp',
      usage: 'both',
      owner: { kind: 'person', address: 'a@x.example' },
      publicKey: 'mQ',
      fingerprint: 'f2',
      secret: { v: 1, subject: 's', nonce: 'bm9uY2U', ciphertext: 'Y2lwaGVy' },
      at: 13,
    },
  },
  {
    domain: 'x.example',
    event: {
      type: 'MailDomainAdded',
      domain: 'x.example',
      settings: { enrolAtFirstNeed: true, certificatesPerPerson: 'two', language: 'fr' },
      at: 14,
    },
  },
  {
    partner: 'b@y.example',
    event: {
      type: 'PartnerCapabilitiesLearnt',
      address: 'B@y.example',
      capabilities: [{ oid: '1.2.3', parameters: 'MAA' }],
      certificate: 'aa',
      signedAt: 14,
      at: 14,
    },
  },
  {
    partner: 'b@y.example',
    event: {
      type: 'PartnerProfileChosen',
      address: 'B@y.example',
      profile: 'strong',
      capabilities: [{ oid: '1.2.4', parameters: null }],
      at: 15,
    },
  },
  {
    person: 'a@x.example',
    event: { type: 'PersonEnrolled', address: 'a@x.example', name: 'A', language: 'fr', at: 15 },
  },
  {
    person: 'a@x.example',
    event: {
      type: 'PersonEquippedWithSmime',
      smime: {
        signature: { keyId: 'k', certificate: 'c' },
        encryption: { keyId: 'k', certificate: 'c' },
        notAfter: 9,
      },
      at: 16,
    },
  },
  {
    person: 'a@x.example',
    event: {
      type: 'PersonEquippedWithOpenPgp',
      openPgp: { keyId: 'k1', fingerprint: 'f2', notAfter: null },
      at: 17,
    },
  },
  {
    anchor: 'aa',
    event: { type: 'TrustAnchorAdded', sha256: 'aa', der: 'MAA', subject: 'CN', notAfter: 9, at: 18 },
  },
  {
    authority: 'internal',
    event: {
      type: 'AuthorityCreated',
      authorityId: 'internal',
      keyId: 'k',
      der: 'MAA',
      sha256: 'bb',
      subject: 'CN',
      notAfter: 9,
      crlUrl: 'u',
      at: 19,
    },
  },
  {
    authority: 'internal',
    event: { type: 'SerialRevoked', serial: '01', reason: 'unspecified', notAfter: 9, at: 20 },
  },
  {
    authority: 'internal',
    event: { type: 'CrlIssued', number: 1, thisUpdate: 1, nextUpdate: 2, der: 'MAA', at: 21 },
  },
  { rules: true, event: { type: 'RuleBookPublished', book: DEFAULT_RULE_BOOK, at: 22 } },
  { rules: true, event: { type: 'RuleBookDraftSaved', book: { ...DEFAULT_RULE_BOOK, rules: [] }, at: 23 } },
  operator,
  {
    pdfPair: 'a@x.example/b@y.example',
    event: {
      type: 'PdfPasswordSet',
      sender: 'a@x.example',
      recipient: 'b@y.example',
      origin: 'made',
      secret: { v: 1, subject: 's', nonce: 'bm9uY2U', ciphertext: 'Y2lwaGVy' },
      expiresAt: null,
      spoolId: 'gw.1.a',
      at: 24,
    },
  },
  {
    pdfInvitation: 'a@x.example/b@y.example',
    event: {
      type: 'PdfPartnerInvited',
      sender: 'a@x.example',
      recipient: 'b@y.example',
      spoolId: 'gw.1.a',
      invitedBy: 'a@x.example',
      expiresAt: 99,
      at: 25,
    },
  },
  { pdfAccess: 'a@x.example/b@y.example', event: { type: 'PdfLoginAttempted', at: 26 } },
  {
    pdfTemplate: 'x.example',
    event: { type: 'PdfTemplateSet', domain: 'x.example', template: EMPTY_TEMPLATE, at: 27 },
  },
  { pdfPolicy: true, event: { type: 'PdfPolicySet', policy: DEFAULT_PDF_POLICY, at: 28 } },
];

describe('the state of the gateway', () => {
  it('has a row of everything, and neither a secret nor a password hash', () => {
    const state = stateAfter(...everything);
    assert.equal(state.position, String(everything.length));
    assert.equal(state.ruleBook?.position, '19');
    assert.deepEqual(
      [
        state.mailDomains,
        state.people,
        state.certificates,
        state.partnerKeys,
        state.keys,
        state.pdfPairs,
      ].map((r) => r.length),
      [1, 1, 1, 1, 1, 1],
    );
    assert.deepEqual(state.authorities[0]?.revokedSerials, ['01']);
    assert.equal(state.operators[0]?.id, 'otto');
    assert.doesNotMatch(JSON.stringify(state), /argon2|Y2lwaGVy|bm9uY2U/);
  });
});

describe('the difference between two states', () => {
  const before = stateAfter(certificateArrives('aa'), operator);
  it('is empty for the same', () => assert.deepEqual(stateDifference(before, before), []));
  it('names what came, what went, and what changed in what', () => {
    const after = stateAfter(
      certificateArrives('aa'),
      operator,
      certificateArrives('bb'),
      { certificate: 'aa', event: { type: 'CertificateDistrusted', at: 30 } },
      { operator: 'otto', event: { type: 'OperatorDisabled', at: 40 } },
    );
    assert.deepEqual(stateDifference(before, after), [
      {
        section: 'certificates',
        id: 'smime/aa',
        kind: 'changed',
        fields: [{ name: 'trust', before: 'by-path', after: 'distrusted' }],
      },
      { section: 'certificates', id: 'smime/bb', kind: 'added', fields: [] },
      {
        section: 'operators',
        id: 'otto',
        kind: 'changed',
        fields: [{ name: 'state', before: 'enabled', after: 'disabled' }],
      },
    ]);
    assert.deepEqual(
      stateDifference(after, before).map((d) => [d.id, d.kind]),
      [
        ['smime/bb', 'removed'],
        ['smime/aa', 'changed'],
        ['otto', 'changed'],
      ],
    );
  });
});

/** Names and types without values. The rule book has a version of its own. */
function shapeOf(value: unknown): unknown {
  if (value instanceof Map) return ['map', ...[...value.values()].slice(0, 1).map(shapeOf)];
  if (value instanceof Set) return ['set', ...[...value].slice(0, 1).map(shapeOf)];
  if (Array.isArray(value)) return ['array', ...value.slice(0, 1).map(shapeOf)];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  const fields = Object.entries(value).filter(([name]) => name !== 'book');
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, shapeOf(v)]));
}

describe('the shape of a snapshot', () => {
  it('is the one of its format: whoever changes the rows raises READ_MODELS_FORMAT and writes the new one here', () => {
    const { parts } = modelsAfter(...everything).save();
    const shape = createHash('sha256')
      .update(JSON.stringify(parts.map(shapeOf)))
      .digest('hex');
    assert.deepEqual(
      { format: READ_MODELS_FORMAT, shape },
      { format: 6, shape: '9fb5eed61342420f991d71db8a8d85ab63676435b27321ff1ad85791c9d84563' },
    );
  });
});
