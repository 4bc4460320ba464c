/** A mail domain of the gateway under test, waited for until its outside listener takes mail for it. */
import { SmtpTalk } from '../node/receive/smtp-talk.ts';
import type { Gateway } from './run-gateway.ts';
import { until } from './until.ts';

const TAKES_MS = 30_000;

export async function addOurDomain(gateway: Gateway, domain: string): Promise<void> {
  await gateway.admin.change('people.addDomain', { domain, reason: 'test' });
  const takes = async (): Promise<boolean> => {
    const talk = await SmtpTalk.greeted(gateway.outsidePort);
    try {
      await talk.says('MAIL FROM:<someone@elsewhere.example>', 250);
      talk.raw(`RCPT TO:<someone@${domain}>\r\n`);
      return (await talk.answer())?.code === 250;
    } finally {
      talk.close();
    }
  };
  await until(takes, TAKES_MS, () => gateway.output());
}
