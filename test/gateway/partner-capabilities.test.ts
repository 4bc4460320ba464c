/**
 * What a partner's mail program announced is remembered and used (features.md S3, S9): through the running gateway, read
 * by OpenSSL.
 */
import assert from 'node:assert/strict';
import { createPrivateKey, sign as signWith } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { micalgOf, signDetached } from '#node/crypto/cms/sign.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import type { Page } from '#node/web/admin-request.ts';
import type { AuditRow } from '#node/web/audit-admin-port.ts';
import type { CertificateDetail, ImportReport } from '#node/web/certificates-admin-port.ts';
import type { CapturedMail } from './mail-catcher.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { addOurDomain } from './our-domain.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';
import { until } from './until.ts';

const alice = 'alice@example.org';
const SEEN_MS = 30_000;
const partners: OpensslPartner[] = [];
const ids = new Map<string, string>();
let gateway: Gateway;
let bob: OpensslPartner;
let carol: OpensslPartner;

async function known(address: string): Promise<OpensslPartner> {
  const partner = opensslPartner(address);
  partners.push(partner);
  const report = await gateway.admin.change<ImportReport>('certificates.import', {
    fileName: 'partner.pem',
    base64: partner.certificate.toString('base64'),
    password: '',
    reason: 'test',
  });
  ids.set(address, report.entries[0]?.id ?? '');
  return partner;
}

before(async () => {
  gateway = await runGateway();
  await addOurDomain(gateway, 'example.org');
  bob = await known('bob@partner.example');
  carol = await known('carol@partner.example');
});
after(async () => {
  await gateway?.remove();
  for (const partner of partners) partner.remove();
});

const BODY = 'Content-Type: text/plain\r\n\r\nsigned by me\r\n';

