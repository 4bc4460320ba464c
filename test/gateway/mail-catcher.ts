/** The next hop of a gateway under test: takes every mail and keeps it, octet by octet. */
import { SMTPServer } from 'smtp-server';

export interface CapturedMail {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
  /** `raw` as latin1 text. */
  readonly text: string;
  /** When its sender was named and its last octet came, `performance.now()`. */
  readonly beganMs: number;
  readonly atMs: number;
}

export interface MailCatcher {
  readonly port: number;
  readonly mails: readonly CapturedMail[];
  close(): Promise<void>;
}

export async function mailCatcher(): Promise<MailCatcher> {
  const mails: CapturedMail[] = [];
  const beganMs = new Map<string, number>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: 200 * 1024 * 1024,
    onMailFrom(_address, { id }, done) {
      beganMs.set(id, performance.now());
      done();
    },
    onClose: ({ id }) => void beganMs.delete(id),
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const raw = Buffer.concat(pieces);
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          sender: mailFrom ? mailFrom.address : '',
          recipients: rcptTo.map((r) => r.address),
          raw,
          text: raw.toString('latin1'),
          beganMs: beganMs.get(session.id) ?? 0,
          atMs: performance.now(),
        });
        done();
      });
    },
  });
  server.on('error', () => {}); // A peer that goes away in the middle is part of the tests.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address() as { port: number };
  return {
    port: address.port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
