/** The try-out's mailbox: what left the gateway, and a sample mail to begin with. */
import { randomUUID } from 'node:crypto';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { firstValue } from '#domain/mime/header.ts';
import { parseMime } from '#domain/mime/tree.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { DEMO_PARTNER, DEMO_PARTNER_NAME, DEMO_PARTNER_PGP, DEMO_USER } from '#node/mailbox/demo-material.ts';
import type { KeptMail } from '#node/mailbox/kept-mails.ts';
import type { KnownToPartner, PartnerReading } from '#node/mailbox/read-as-partner.ts';
import { AdminRefusal } from '#node/web/admin-request.ts';
import type { MailboxMail, MailboxPort, MailboxRow } from '#node/web/mailbox-admin-port.ts';
import type { PortParts } from './parts.ts';

const PARTNERS = [DEMO_PARTNER, DEMO_PARTNER_PGP];
const SOURCE_CHARS_MAX = 200_000; // More is not read on a page.

export function mailboxPort(parts: PortParts): MailboxPort {
  const ipc = ipcClient(parts.layout.mailboxSocket, tokenFileOf(parts.layout.mailboxSocket));
  const call = <T>(method: string, params: unknown): Promise<T> =>
    ipc.call<T>(method, params).catch((error: Error & { code?: string }) => {
      if (error.code === 'no-such-mail') throw new AdminRefusal('unknown', 'This mail is not here any more.');
      if (error.code === 'not-answerable') throw new AdminRefusal('not-allowed', error.message);
      throw new AdminRefusal('unavailable', 'The mailbox does not answer now.');
    });
  const find = async (id: string): Promise<KeptMail | undefined> =>
    (await call<KeptMail[]>('list', {})).find((mail) => mail.id === id);
  return {
    async list() {
      return (await call<KeptMail[]>('list', {})).map(rowOf);
    },
    async get(id) {
      const mail = await find(id);
      if (!mail) return null;
      const { raw } = await call<{ raw: Uint8Array }>('get', { id });
      return mailOf(mail, raw, await call<PartnerReading>('open', { id, known: knownOf(parts, mail) }));
    },
    sendSample: ({ technology }) => sendSample(parts, technology),
    async answerEncrypted({ id }) {
      const mail = await find(id);
      if (!mail) throw new AdminRefusal('unknown', 'This mail is not here any more.');
      const { raw, from, to } = await call<{ raw: Uint8Array; from: string; to: string }>('answer', {
        id,
        known: knownOf(parts, mail),
      });
      await submit(portOf(parts, 'outside'), from, to, Buffer.from(raw));
    },
    async clear() {
      await call('clear', {});
    },
  };
}

/** What our people have given to the partner: our authority's certificate, and the sender's OpenPGP key. */
function knownOf({ models }: PortParts, { sender }: KeptMail): KnownToPartner {
  const keys = sender === null ? [] : models.ownKeys.ofAddress(sender);
  return {
    authorities: [...models.authorities.authorities()].map((own) => fromBase64Url(own.facts.der)),
    openPgpKeys: keys
      .filter((key) => key.facts.technology === 'openpgp' && key.status === 'active')
      .map((key) => fromBase64Url(key.facts.publicKey)),
  };
}

function rowOf({ id, atMs, sender, recipients, subject, protection, sizeBytes }: KeptMail): MailboxRow {
  return {
    id,
    arrivedAtMs: atMs,
    sender: sender ?? '',
    recipients,
    subject: decodeEncodedWords(subject),
    protection,
    sizeBytes,
  };
}

function mailOf(mail: KeptMail, raw: Uint8Array, reading: PartnerReading): MailboxMail {
  const parsed = parseMime(octetsOf(raw));
  const report = parsed.kind === 'continue' ? firstValue(parsed.mail.header, 'x-sealgate-report') : null;
  const isProtected = mail.protection !== 'clear' && mail.protection !== 'opened';
  return {
    ...rowOf(mail),
    source: Buffer.from(raw).toString('latin1').slice(0, SOURCE_CHARS_MAX),
    truncated: raw.length > SOURCE_CHARS_MAX,
    statusHeader: report ?? '',
    answerable: isProtected && mail.recipients.some((address) => PARTNERS.includes(address)),
    reading,
  };
}

function portOf({ settings }: PortParts, zone: 'inside' | 'outside'): number {
  const listener = settings.receive.listeners.find((l) => l.zone === zone);
  if (!listener) throw new AdminRefusal('not-allowed', `There is no ${zone} listener.`);
  return listener.port;
}

async function sendSample(parts: PortParts, technology: 'smime' | 'openpgp'): Promise<void> {
  const to = technology === 'smime' ? DEMO_PARTNER : DEMO_PARTNER_PGP;
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer/index.js'); // In the try-out only.
  const mail = new MailComposer({
    from: { name: 'Alice Example', address: DEMO_USER },
    to: { name: DEMO_PARTNER_NAME, address: to },
    subject: 'Laboratory results',
    messageId: `<${randomUUID()}@example.org>`,
    text: 'Dear Bob,\n\nhere are the results we spoke about. Only you can read them.\n\nAlice\n',
  }).compile();
  await submit(portOf(parts, 'inside'), DEMO_USER, to, await mail.build());
}

async function submit(port: number, from: string, to: string, mail: Buffer): Promise<void> {
  const { default: SMTPConnection } = await import('nodemailer/lib/smtp-connection/index.js');
  const connection = new SMTPConnection({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    name: 'try-out.localhost',
  });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.connect(() => resolve());
    });
    await new Promise<void>((resolve, reject) => {
      connection.send({ from, to: [to] }, mail, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    throw new AdminRefusal('not-allowed', `The gateway did not take the mail: ${(error as Error).message}`);
  } finally {
    connection.quit();
  }
}
