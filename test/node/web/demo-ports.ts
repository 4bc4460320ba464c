/** The management's ports over plain lists in memory, with one of everything, for the tests of the management itself. */

import { randomUUID } from 'node:crypto';
import type { Replacement } from '#domain/cluster/replacement.ts';
import { DEFAULT_RULE_BOOK } from '#domain/policy/default-rule-book.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { DrainState } from '#node/shadow/drain-protocol.ts';
import { type Actor, AdminRefusal } from '#node/web/admin-request.ts';
import type { AdminPorts } from '#node/web/all-admin-ports.ts';
import type { AskGateways } from '#node/web/all-traces.ts';
import type { AuditRow } from '#node/web/audit-admin-port.ts';
import type { CertificateDetail } from '#node/web/certificates-admin-port.ts';
import type { ClusterStatus } from '#node/web/cluster-admin-port.ts';
import type { MailboxMail } from '#node/web/mailbox-admin-port.ts';
import type { OperatorRow } from '#node/web/operators-admin-port.ts';
import type { QueueRow } from '#node/web/queue-admin-port.ts';
import { replacementPlan, replacementRow } from '#node/web/replacement-steps.ts';
import type { GatewayStatus } from '#node/web/status-admin-port.ts';
import { pairWithWitness, replacementOf, withoutMember } from './demo-cluster.ts';
import { demoPdf } from './demo-pdf.ts';

const NOW = Date.now();
const DAY = 86_400_000;

type Credential = OperatorRow & { passwordHash: string };

export interface DemoState {
  readonly status: GatewayStatus;
  readonly operators: Map<string, Credential>;
  readonly certificates: Map<string, CertificateDetail>;
  readonly people: Map<string, { name: string; enrolled: boolean }>;
  readonly domains: Set<string>;
  readonly queue: QueueRow[];
  readonly mailbox: MailboxMail[];
  cluster: ClusterStatus;
  replacing: (Replacement & { readonly reason: string }) | null;
  /** Instead of this gateway alone. */
  askTraces: AskGateways | null;
  drain: DrainState;
  readonly commands: { name: string; by: Actor }[];
  published: RuleBook;
  draft: RuleBook | null;
  version: number;
}

export const healthy: GatewayStatus = {
  node: 'gateway-1',
  hostname: 'gateway.example.org',
  version: '0.1.0',
  tryOut: true,
  processes: (['ledger', 'keys', 'receive', 'protect', 'send', 'fetch', 'mailbox', 'web'] as const).map(
    (name) => ({ name, state: 'ready', sinceMs: NOW - DAY, detail: '' }),
  ),
  log: {
    mode: 'single',
    head: '1284',
    headHash: 'ab'.repeat(32),
    writable: true,
    reason: '',
    damagedAt: null,
    notice: '',
  },
  copies: null,
  line: { facts: 0, waits: [] },
  spool: { waiting: 2, held: 0, damaged: 0, undecided: 0, freeBytes: 48 * 1024 ** 3 },
  queue: { waiting: 1, deferred: 0, oldestMs: NOW - 4_000 },
  listeners: [
    { name: 'inside', address: '127.0.0.1', port: 2525, zone: 'inside' },
    { name: 'outside', address: '127.0.0.1', port: 2526, zone: 'outside' },
  ],
  cluster: null,
};

function certificate(over: Partial<CertificateDetail> & { id: string }): CertificateDetail {
  const [technology, fingerprint = ''] = over.id.split('/');
  return {
    technology: technology as 'smime' | 'openpgp',
    kind: 'partner',
    name: 'Petra Partner',
    addresses: ['petra@partner.example'],
    issuer: 'Partner Mail CA',
    fingerprint,
    algorithm: 'RSA 3072',
    usage: ['sign', 'encrypt'],
    notBeforeMs: NOW - 100 * DAY,
    notAfterMs: NOW + 200 * DAY,
    trust: 'trusted',
    revoked: false,
    usable: true,
    origin: 'mail',
    serial: '4f2a91c07d33',
    subject: 'CN=Petra Partner, O=Partner GmbH, C=DE',
    chain: [],
    problems: [],
    revokedAtMs: null,
    revocationReason: '',
    importedAtMs: NOW - 20 * DAY,
    importedBy: 'operator/admin',
    exports: ['pem', 'der'],
    abilities: [],
    history: [],
    ...over,
  };
}

