/** Sends one mail to a listener of the gateway under test, octet by octet. */
import SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';

export interface Submission {
  readonly from: string;
  readonly to: readonly string[];
  readonly mail: string | Buffer;
}

/** Resolves with the reply after the final dot; rejects with nodemailer's error (`responseCode`, `response`). */
export async function submit(port: number, { from, to, mail }: Submission): Promise<string> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true, name: 'client.example' });
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect(() => resolve());
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      connection.send({ from, to: [...to] }, mail, (error, done) =>
        error ? reject(error) : resolve(done.response),
      );
    });
  } finally {
    connection.quit();
  }
}
