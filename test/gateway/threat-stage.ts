/**
 * The stage on which hostile mail is played: one running gateway, alice and carol inside, bob outside (OpenSSL).
 *
 * Every mail carries an id in its Message-ID and is looked for by it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import type { CapturedMail } from './mail-catcher.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';
import { until } from './until.ts';

export const alice = 'alice@example.org';
export const carol = 'carol@example.org';
export const bob = 'bob@partner.example';

const HELD_MS = 30_000; // Two attempts in workers of their own on a busy machine.

export interface ThreatStage {
  readonly gateway: Gateway;
  readonly partner: OpensslPartner;
  /** Sends a mail from outside; gives it as it arrived for the recipient. */
  incoming(mail: HostileMail): Promise<CapturedMail>;
  /** Waits until the mail with this id is held; gives what an operator sees of it. */
  held(spoolId: string): Promise<{ reason: string; recipients: string[] }>;
  /** Waits until the mail is delivered or held: `delivered`, or why it is held. */
  endOf(id: string, spoolId: string): Promise<string>;
  /** `openssl cms -encrypt` to these certificates (files in the partner's folder): DER. */
  encrypted(entity: string | Buffer, certificates?: readonly string[], cipher?: string): Buffer;
  /** `openssl cms -sign` by bob: DER of SignedData with the content inside, or detached. */
  signed(entity: string | Buffer, args?: readonly string[]): Buffer;
  remove(): Promise<void>;
}

export interface HostileMail {
  readonly id: string;
  readonly from?: string;
  /** Envelope recipient. */
  readonly to?: string;
  /** Header fields in place of `From: bob`, each ended by CRLF. */
  readonly fields?: string;
  /** Content-Type field, further content fields, empty line, body. */
  readonly entity: string;
}

export async function threatStage(settings: Record<string, object> = {}): Promise<ThreatStage> {
  const gateway = await runGateway(settings);
  const partner = opensslPartner(bob);
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  const report = await gateway.admin.change<ImportReport>('certificates.import', {
    fileName: 'bob.pem',
    base64: partner.certificate.toString('base64'),
    password: '',
    reason: 'test',
  });
  assert.equal(report.entries[0]?.outcome, 'imported');
  for (const address of [alice, carol]) {
    await gateway.admin.change('certificates.createKeys', { address, technology: 'smime' });
    partner.file(`${address.split('@')[0]}.pem`, await encryptionCertificate(gateway, address));
  }
  const heldFile = (spoolId: string): string | undefined =>
    readdirSync(gateway.layout.spoolHold).find((name) => name.startsWith(spoolId) && name.endsWith('.json'));
  async function held(spoolId: string): Promise<{ reason: string; recipients: string[] }> {
    const found = (): string | undefined => heldFile(spoolId);
    await until(
      () => found() !== undefined,
      HELD_MS,
      () => `not held\n${gateway.output()}`,
    );
    return JSON.parse(readFileSync(join(gateway.layout.spoolHold, found() as string), 'utf8'));
  }
  return {
    gateway,
    partner,
    async incoming({ id, from = bob, to = alice, fields = `From: Bob <${bob}>\r\n`, entity }) {
      const mail = `${fields}To: ${to}\r\nSubject: ${id}\r\nMessage-ID: <${id}@threats.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n${entity}`;
      await submit(gateway.outsidePort, { from, to: [to], mail: Buffer.from(mail, 'latin1') });
      return gateway.arrival(to, (m) => m.text.includes(`<${id}@threats.example>`));
    },
    async endOf(id, spoolId) {
      const delivered = (): boolean =>
        gateway.delivered.some((m) => m.text.includes(`<${id}@threats.example>`));
      await until(
        () => delivered() || heldFile(spoolId) !== undefined,
        HELD_MS,
        () => `neither delivered nor held\n${gateway.output()}`,
      );
      return delivered() ? 'delivered' : (await held(spoolId)).reason;
    },
    held,
    encrypted: (entity, certificates = ['alice.pem'], cipher = '-aes256') =>
      partner.run(['cms', '-encrypt', cipher, '-binary', '-outform', 'DER', ...certificates], entity),
    signed: (entity, args = ['-nodetach']) =>
      partner.run(
        [
          'cms',
          '-sign',
          '-binary',
          '-outform',
          'DER',
          '-md',
          'sha256',
          '-signer',
          'cert.pem',
          '-inkey',
          'key.pem',
          ...args,
        ],
        entity,
      ),
    async remove() {
      await gateway.remove();
      partner.remove();
    },
  };
}

async function encryptionCertificate(gateway: Gateway, address: string): Promise<Buffer> {
  const { rows } = await gateway.admin.query<{ rows: { id: string; usage: string[] }[] }>(
    'certificates.list',
    { search: address, kind: 'own' },
  );
  const id = rows.find((row) => row.usage.includes('encrypt'))?.id;
  const pem = await gateway.admin.query<{ base64: string }>('certificates.export', { id, format: 'pem' });
  return Buffer.from(pem.base64, 'base64');
}

/** An application/pkcs7-mime entity around DER. */
export function pkcs7(der: Buffer, smimeType: string): string {
  const body = der.toString('base64').replace(/(.{76})/g, '$1\r\n');
  return `Content-Type: application/pkcs7-mime; smime-type=${smimeType}; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n`;
}

/** A multipart/signed entity of a part and the DER of a signature. */
export function multipartSigned(part: string, signature: Buffer): string {
  const base64 = signature.toString('base64').replace(/(.{76})/g, '$1\r\n');
  return `Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=s\r\n\r\n--s\r\n${part}\r\n--s\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n--s--\r\n`;
}

/** The word of our own status field; `none` when there is none. */
export function statusOf(mail: CapturedMail): string {
  const found = [...mail.text.matchAll(/^X-Sealgate-Status: [\s\S]*?status=([a-z-]+)/gm)];
  assert.ok(found.length <= 1, 'more than one status');
  return found[0]?.[1] ?? 'none';
}

/** The status field without what differs from mail to mail. */
export function statusLine(mail: CapturedMail): string {
  const field = /^X-Sealgate-Status: ([\s\S]*?)\r\n(?![ \t])/m.exec(mail.text)?.[1] ?? '';
  return field
    .replace(/\s+/g, ' ')
    .replace(/id=[^;]*;/, '')
    .replace(/mac=.*$/, '');
}

/** The text of every base64 part, decoded, behind the mail as it stands: what a reader's program would show. */
export function shownText(mail: CapturedMail): string {
  const blocks = [...mail.text.matchAll(/base64\r\n(?:[^\r\n]+\r\n)*\r\n([A-Za-z0-9+/=\r\n]+)/g)];
  return [mail.text, ...blocks.map(([, text]) => Buffer.from(text ?? '', 'base64').toString('utf8'))].join(
    '\n',
  );
}
