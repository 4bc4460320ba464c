/**
 * The try-out's mailbox: takes over SMTP whatever leaves the gateway, so that nothing leaves the machine, and shows it
 * to the admin page. Loopback only.
 *
 * IPC: `list()` → KeptMail[] (newest first), `get({ id })` → { raw }, `clear()`. Error: `no-such-mail`.
 */
import { once } from 'node:events';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { ipcServer } from '#node/ipc/server.ts';
import type { StartProcess } from '#node/process.ts';
import { type KeptMails, keptMails } from './kept-mails.ts';

const LOOPBACK = '127.0.0.1';
const SIZE_BYTES_MAX = 150 * 1024 * 1024; // The largest mail that the gateway takes, grown by base64 and signatures.
const CLOSE_WAIT_MS = 1000;

export const start: StartProcess = async ({ settings, layout, log }) => {
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
    calls: callsOver(mails),
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

function callsOver(mails: KeptMails) {
  return {
    list: () => mails.list(),
    get: ({ id }: { id: string }) => {
      const raw = mails.raw(id);
      if (raw === null) throw Object.assign(new Error(`no mail ${id}`), { code: 'no-such-mail' });
      return { raw };
    },
    clear: () => mails.clear(),
  };
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
