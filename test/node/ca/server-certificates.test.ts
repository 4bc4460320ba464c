/** Certificates of our own TLS servers: issued on request for our name only, renewed in time, not without end. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { certificateAuthority } from '#node/ca/certificate-authority.ts';
import { authoritySigner, readAuthority } from '#node/ca/own-authority.ts';
import { keepServerCertificates } from '#node/ca/server-certificates.ts';
import { issueServerCertificate } from '#node/crypto/x509/issue-server-certificate.ts';
import { followCertificate, publicKeyPath } from '#node/tls/certificate-folder.ts';
import { ReadModels } from '#projections/read-models.ts';
import { until } from '../../gateway/until.ts';
import { AT, meta, type ScratchGateway, SETTINGS, scratchGateway } from './scratch-gateway.ts';

const DAY = 86_400_000;
const WAIT_MS = 20_000;
const log = pino({ level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'sealgate-tls-'));
const second = join(folder, 'second');
let gateway: ScratchGateway;
let nowMs = AT;
const stops: (() => void)[] = [];

before(async () => {
  gateway = await scratchGateway();
  await certificateAuthority(gateway.ports, SETTINGS).ensure(meta());
});
after(async () => {
  for (const stop of stops) stop();
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

function keep(hostname: string, folders: string[]): void {
  const options = { ports: gateway.ports, models: new ReadModels(), node: 'gateway-1', log };
  stops.push(keepServerCertificates({ ...options, hostname, folders, nowMs: () => nowMs }));
}

const issued = async (): Promise<number> =>
  (await gateway.kinds()).filter((kind) => kind === 'CertificateIssued').length;

describe('a server of the gateway', () => {
  const told: X509Certificate[] = [];

  it('gets a certificate for the name of the gateway', async () => {
    keep('mx.example.org', [folder, second]);
    stops.push(followCertificate(folder, log, ({ cert }) => void told.push(new X509Certificate(cert))));
    await until(
      () => told.length === 1,
      WAIT_MS,
      () => 'no certificate',
    );
    assert.equal(told[0]?.subjectAltName, 'DNS:mx.example.org');
    assert.deepEqual(told[0]?.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(await issued(), 1);
  });

  it('gets another one, for another key, a month before the end', async () => {
    nowMs = AT + 59 * DAY;
    const first = readFileSync(publicKeyPath(folder), 'utf8');
    nowMs = AT + 61 * DAY;
    await until(
      () => told.length === 2,
      WAIT_MS,
      () => 'not renewed',
    );
    assert.notEqual(readFileSync(publicKeyPath(folder), 'utf8'), first);
    assert.ok((told[1]?.validToDate.getTime() ?? 0) > AT + 140 * DAY);
  });

  it('gets only so many a day, however often it asks', async () => {
    const before = await issued();
    nowMs = AT + 70 * DAY;
    for (let round = 0; round < 5; round++) {
      const seen = told.length;
      rmSync(publicKeyPath(folder));
      await until(
        () => told.length > seen,
        WAIT_MS,
        () => `round ${round}`,
      );
    }
    assert.equal(await issued(), before + 5);
    const most = told.length;
    rmSync(publicKeyPath(folder));
    await until(
      () => existsSync(publicKeyPath(folder)),
      WAIT_MS,
      () => 'no request',
    );
    // Folders have their turn one after the other: when the second one is served, the first one was looked at.
    let served = false;
    stops.push(
      followCertificate(second, log, () => {
        served = true;
      }),
    );
    await until(
      () => served,
      WAIT_MS,
      () => 'the second folder has no certificate',
    );
    assert.equal(told.length, most);
    nowMs += DAY + 1;
    await until(
      () => told.length === most + 1,
      WAIT_MS,
      () => 'the next day it gets one again',
    );
  });

  it('has no name but a host name', async () => {
    const own = (await readAuthority(gateway.ports)) ?? assert.fail('no authority');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const request = {
      issuer: own.certificate,
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      validityDays: 90,
      atMs: AT,
      crlUrl: SETTINGS.crlUrl,
    };
    for (const hostname of ['not a name', '*.example.org', '192.0.2.1', 'a..b', '']) {
      const issuing = issueServerCertificate({ ...request, hostname }, authoritySigner(gateway.ports, own));
      await assert.rejects(issuing, { code: 'profile-violation' }, hostname);
    }
  });
});
