/**
 * STARTTLS and HTTPS without a PEM file (features.md T5): certificates of the own authority, verified by OpenSSL, their
 * keys nobody's but the server's, replaced after a revocation.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import { certificatePath, keyPath } from '#node/tls/certificate-folder.ts';
import type { Page } from '#node/web/admin-request.ts';
import type { CertificateRow } from '#node/web/certificates-admin-port.ts';
import { addOurDomain } from './our-domain.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { until } from './until.ts';

const HOST = 'gateway.example.org';
const SOON_MS = 30_000;
let gateway: Gateway;
let root: string;

before(async () => {
  gateway = await runGateway({ web: { tls: 'own-ca' } });
  await addOurDomain(gateway, 'example.org');
  const list = await gateway.admin.query<Page<CertificateRow>>('certificates.list', { kind: 'authority' });
  const pem = await gateway.admin.query<{ base64: string }>('certificates.export', {
    id: list.rows.find((row) => row.name === row.issuer)?.id,
    format: 'pem',
  });
  root = join(gateway.folder, 'root.pem');
  writeFileSync(root, Buffer.from(pem.base64, 'base64'));
});
after(() => gateway?.remove());

/** What `openssl s_client` says after a verified handshake; null while STARTTLS is not offered. */
async function handshake(port: number): Promise<string | null> {
  const options = [
    '-verify_return_error',
    '-verify_hostname',
    HOST,
    '-CAfile',
    root,
    '-purpose',
    'sslserver',
  ];
  const args = ['s_client', '-starttls', 'smtp', '-connect', `127.0.0.1:${port}`, ...options];
  const run = promisify(execFile)('openssl', args);
  run.child.stdin?.end('QUIT\r\n');
  return run.then(
    ({ stdout }) => stdout,
    (error: Error & { stdout?: string; stderr?: string }) => {
      if (/Didn't find STARTTLS/.test(error.stderr ?? '')) return null;
      throw error;
    },
  );
}

async function offered(port: number): Promise<string> {
  let said: string | null = null;
  await until(
    async () => {
      said = await handshake(port);
      return said !== null;
    },
    SOON_MS,
    () => gateway.output(),
  );
  return said ?? '';
}

const serverCertificate = (folder: string): X509Certificate =>
  new X509Certificate(readFileSync(certificatePath(folder)));

describe('STARTTLS with a certificate of the own authority', () => {
  it('is offered on every listener, and OpenSSL verifies it up to our root', async () => {
    for (const port of [gateway.insidePort, gateway.outsidePort]) {
      assert.match(await offered(port), /Verification: OK|Verify return code: 0 \(ok\)/);
    }
    assert.equal(serverCertificate(gateway.layout.receiveTls).checkHost('other.example.org'), undefined);
  });

  it('carries a mail', async () => {
    const connection = new SMTPConnection({
      host: '127.0.0.1',
      port: gateway.outsidePort,
      requireTLS: true,
      tls: { ca: readFileSync(root), servername: HOST },
    });
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.connect(() => resolve());
    });
    const mail = 'From: bob@partner.example\r\nTo: alice@example.org\r\nSubject: by TLS\r\n\r\nhello\r\n';
    await new Promise<void>((resolve, reject) => {
      connection.send({ from: 'bob@partner.example', to: ['alice@example.org'] }, mail, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    connection.quit();
    const arrived = await gateway.arrival('alice@example.org', (m) => m.text.includes('by TLS'));
    assert.match(arrived.text, /with ESMTPS id/);
  });

  it('has a key that is nobody else’s to read, and stands in the log', async () => {
    assert.equal(statSync(keyPath(gateway.layout.receiveTls)).mode & 0o777, 0o600);
    const certificate = serverCertificate(gateway.layout.receiveTls);
    const key = createPublicKey(readFileSync(keyPath(gateway.layout.receiveTls)));
    assert.ok(certificate.publicKey.equals(key));
    const id = `smime/${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`;
    const known = await gateway.admin.query<CertificateRow>('certificates.get', { id });
    assert.deepEqual([known.kind, known.origin, known.usage], ['own', 'own-ca', []]);
  });

  it('stays the same over a restart', async () => {
    const before = serverCertificate(gateway.layout.receiveTls);
    await gateway.stop();
    await gateway.start();
    await offered(gateway.insidePort);
    assert.equal(serverCertificate(gateway.layout.receiveTls).fingerprint256, before.fingerprint256);
  });

  it('is replaced, key and all, when the certificate is revoked', async () => {
    const before = serverCertificate(gateway.layout.receiveTls);
    const id = `smime/${before.fingerprint256.replaceAll(':', '').toLowerCase()}`;
    await gateway.admin.change('certificates.revoke', { id, why: 'keyCompromise', reason: 'test' });
    const isNew = async (): Promise<boolean> => {
      const now = serverCertificate(gateway.layout.receiveTls);
      return (
        !now.publicKey.equals(before.publicKey) &&
        ((await handshake(gateway.insidePort)) ?? '').includes(pemBody(now))
      );
    };
    await until(isNew, SOON_MS, () => gateway.output());
  });
});

/** A line of it, as s_client prints it. */
const pemBody = (certificate: X509Certificate): string => certificate.toString().split('\n')[5] ?? '';

describe('the page', () => {
  it('is served over HTTPS with a certificate of the own authority', async () => {
    const { port } = new URL(gateway.webUrl);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { ca: readFileSync(root), servername: HOST, headers: { host: HOST } };
      get(`https://127.0.0.1:${port}/healthz`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    assert.equal(status, 200);
  });
});