const certificates = (): CertificateDetail[] => [
  certificate({
    id: `smime/${'1a'.repeat(32)}`,
    history: [
      {
        position: '812',
        kind: 'CertificateTrusted',
        atMs: NOW - 19 * DAY,
        actor: 'operator/admin',
        reason: 'fingerprint compared by telephone',
      },
      { position: '801', kind: 'CertificateImported', atMs: NOW - 20 * DAY, actor: 'system', reason: '' },
    ],
    chain: [
      { id: `smime/${'1a'.repeat(32)}`, name: 'Petra Partner' },
      { id: `smime/${'ca'.repeat(32)}`, name: 'Partner Mail CA' },
    ],
  }),
  certificate({
    id: `smime/${'2b'.repeat(32)}`,
    kind: 'own',
    name: 'Anna Muster',
    addresses: ['anna@example.org'],
    issuer: 'Sealgate CA of gateway-1',
    origin: 'own-ca',
    usage: ['encrypt'],
    exports: ['pem', 'der', 'p12'],
  }),
  certificate({
    id: `smime/${'3c'.repeat(32)}`,
    name: 'Otto Alt',
    addresses: ['otto@old.example'],
    notAfterMs: NOW - 3 * DAY,
    usable: false,
    trust: 'undecided',
    problems: ['expired', 'not-trusted'],
  }),
  certificate({
    id: `openpgp/${'4d'.repeat(20)}`,
    name: 'Lea Liberty <lea@liberty.example>',
    addresses: ['lea@liberty.example'],
    issuer: '',
    algorithm: 'Curve25519',
    notAfterMs: null,
    serial: '',
    subject: 'Lea Liberty <lea@liberty.example>',
    trust: 'undecided',
    usable: false,
    problems: ['not-trusted'],
    exports: ['openpgp-armored', 'openpgp-binary'],
  }),
  certificate({
    id: `smime/${'ca'.repeat(32)}`,
    kind: 'authority',
    name: 'Partner Mail CA',
    addresses: [],
    issuer: 'Partner Mail CA',
    usage: ['certify'],
  }),
];

const MAIL_SOURCE = [
  'Received: from gateway.example.org by mailbox; Mon, 23 Nov 2026 09:29:58 +0000',
  'From: Anna Muster <anna@example.org>',
  'To: petra@partner.example',
  'Subject: Our offer',
  'MIME-Version: 1.0',
  'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
  'Content-Transfer-Encoding: base64',
  '',
  ...Array.from({ length: 20 }, (_, i) => `MIIN${'0123456789abcdef'.repeat(4).slice(i % 9)}${i}`),
  '',
].join('\r\n');

export function demoState(): DemoState {
  const mail = (id: string, protection: MailboxMail['protection'], answerable: boolean): MailboxMail => ({
    id,
    arrivedAtMs: NOW - 60_000,
    sender: 'anna@example.org',
    recipients: ['petra@partner.example'],
    subject: 'Our offer',
    protection,
    sizeBytes: 8_421,
    source: MAIL_SOURCE,
    truncated: false,
    statusHeader: answerable ? '' : 'encrypted: opened; signature: valid, petra@partner.example',
    answerable,
    reading: {
      subject: 'Our offer',
      text: 'Dear Petra,\n\nhere is the offer we spoke about.\n\nAnna\n',
      technology: answerable ? 'smime' : null,
      encryption: answerable ? 'opened' : 'none',
      signature: answerable ? 'valid' : 'none',
      problem: null,
      signerAddress: answerable ? 'anna@example.org' : '',
      signerIssuer: answerable ? 'CN=Example Mail CA' : '',
      algorithms: answerable ? ['AES-256-CBC', 'RSA PKCS#1 v1.5', 'RSA with SHA-256'] : [],
    },
  });
  return {
    status: healthy,
    operators: new Map(),
    certificates: new Map(certificates().map((c) => [c.id, c])),
    people: new Map([
      ['anna@example.org', { name: 'Anna Muster', enrolled: true }],
      ['ben@example.org', { name: 'Ben Beispiel', enrolled: false }],
    ]),
    domains: new Set(['example.org']),
    queue: [],
    cluster: pairWithWitness,
    replacing: null,
    askTraces: null,
    drain: { draining: false, left: 5, inLine: 0, queued: 3, held: 2, handedOver: 0, waitsFor: '' },
    mailbox: [mail('m1', 'smime-encrypted', true), mail('m2', 'clear', false)],
    commands: [],
    published: DEFAULT_RULE_BOOK,
    draft: null,
    version: 1,
  };
}

const auditRows: AuditRow[] = Array.from({ length: 12 }, (_, i) => ({
  position: String(1284 - i),
  stream: i % 3 === 0 ? 'rule-book' : `certificate/${'1a'.repeat(32)}`,
  version: 12 - i,
  kind: i % 3 === 0 ? 'RuleBookPublished' : 'CertificateTrusted',
  atMs: NOW - i * 3_600_000,
  actor: 'operator/admin',
  reason: i % 3 === 0 ? 'partner asked for signed mail' : '',
  node: 'gateway-1',
  hash: 'cd'.repeat(32),
  payload: JSON.stringify({ at: NOW - i * 3_600_000, fingerprint: '1a'.repeat(32) }, null, 2),
}));

