/** What the PDF stories share: letters of Alice, the carriers and notices they become, rules and policy. */
import { type PdfPolicy, pdfPolicySchema } from '#domain/pdf/pdf-policy.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { CapturedMail } from './mail-catcher.ts';
import type { Gateway } from './run-gateway.ts';
import { submit } from './submit.ts';

export const alice = 'alice@example.org';

export interface Letter {
  readonly to: readonly string[];
  readonly subject: string;
  readonly body?: string;
  /** Further fields, each ended by CRLF. */
  readonly headers?: string;
  readonly bcc?: readonly string[];
}

export interface PdfStage {
  publish(rules: RuleBook['rules']): Promise<void>;
  setPolicy(change: Partial<PdfPolicy>): Promise<void>;
  /** Gives its Message-ID, which its carriers have and its notice names. */
  send(letter: Letter): Promise<string>;
  carrierFor(recipient: string, id: string): Promise<CapturedMail>;
  noticeAbout(id: string): Promise<CapturedMail>;
  noticesAbout(id: string): CapturedMail[];
}

let letters = 0;

export function pdfStage(gateway: Gateway): PdfStage {
  const isNoticeAbout = (id: string) => (mail: CapturedMail) => mail.text.includes(`In-Reply-To: ${id}`);
  return {
    async publish(rules) {
      const version = async (): Promise<number> =>
        (await gateway.admin.query<{ version: number }>('policy.state')).version;
      const book: RuleBook = { version: 1, commands: {}, rules };
      await gateway.admin.change('policy.saveDraft', { book, version: await version() });
      await gateway.admin.change('policy.publish', { version: await version(), reason: 'test' });
    },
    async setPolicy(change) {
      const policy = pdfPolicySchema.parse(change);
      await gateway.admin.change('pdf.setPolicy', { policy, reason: 'test' });
    },
    async send({ to, subject, body = 'The secret text.', headers = '', bcc = [] }) {
      letters += 1;
      const id = `<letter-${letters}.${process.pid}@example.org>`;
      const mail =
        `From: Alice Example <${alice}>\r\nTo: ${to.join(', ')}\r\nSubject: ${subject}\r\nMessage-ID: ${id}\r\n` +
        `Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n${headers}\r\n${body}\r\n`;
      await submit(gateway.insidePort, { from: alice, to: [...to, ...bcc], mail });
      return id;
    },
    carrierFor: (recipient, id) => gateway.arrival(recipient, (m) => m.text.includes(`Message-ID: ${id}`)),
    noticeAbout: (id) => gateway.arrival(alice, isNoticeAbout(id)),
    noticesAbout: (id) =>
      gateway.delivered.filter((m) => m.recipients.includes(alice) && isNoticeAbout(id)(m)),
  };
}
