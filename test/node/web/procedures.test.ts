/** The procedures of the management: who may call them, what they refuse, what they record. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { Role } from '#domain/operators/role.ts';
import { adminRouter } from '#node/web/admin-router.ts';
import { mayCall, PROCEDURE_ACCESS } from '#node/web/roles.ts';
import { PASSWORD, type RunningWeb, runningWeb } from './running-web.ts';
import { type WebClient, webClient } from './web-client.ts';

interface KnownProcedure {
  readonly _def: { readonly type: string; readonly meta?: { changes: boolean } };
}
const procedures = adminRouter._def.procedures as unknown as Record<string, KnownProcedure>;
const names = Object.keys(adminRouter._def.record).flatMap((topic) =>
  Object.keys((adminRouter._def.record as Record<string, object>)[topic]!).map((name) => `${topic}.${name}`),
);
const ROLES: Role[] = [
  'administrator',
  'network-operator',
  'user-operator',
  'ca-operator',
  'policy-operator',
  'system-operator',
  'auditor',
];

describe('roles (features A2)', () => {
  it('has every procedure in the table, and nothing else', () => {
    assert.deepEqual(names.sort(), Object.keys(PROCEDURE_ACCESS).sort());
  });

  it('lets the auditor see and change nothing', () => {
    for (const name of names.filter((n) => !n.startsWith('session.'))) {
      const { changes } = procedureOf(name)._def.meta!;
      assert.equal(mayCall(name, ['auditor']), !changes, name);
    }
  });

  it('gives each change to one role beside the administrator at most', () => {
    for (const name of names.filter((n) => !n.startsWith('session.') && procedureOf(n)._def.meta!.changes)) {
      const able = ROLES.filter((role) => mayCall(name, [role]));
      assert.ok(able.includes('administrator'), name);
      assert.ok(able.length <= 2, `${name}: ${able}`);
    }
  });

  it('opens nothing but the sign-in to strangers', () => {
    const open = names.filter((name) => mayCall(name, null));
    assert.deepEqual(open.sort(), ['session.current', 'session.signIn', 'session.signOut']);
    assert.equal(mayCall('no.such', ['administrator']), false);
    assert.equal(mayCall('constructor', ['administrator']), false);
  });
});

function procedureOf(name: string): KnownProcedure {
  const found = procedures[name];
  assert.ok(found, name);
  return found;
}

describe('the running management', () => {
  let web: RunningWeb;
  let admin: WebClient;
  before(async () => {
    web = await runningWeb();
    await web.addOperator('anna', ['administrator']);
    await web.addOperator('carl', ['ca-operator']);
    await web.addOperator('aud', ['auditor']);
    admin = webClient(web.url);
    await admin.signIn('anna', PASSWORD);
  });
  after(() => web.dispose());

  it('enforces roles on the server for every call', async () => {
    for (const role of ROLES) await web.addOperator(role, [role]);
    for (const role of ROLES) {
      const client = webClient(web.url);
      await client.signIn(role, PASSWORD);
      for (const name of names.filter((n) => !n.startsWith('session.'))) {
        const isMutation = procedureOf(name)._def.type === 'mutation';
        // An empty input is refused by its shape, after the roles were asked.
        const answer = isMutation ? await client.mutate(name, {}) : await client.query(name, { none: 1 });
        assert.equal(answer.status === 403, !mayCall(name, [role]), `${role} ${name}: ${answer.status}`);
      }
    }
  });

  it('puts who and why into a command', async () => {
    const carl = webClient(web.url);
    await carl.signIn('carl', PASSWORD);
    const id = `smime/${'3c'.repeat(32)}`;
    const refused = await carl.mutate('certificates.setTrust', { id, trust: 'trusted', reason: '' });
    assert.equal(refused.status, 400, 'a reason is needed');
    const answer = await carl.mutate('certificates.setTrust', { id, trust: 'trusted', reason: 'compared' });
    assert.equal(answer.status, 200);
    const { name, by } = web.state.commands.at(-1)!;
    assert.equal(name, 'trust trusted');
    assert.equal(by.actor, 'operator/carl');
    assert.equal(by.reason, 'compared');
    assert.match(by.requestId, /^[0-9a-f-]{36}$/);
  });

  it('takes no line breaks into what ends in events and headers (threat 31)', async () => {
    const before = web.state.commands.length;
    for (const reason of ['one\r\ntwo', 'one\ntwo', 'nul\0', 'line\u2028separator']) {
      assert.equal(
        (await admin.mutate('people.withdraw', { address: 'anna@example.org', reason })).status,
        400,
      );
    }
    const address = 'a@example.org\r\nBcc: all@example.org';
    assert.equal((await admin.mutate('people.enroll', { address, name: 'x' })).status, 400);
    assert.equal(web.state.commands.length, before);
  });

  it('tells a refusal by its word and hides a fault', async () => {
    const twice = await admin.mutate('people.addDomain', { domain: 'example.org' });
    assert.equal(twice.status, 409);
    assert.equal(twice.error?.data.refusal, 'already-known');
    const unknown = await admin.query('certificates.get', { id: `smime/${'00'.repeat(32)}` });
    assert.equal(unknown.status, 404);
    Object.defineProperty(web.state, 'domains', { value: null, configurable: true, writable: true });
    const fault = await admin.query('people.domains');
    assert.equal(fault.status, 500);
    assert.equal(fault.error?.message, 'internal error');
    assert.ok(!JSON.stringify(fault.error).includes('demo-ports'), 'no stack');
    Object.defineProperty(web.state, 'domains', { value: new Set(['example.org']), configurable: true });
  });

  it('refuses requests that another site sends', async () => {
    const input = { address: 'eve@example.org', name: '' };
    assert.equal((await admin.mutate('people.enroll', input, {})).status, 403, 'no header of ours');
    const foreign = { 'x-sealgate-request': 'x', 'sec-fetch-site': 'cross-site' };
    assert.equal(await rawStatus(web.url, '/trpc/people.enroll', foreign, admin.cookie), 403);
    const preflight = await fetch(`${web.url}/trpc/people.enroll`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-headers': 'x-sealgate-request' },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
    assert.ok(!web.state.people.has('eve@example.org'));
  });

  it('reads no large body before a sign-in', async () => {
    const stranger = webClient(web.url);
    const base64 = 'A'.repeat(100_000);
    assert.equal((await stranger.mutate('certificates.import', { fileName: 'x', base64 })).status, 413);
    const imported = await admin.mutate('certificates.import', { fileName: 'x.pem', base64 });
    assert.equal(imported.status, 200);
  });

  it('asks for the password of a file and reports each entry', async () => {
    const file = { fileName: 'keys.p12', base64: 'AAAA' };
    const asked = await admin.mutate('certificates.import', file);
    assert.equal(asked.error?.data.refusal, 'wrong-password');
    const { data } = await admin.mutate('certificates.import', { ...file, password: 'geheim' });
    assert.equal((data as { entries: unknown[] }).entries.length, 2);
  });

  it('names the line of a mistake in the rules', async () => {
    const source = [
      'version: 1',
      'rules:',
      '  - name: One',
      '    when: { direction: sideways }',
      '    passes:',
      '      - actions: [{ do: hold }]',
    ].join('\n');
    const { data } = await admin.mutate('policy.checkSource', { source });
    const { book, problems } = data as { book: null; problems: { line: number; path: string }[] };
    assert.equal(book, null);
    assert.equal(problems[0]?.line, 4);
    const broken = await admin.mutate('policy.checkSource', { source: 'rules: [\n' });
    assert.ok((broken.data as { problems: unknown[] }).problems.length > 0);
  });

  it('saves, publishes and refuses what someone else changed meanwhile', async () => {
    const { data } = await admin.query('policy.state');
    const { published, version } = data as { published: { book: { rules: unknown[] } }; version: number };
    const book = { ...published.book, rules: published.book.rules.slice(1) };
    assert.equal((await admin.mutate('policy.saveDraft', { book, version })).status, 200);
    const late = await admin.mutate('policy.publish', { version, reason: 'simpler' });
    assert.equal(late.error?.data.refusal, 'conflict');
    const now = await admin.mutate('policy.publish', { version: version + 1, reason: 'simpler' });
    assert.equal(now.status, 200);
    assert.equal(web.state.published.rules.length, book.rules.length);
  });

  it('shows a new operator’s password once, and makes it be changed', async () => {
    const created = await admin.mutate('operators.create', { id: 'nora', name: 'Nora', roles: ['auditor'] });
    const { password } = created.data as { password: string };
    assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/);
    const nora = webClient(web.url);
    assert.equal(((await nora.signIn('nora', password)).data as { kind: string }).kind, 'signed-in');
    assert.equal((await nora.query('audit.events')).error?.data.code, 'PRECONDITION_FAILED');
  });
});

/** A request with headers that `fetch` does not let a program set. */
function rawStatus(
  url: string,
  path: string,
  headers: Record<string, string>,
  cookie: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const body = '{}';
    const request = httpRequest(
      new URL(path, url),
      {
        method: 'POST',
        headers: { ...headers, cookie, 'content-type': 'application/json', 'content-length': body.length },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