export function demoPorts(state: DemoState): AdminPorts {
  const done = (name: string, by: Actor): void => void state.commands.push({ name, by });
  const known = <T>(value: T | undefined): T => {
    if (value === undefined) throw new AdminRefusal('unknown', 'no such thing');
    return value;
  };
  const paged = <T>(rows: T[], page: number, pageRows: number) => ({
    rows: rows.slice(page * pageRows, (page + 1) * pageRows),
    total: rows.length,
  });
  const fitsVersion = (version: number): void => {
    if (version !== state.version) throw new AdminRefusal('conflict', 'changed meanwhile');
    state.version += 1;
  };
  return {
    status: { status: async () => state.status },
    cluster: {
      status: async () => {
        const { cluster, replacing } = state;
        return { ...cluster, replacement: replacing && replacementRow(cluster, replacing) };
      },
      plan: async () => ['etcd 3.5.33 is started on 127.0.0.1:2379 and 127.0.0.1:2380'],
      init: async (by) => {
        state.cluster = pairWithWitness;
        done('init', by);
      },
      drain: async ({ member, on }, by) => {
        done(`drain ${member}${on ? '' : ' ended'}`, by);
        state.drain = { ...state.drain, draining: on };
        return state.drain;
      },
      draining: async () => state.drain,
      remove: async ({ member, force }, by) => {
        state.cluster = withoutMember(state.cluster, member);
        done(`remove ${member}${force ? ' forced' : ''}`, by);
      },
      recover: async ({ dead, cancel }, by) =>
        done(cancel ? 'recovery called off' : `recover ${dead.join(' ')}`, by),
      replacePlan: async ({ member }) => {
        const lost = known(state.cluster.members.find(({ node }) => node === member));
        return { node: lost.node, name: lost.name, ...replacementPlan(state.cluster, lost) };
      },
      replace: async ({ member }, by) => {
        const lost = known(state.cluster.members.find(({ node }) => node === member));
        state.replacing = { ...replacementOf(state.cluster, lost, by.atMs), reason: by.reason };
        done(`replace ${member}`, by);
      },
      endReplacement: async (by) => {
        state.replacing = null;
        done('replacement ended', by);
      },
      token: async ({ role }, by) => {
        done(`token ${role}`, by);
        return {
          token: `SG1.${'Zm9vYmFy'.repeat(12)}`,
          expiresAtMs: NOW + 3_600_000,
          address: '192.0.2.10:2528',
        };
      },
    },
    pdf: demoPdf(NOW, done),
    queue: {
      list: async () => state.queue,
      retry: async (_request, by) => done('retry', by),
      remove: async (_request, by) => done('remove', by),
      held: async () => [],
      release: async (_request, by) => done('release', by),
      drop: async (_request, by) => done('drop', by),
    },
    certificates: {
      list: async ({ search, kind, technology, page, pageRows }) =>
        paged(
          [...state.certificates.values()].filter(
            (c) =>
              (kind === null || c.kind === kind) &&
              (technology === null || c.technology === technology) &&
              `${c.name} ${c.addresses}`.toLowerCase().includes(search.toLowerCase()),
          ),
          page,
          pageRows,
        ),
      get: async (id) => state.certificates.get(id) ?? null,
      import: async ({ fileName, password }, by) => {
        if (fileName.endsWith('.p12') && password !== 'geheim') {
          throw new AdminRefusal('wrong-password', 'the password does not open the file');
        }
        done('import', by);
        const id = `smime/${'1a'.repeat(32)}`;
        return {
          entries: [
            { what: 'certificate', name: 'petra@partner.example', outcome: 'imported', note: '', id },
            {
              what: 'certificate',
              name: 'nobody',
              outcome: 'refused',
              note: 'it names no mail address',
              id: null,
            },
          ],
        };
      },
      export: async ({ id, format }, by) => {
        known(state.certificates.get(id));
        done(`export ${format}`, by);
        return { fileName: `c.${format}`, mediaType: 'application/x-pem-file', bytes: Buffer.from('PEM') };
      },
      setTrust: async ({ id, trust }, by) => {
        state.certificates.set(id, {
          ...known(state.certificates.get(id)),
          trust,
          usable: trust === 'trusted',
        });
        done(`trust ${trust}`, by);
      },
      revoke: async ({ id, reason }, by) => {
        const before = known(state.certificates.get(id));
        if (before.revoked) throw new AdminRefusal('revoked', 'revoked before');
        state.certificates.set(id, { ...before, revoked: true, usable: false, revocationReason: reason });
        done('revoke', by);
      },
      chooseProfile: async ({ profile }, by) => done(`profile ${profile}`, by),
      createKeys: async (_request, by) => {
        done('createKeys', by);
        return [`smime/${'1a'.repeat(32)}`];
      },
    },
    people: {
      list: async ({ search, page, pageRows }) =>
        paged(
          [...state.people]
            .filter(([address, { name }]) => `${address} ${name}`.includes(search))
            .map(([address, p]) => ({ address, ...p, smime: p.enrolled ? 2 : 0, openpgp: 0, sinceMs: NOW })),
          page,
          pageRows,
        ),
      enroll: async ({ address, name }, by) => {
        state.people.set(address, { name, enrolled: true });
        done('enroll', by);
      },
      withdraw: async ({ address }, by) => {
        state.people.set(address, { ...known(state.people.get(address)), enrolled: false });
        done('withdraw', by);
      },
      domains: async () =>
        [...state.domains].map((domain) => ({ domain, language: 'en', people: 2, sinceMs: NOW })),
      addDomain: async ({ domain }, by) => {
        if (state.domains.has(domain)) throw new AdminRefusal('already-known', domain);
        state.domains.add(domain);
        done('addDomain', by);
      },
      setDomainLanguage: async (_request, by) => done('setDomainLanguage', by),
      removeDomain: async ({ domain }, by) => {
        state.domains.delete(domain);
        done('removeDomain', by);
      },
    },
    policy: {
      state: async () => ({
        published: {
          book: state.published,
          position: '1281',
          atMs: NOW - DAY,
          by: 'operator/admin',
          reason: 'first rules',
        },
        draft: state.draft && { book: state.draft, savedAtMs: NOW, by: 'operator/admin' },
        version: state.version,
      }),
      saveDraft: async ({ book, version }, by) => {
        fitsVersion(version);
        state.draft = book;
        done('saveDraft', by);
      },
      discardDraft: async ({ version }, by) => {
        fitsVersion(version);
        state.draft = null;
        done('discardDraft', by);
      },
      publish: async ({ version }, by) => {
        fitsVersion(version);
        state.published = state.draft ?? state.published;
        state.draft = null;
        done('publish', by);
      },
      explain: async ({ mail }) =>
        mail.recipients.map((recipient) => ({
          recipient,
          direction: 'outgoing',
          rule: 'Outgoing',
          actions: ['sign', 'encrypt by S/MIME'],
          reasons: [
            { rule: 'Bounces to the outside', matched: false, why: 'it has a sender' },
            { rule: 'Outgoing', matched: true, why: 'the mail is outgoing' },
          ],
          result: 'leaves signed and encrypted by S/MIME',
        })),
    },
    operators: {
      list: async () => [...state.operators.values()].map(({ passwordHash: _, ...row }) => row),
      credential: async (id) => state.operators.get(id) ?? null,
      create: async (request, by) => {
        if (state.operators.has(request.id)) throw new AdminRefusal('already-known', request.id);
        state.operators.set(request.id, { ...request, enabled: true });
        done('createOperator', by);
      },
      setRoles: async ({ id, roles }, by) => {
        state.operators.set(id, { ...known(state.operators.get(id)), roles });
        done('setRoles', by);
      },
      setPassword: async ({ id, passwordHash, mustChange }, by) => {
        state.operators.set(id, { ...known(state.operators.get(id)), passwordHash, mustChange });
        done('setPassword', by);
      },
      setEnabled: async ({ id, enabled }, by) => {
        state.operators.set(id, { ...known(state.operators.get(id)), enabled });
        done('setEnabled', by);
      },
    },
    audit: {
      events: async ({ before, limit, search }) => {
        const fitting = auditRows.filter((row) => `${row.kind} ${row.reason}`.includes(search));
        const from = before === null ? 0 : fitting.findIndex((row) => BigInt(row.position) < BigInt(before));
        return { rows: from === -1 ? [] : fitting.slice(from, from + limit), next: null };
      },
    },
    mailbox: {
      list: async () => state.mailbox.map(({ source: _, ...row }) => row),
      get: async (id) => state.mailbox.find((mail) => mail.id === id) ?? null,
      sendSample: async ({ technology }) => {
        const first = known(state.mailbox[0]);
        const protection = technology === 'smime' ? 'smime-encrypted' : 'openpgp-encrypted';
        state.mailbox.unshift({ ...first, id: randomUUID(), protection, arrivedAtMs: Date.now() });
      },
      answerEncrypted: async ({ id }) => void known(state.mailbox.find((mail) => mail.id === id)),
      clear: async () => void state.mailbox.splice(0),
    },
  };
}
