/**
 * The revocation list over plain HTTP (RFC 2585): anybody fetches it where the certificates say, caches keep it, and
 * OpenSSL believes it.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from '#node/web/admin-request.ts';
import type { CertificateRow } from '#node/web/certificates-admin-port.ts';
import { freePort } from '../free-port.ts';
import { type Gateway, runGateway } from './run-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'sealgate-crl-'));
let gateway: Gateway;
let lists: string;

before(async () => {
  const port = await freePort();
  lists = `http://127.0.0.1:${port}`;
  gateway = await runGateway({ web: { crl: { port } }, ca: { crlUrl: `${lists}/elsewhere/internal.crl` } });
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  const list = await gateway.admin.query<Page<CertificateRow>>('certificates.list', { kind: 'authority' });
  for (const row of list.rows) await exported(row.id, row.name === row.issuer ? 'root.pem' : 'issuing.pem');
});
after(async () => {
  await gateway?.remove();
  rmSync(folder, { recursive: true });
});

async function exported(id: string | undefined, name: string): Promise<void> {
  const pem = await gateway.admin.query<{ base64: string }>('certificates.export', { id, format: 'pem' });
  writeFileSync(join(folder, name), Buffer.from(pem.base64, 'base64'));
}

/** `openssl verify`, with the lists that it fetches itself from where the certificate says. */
async function verdict(name: string): Promise<string> {
  const options = ['-crl_check', '-crl_download', '-CAfile', 'root.pem', '-purpose', 'smimesign'];
  const run = promisify(execFile)('openssl', ['verify', ...options, name], { cwd: folder });
  return run.then(
    ({ stdout }) => stdout,
    (error: Error & { stderr?: string }) => error.stderr ?? '',
  );
}

describe('the revocation list', () => {
  it('is found by OpenSSL where the certificates say, and names what is revoked', async () => {
    const [id] = await gateway.admin.change<string[]>('certificates.createKeys', {
      address: 'alice@example.org',
      technology: 'smime',
      reason: 'test',
    });
    await exported(id, 'alice.pem');
    assert.match(await verdict('alice.pem'), /^alice\.pem: OK/);
    await gateway.admin.change('certificates.revoke', { id, why: 'superseded', reason: 'test' });
    assert.match(await verdict('alice.pem'), /certificate revoked/);
  });

  it('is served on the page’s own port too, with its type and for caches', async () => {
    for (const base of [lists, gateway.webUrl]) {
      const answer = await fetch(`${base}/crl/internal.crl`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'application/pkix-crl');
      assert.match(answer.headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
      assert.equal((await answer.arrayBuffer()).byteLength, Number(answer.headers.get('content-length')));
      const etag = answer.headers.get('etag') ?? '';
      const again = await fetch(`${base}/crl/internal.crl`, { headers: { 'if-none-match': etag } });
      assert.deepEqual([again.status, (await again.arrayBuffer()).byteLength], [304, 0]);
      const certificate = await fetch(`${base}/crl/internal.cer`);
      assert.equal(certificate.headers.get('content-type'), 'application/pkix-cert');
      await certificate.arrayBuffer();
    }
  });

  it('is all that is served there', async () => {
    for (const path of [
      '/',
      '/trpc/status.overview',
      '/healthz',
      '/crl/other.crl',
      '/crl/../crl/x.crl',
      '/crl/%2e%2e',
    ]) {
      const answer = await fetch(`${lists}${path}`);
      assert.equal(answer.status, 404, path);
      assert.equal(await answer.text(), 'There is no such thing here.\n');
    }
    const posted = await fetch(`${lists}/crl/internal.crl`, { method: 'POST', body: 'x' });
    assert.equal(posted.status, 404);
    await posted.arrayBuffer();
  });
});
