/**
 * The try-out's mailbox: takes over SMTP whatever leaves the gateway, so that nothing leaves the machine, and shows it
 * to the admin page. Loopback only.
 *
 * It plays the demonstration partner's mail program, too: what left is shown as the partner reads it, and is answered.
 *
 * IPC: `list()` → KeptMail[] (newest first), `get({ id })` → { raw }, `open({ id, known })` → PartnerReading,
 * `answer({ id, known })` → { raw, from, to }, not yet sent, `clear()`. Errors: `no-such-mail`, `not-answerable`.
 */
import { once } from 'node:events';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Layout } from '#node/config/layout.ts';
import { ipcServer } from '#node/ipc/server.ts';
import type { StartProcess } from '#node/process.ts';
import { answerAsPartner } from './answer-as-partner.ts';
import { type DemoPartner, demoPartner } from './demo-partner.ts';
import { type KeptMail, type KeptMails, keptMails } from './kept-mails.ts';
import { type KnownToPartner, type MailToRead, readAsPartner } from './read-as-partner.ts';

const LOOPBACK = '127.0.0.1';
const SIZE_BYTES_MAX = 150 * 1024 * 1024; // The largest mail that the gateway takes, grown by base64 and signatures.
const CLOSE_WAIT_MS = 1000;

export const start: StartProcess = async ({ settings, layout, log }) => {
  const partner = await demoPartner(layout, Date.now());
  const mails = keptMails();
  const sink = new SMTPServer({
    name: 'mailbox.localhost',
    banner: 'try-out mailbox',
    disabledCommands: ['AUTH', 'STARTTLS'], // Its built-in key is public; on the loopback nobody listens.
    disableReverseLookup: true,
    size: SIZE_BYTES_MAX,
    closeTimeout: CLOSE_WAIT_MS,
    onData: (stream, session, done) => {
      collect(stream).then(
        (raw) => {
          if (stream.sizeExceeded) {
            done(Object.assign(new Error('5.3.4 mail too large'), { responseCode: 552 }));
            return;
          }
          mails.add({ ...envelopeOf(session), atMs: Date.now(), raw });
          done();
        },
        (error: Error) => done(error),
      );
    },
  });
  sink.on('error', (error) => log.warn({ error: error.message }, 'mailbox connection failed'));
  sink.listen(settings.mailboxPort, LOOPBACK);
  await once(sink.server, 'listening');
  const service = await ipcServer(layout.mailboxSocket, {
    calls: callsOver(mails, layout, partner),
    onFault: (error, method) => log.error({ method, error: (error as Error).message }, 'mailbox call failed'),
  });
  log.info({ port: settings.mailboxPort }, 'try-out mailbox');
  return {
    async stop() {
      await new Promise<void>((resolve) => sink.close(() => resolve()));
      await service.close();
    },
  };
};

function callsOver(mails: KeptMails, layout: Layout, partner: DemoPartner) {
  const find = (id: string): { mail: KeptMail; raw: Buffer } => {
    const mail = mails.list().find((one) => one.id === id);
    const raw = mails.raw(id);
    if (!mail || raw === null) throw Object.assign(new Error(`no mail ${id}`), { code: 'no-such-mail' });
    return { mail, raw };
  };
  const toRead = ({ id, known }: Question): MailToRead => {
    const { mail, raw } = find(id);
    return { raw, recipients: mail.recipients, known, atMs: Date.now() };
  };
  return {
    list: () => mails.list(),
    get: ({ id }: { id: string }) => ({ raw: find(id).raw }),
    open: async (question: Question) => (await readAsPartner(layout, partner, toRead(question))).reading,
    answer: (question: Question) =>
      answerAsPartner(layout, partner, find(question.id).mail.sender, toRead(question)),
    clear: () => mails.clear(),
  };
}

interface Question {
  readonly id: string;
  readonly known: KnownToPartner;
}

async function collect(stream: SMTPServerDataStream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= SIZE_BYTES_MAX) pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function envelopeOf(session: SMTPServerSession): { sender: string | null; recipients: string[] } {
  const { mailFrom, rcptTo } = session.envelope;
  const sender = mailFrom === false ? null : mailFrom.address;
  return { sender: sender === '' ? null : sender, recipients: rcptTo.map((recipient) => recipient.address) };
}
