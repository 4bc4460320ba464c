/** What the web process answers before anybody signs in: the page, its headers, health, metrics, the local socket. */
import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { degraded, glanceOf } from './demo-cluster.ts';
import { healthy } from './demo-ports.ts';
import { type RunningWeb, runningWeb } from './running-web.ts';

describe('the web process', () => {
  let web: RunningWeb;
  let pageRoot: string;
  before(async () => {
    pageRoot = await mkdtemp(join(tmpdir(), 'sealgate-built-'));
    mkdirSync(join(pageRoot, 'assets'));
    const html = '<!doctype html><meta name="style-nonce" content="__STYLE_NONCE__"><p>start page';
    writeFileSync(join(pageRoot, 'index.html'), html);
    writeFileSync(join(pageRoot, 'assets', 'app-1a2b.js'), 'export {};');
    writeFileSync(join(pageRoot, '..', 'beside.txt'), 'not for you');
    web = await runningWeb({ pageRoot });
  });
  after(async () => {
    await web.dispose();
    await rm(pageRoot, { recursive: true, force: true });
    await rm(join(pageRoot, '..', 'beside.txt'), { force: true });
  });

  it('sends the start page with a policy that lets nothing foreign and nothing inline run', async () => {
    const [one, two] = await Promise.all([fetch(`${web.url}/`), fetch(`${web.url}/certificates`)]);
    const policy = one.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1];
    assert.ok(nonce && (await one.text()).includes(`content="${nonce}"`));
    assert.ok(!(await two.text()).includes(nonce), 'another one each time');
    assert.equal(one.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(one.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(one.headers.get('cache-control'), 'no-store');
  });

  it('serves the files of the page and no others (threat 18)', async () => {
    const asset = await fetch(`${web.url}/assets/app-1a2b.js`);
    assert.equal(asset.status, 200);
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
    for (const path of [
      '/assets/../../beside.txt',
      '/..%2fbeside.txt',
      '/assets/%2e%2e/%2e%2e/beside.txt',
      '/index.html',
    ]) {
      const { status, body } = await raw(web.url, path);
      assert.ok(status === 404 || !body.includes('not for you'), path);
      assert.ok(!body.includes('__STYLE_NONCE__'), path);
    }
  });

  it('is healthy while it lives, and ready while mail is accepted and finished', async () => {
    assert.equal((await fetch(`${web.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${web.url}/readyz`)).status, 200);
    const down = healthy.processes.map((p) => (p.name === 'keys' ? { ...p, state: 'down' as const } : p));
    Object.assign(web.state, { status: { ...healthy, processes: down } });
    const not = await fetch(`${web.url}/readyz`);
    assert.equal(not.status, 503);
    assert.deepEqual(await not.json(), { ready: false, mode: 'single', alarms: ['process-down'] });
    Object.assign(web.state, { status: { ...healthy, log: { ...healthy.log!, damagedAt: '17' } } });
    assert.equal((await fetch(`${web.url}/readyz`)).status, 503);
    Object.assign(web.state, { status: healthy });
  });

  it('gives metrics to this machine only, with no address in them', async () => {
    const metrics = await (await fetch(`${web.url}/metrics`)).text();
    assert.match(metrics, /sealgate_ready 1/);
    assert.match(metrics, /sealgate_process_up\{process="keys"\} 1/);
    assert.doesNotMatch(metrics, /@/);
    const proxied = await fetch(`${web.url}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    assert.equal(proxied.status, 403);
  });

  it('tells machines how the cluster is', async () => {
    Object.assign(web.state, { status: { ...healthy, cluster: glanceOf(degraded['one-copy']) } });
    const ready = await fetch(`${web.url}/readyz`);
    assert.equal(ready.status, 200);
    assert.deepEqual(await ready.json(), { ready: true, mode: 'one-copy', alarms: ['one-copy'] });
    const metrics = await (await fetch(`${web.url}/metrics`)).text();
    assert.match(metrics, /sealgate_cluster_condition\{condition="one-copy"\} 1/);
    assert.match(metrics, /sealgate_cluster_condition\{condition="well"\} 0/);
    assert.match(metrics, /sealgate_cluster_member_up\{member="gw-2",role="voter"\} 0/);
    assert.match(metrics, /sealgate_cluster_member_behind_events\{member="gw-2"\} 3/);
    Object.assign(web.state, { status: healthy });
    const alone = await (await fetch(`${web.url}/metrics`)).text();
    assert.doesNotMatch(alone, /sealgate_cluster_member_up\{/);
  });

  it('serves the command line over a socket that only its own user can open', async () => {
    assert.equal(statSync(web.layout.webSocket).mode & 0o777, 0o600);
    const answer = await local(web.layout.webSocket, 'people.addDomain', { domain: 'socket.example' });
    assert.equal(answer.status, 200, answer.body);
    assert.equal(web.state.commands.at(-1)?.by.actor, 'cli');
  });
});

function raw(url: string, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject);
  });
}

function local(
  socketPath: string,
  procedure: string,
  input: object,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-sealgate-request': 'cli',
    };
    const request = httpRequest(
      { socketPath, path: `/trpc/${procedure}`, method: 'POST', headers },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