/** As a program of today would send it: Sealgate's own signer, whose capabilities have AES-GCM, OAEP and PSS. */
async function signedByUs(partner: OpensslPartner, from: string, body = BODY): Promise<string> {
  const key = createPrivateKey(readFileSync(join(partner.folder, 'key.pem')));
  const der = partner.run(['x509', '-in', 'cert.pem', '-outform', 'der']);
  const scheme = { scheme: 'rsa-pkcs1', hash: 'sha256' } as const;
  const signature = await signDetached([Buffer.from(BODY)], {
    certificate: readCertificate(der),
    scheme,
    sign: async (_scheme, tbs) => signWith('sha256', tbs, key),
    signingTimeMs: Date.now(),
    otherCertificates: [],
    encryptionCertificate: null,
  });
  const base64 = (signature.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n');
  return [
    `From: ${from}\r\nTo: ${alice}\r\nSubject: announcement\r\nMIME-Version: 1.0\r\n`,
    `Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=${micalgOf(scheme)}; boundary=b\r\n\r\n`,
    `--b\r\n${body}\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n`,
    `Content-Transfer-Encoding: base64\r\n\r\n${base64}\r\n--b--\r\n`,
  ].join('');
}

function signedByOpenssl(partner: OpensslPartner): string {
  partner.file('body.txt', BODY);
  const args = ['-in', 'body.txt', '-signer', 'cert.pem', '-inkey', 'key.pem', '-from', partner.address];
  return partner
    .run(['cms', '-sign', ...args, '-to', alice, '-subject', 'by openssl'])
    .toString('latin1')
    .replace(/\r?\n/g, '\r\n');
}

let mails = 0;
/** Sends a mail out and gives what arrived for the first recipient. */
async function mailTo(...to: string[]): Promise<CapturedMail> {
  const subject = `out-${++mails}`;
  const mail = `From: ${alice}\r\nTo: ${to.join(', ')}\r\nSubject: ${subject}\r\n\r\nthe plan\r\n`;
  await submit(gateway.insidePort, { from: alice, to, mail });
  return gateway.arrival(to[0] ?? '', (m) => m.text.includes(`Subject: ${subject}\r\n`));
}

async function receive(from: string, mail: string): Promise<void> {
  const before = gateway.delivered.length;
  await submit(gateway.outsidePort, { from, to: [alice], mail });
  await until(
    () => gateway.delivered.slice(before).some((m) => m.recipients.includes(alice)),
    SEEN_MS,
    () => gateway.output(),
  );
}

const detailOf = (partner: OpensslPartner): Promise<CertificateDetail> =>
  gateway.admin.query<CertificateDetail>('certificates.get', { id: ids.get(partner.address) });

async function learns(partner: OpensslPartner, word: string): Promise<void> {
  const announced = async (): Promise<readonly string[]> =>
    (await detailOf(partner)).abilities[0]?.announced ?? [];
  await until(
    async () => (await announced()).includes(word),
    SEEN_MS,
    () => `nothing learnt:\n${gateway.output()}`,
  );
}

async function learntEvents(): Promise<number> {
  const page = await gateway.admin.query<Page<AuditRow>>('audit.events', {
    search: 'PartnerCapabilitiesLearnt',
  });
  return page.rows.length;
}

function opened(partner: OpensslPartner, mail: CapturedMail): string {
  partner.file('out.eml', mail.raw);
  const keys = ['-recip', 'cert.pem', '-inkey', 'key.pem'];
  const signed = partner.run(['cms', '-decrypt', '-in', 'out.eml', ...keys]);
  partner.file('signed.eml', signed);
  return partner.run(['cms', '-verify', '-noverify', '-in', 'signed.eml']).toString('latin1');
}

/** `openssl cms -cmsout -print` of a mail. */
function structure(partner: OpensslPartner, name: string): string {
  return partner.run(['cms', '-cmsout', '-print', '-noout', '-in', name]).toString('latin1');
}

describe('capabilities of a partner', () => {
  it('are not learnt from a signature that is not valid, nor for another sender', async () => {
    await receive(carol.address, await signedByUs(carol, carol.address, BODY.replace('by me', 'by ME')));
    await receive(bob.address, await signedByUs(carol, bob.address));
    // A valid one behind them: once it is learnt, the two before would have been, too.
    await receive(bob.address, signedByOpenssl(bob));
    await learns(bob, 'AES-256-CBC');
    assert.deepEqual((await detailOf(carol)).abilities[0]?.announced, []);
    assert.ok(!(await detailOf(bob)).abilities[0]?.announced.includes('AES-256-GCM'));
    assert.equal(await learntEvents(), 1);
  });

  it('decide what is sent: AES-GCM, OAEP and PSS, which OpenSSL reads', async () => {
    assert.match((await mailTo(carol.address)).text, /smime-type=enveloped-data/);
    await receive(carol.address, await signedByUs(carol, carol.address));
    await learns(carol, 'AES-256-GCM');
    const mail = await mailTo(carol.address);
    assert.match(mail.text, /smime-type=authEnveloped-data/);
    assert.match(opened(carol, mail), /the plan/);
    assert.match(structure(carol, 'out.eml'), /rsaesOaep/);
    assert.match(structure(carol, 'signed.eml'), /rsassaPss/);
  });

  it('grow the log only when they change', async () => {
    const before = await learntEvents();
    for (let round = 0; round < 3; round++)
      await receive(carol.address, await signedByUs(carol, carol.address));
    await receive(bob.address, signedByOpenssl(bob));
    assert.equal(await learntEvents(), before);
  });

  it('suit each recipient of one mail', async () => {
    const mail = await mailTo(carol.address, bob.address);
    const other = await gateway.arrival(
      bob.address,
      (m) => m.text.includes(`Subject: out-${mails}\r\n`) && !m.recipients.includes(carol.address),
    );
    assert.match(mail.text, /smime-type=authEnveloped-data/);
    assert.match(other.text, /smime-type=enveloped-data/);
    assert.match(opened(bob, other), /the plan/);
  });

  it('stand behind what an operator chooses', async () => {
    const choose = (partner: OpensslPartner, profile: string): Promise<unknown> =>
      gateway.admin.change('certificates.chooseProfile', {
        address: partner.address,
        profile,
        reason: 'contract',
      });
    await choose(bob, 'strong');
    await choose(carol, 'compatible');
    const [strong] = (await detailOf(bob)).abilities;
    assert.deepEqual(
      [strong?.content, strong?.keyTransport, strong?.signature],
      ['AES-256-GCM', 'rsa-oaep-sha256', 'pss'],
    );
    const toBob = await mailTo(bob.address);
    assert.match(toBob.text, /smime-type=authEnveloped-data/);
    assert.match(opened(bob, toBob), /the plan/);
    assert.match((await mailTo(carol.address)).text, /smime-type=enveloped-data/);
    await choose(carol, 'automatic');
    assert.match((await mailTo(carol.address)).text, /smime-type=authEnveloped-data/);
  });
});
