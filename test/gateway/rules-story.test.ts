/**
 * Rules through the running gateway: each recipient apart, passes in order, commands, header actions, untouched mails
 * (features.md P1 P7 P9 P10 P13 P22 P25).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Action, RuleBook } from '#domain/policy/rule-book.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';
import { until } from './until.ts';

const alice = 'alice@example.org';
const bob = 'bob@partner.example';
let gateway: Gateway;
let partner: OpensslPartner;

async function publish(rules: RuleBook['rules'], commands: RuleBook['commands'] = {}): Promise<void> {
  const book: RuleBook = { version: 1, commands, rules };
  const version = async (): Promise<number> =>
    (await gateway.admin.query<{ version: number }>('policy.state')).version;
  await gateway.admin.change('policy.saveDraft', { book, version: await version() });
  await gateway.admin.change('policy.publish', { version: await version(), reason: 'test' });
}

before(async () => {
  gateway = await runGateway();
  partner = opensslPartner(bob);
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  await gateway.admin.change('certificates.import', {
    fileName: 'bob.pem',
    base64: partner.certificate.toString('base64'),
    password: '',
    reason: 'test',
  });
  const encrypt: Action = {
    do: 'encrypt',
    methods: ['smime'],
    otherwise: 'back-to-sender',
    headers: 'copied',
  };
  await publish(
    [
      {
        name: 'archive',
        when: { recipient: 'archived@partner.example' },
        passes: [
          { deliverTo: 'archive@example.org', actions: [{ do: 'nothing' }] },
          {
            actions: [
              { do: 'addHeader', name: 'X-Archived', value: 'yes' },
              { do: 'deleteHeader', name: 'X-Internal' },
            ],
          },
        ],
      },
      {
        name: 'secure',
        when: { all: [{ command: 'secure' }, { direction: 'outgoing' }] },
        passes: [{ actions: [encrypt] }],
      },
      {
        name: 'encrypted',
        when: { recipient: bob },
        passes: [{ actions: [{ do: 'sign', form: 'opaque' }, encrypt] }],
      },
      { name: 'drop', when: { recipient: 'nobody@example.org' }, passes: [{ actions: [{ do: 'delete' }] }] },
      {
        name: 'refuse',
        when: { recipient: 'refused@example.org' },
        passes: [{ actions: [{ do: 'backToSender' }] }],
      },
      { name: 'rest', when: { always: true }, passes: [{ actions: [{ do: 'nothing' }] }] },
    ],
    { secure: 'secure' },
  );
});
after(async () => {
  await gateway?.remove();
  partner?.remove();
});

const mailOf = (subject: string, headers = '', body = 'hello'): string =>
  `From: ${alice}\r\nTo: ${bob}, carol@example.org\r\nSubject: ${subject}\r\n${headers}Message-ID: <${subject.length}.${Date.now()}@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n${body}\r\n`;

/** What stands below our Received field. */
const belowReceived = (text: string): string => text.slice(text.indexOf('From: '));

describe('rules', () => {
  it('decide for each recipient apart: one gets it encrypted, the other octet by octet (P1, P22)', async () => {
    const mail = mailOf('apart', '', `odd   spacing\t\r\n\r\n..dots and a long line ${'x'.repeat(900)}`);
    await submit(gateway.insidePort, { from: alice, to: [bob, 'carol@example.org'], mail });
    const encrypted = await gateway.arrival(bob, (m) => m.text.includes('apart'));
    assert.match(encrypted.text, /smime-type=enveloped-data/);
    const untouched = await gateway.arrival('carol@example.org', (m) => m.text.includes('apart'));
    assert.equal(belowReceived(untouched.text), mail);
    assert.deepEqual(untouched.recipients, ['carol@example.org']);
  });

  it('send an archive copy first, then the delivery, with header actions (P9, P10)', async () => {
    const mail = mailOf('archived', 'X-Internal: cost centre 12\r\n');
    await submit(gateway.insidePort, { from: alice, to: ['archived@partner.example'], mail });
    const copy = await gateway.arrival('archive@example.org');
    assert.equal(belowReceived(copy.text), mail);
    const delivered = await gateway.arrival('archived@partner.example');
    assert.match(delivered.text, /^X-Archived: yes\r$/m);
    assert.ok(!delivered.text.includes('X-Internal'));
  });

  it('obey a command of an inside sender and take it out of the subject (P7, P25)', async () => {
    await submit(gateway.insidePort, {
      from: alice,
      to: ['bob@partner.example'],
      mail: mailOf('{secure} offer'),
    });
    const mail = await gateway.arrival(bob, (m) => m.text.includes('offer'));
    assert.match(mail.text, /smime-type=enveloped-data/);
    assert.match(mail.text, /^Subject: offer\r$/m);
    partner.file('offer.eml', mail.raw);
    const opened = partner
      .run(['cms', '-decrypt', '-in', 'offer.eml', '-recip', 'cert.pem', '-inkey', 'key.pem'])
      .toString();
    assert.ok(!opened.includes('{secure}'));
  });

  it('never obey a command from outside (threat 19)', async () => {
    const mail = mailOf('{secure} from outside').replace(`From: ${alice}`, 'From: eve@evil.example');
    await submit(gateway.outsidePort, { from: 'eve@evil.example', to: ['carol@example.org'], mail });
    await gateway.arrival('carol@example.org', (m) => m.text.includes('from outside'));
    type Trace = { decision: { recipients: { rule: string }[] } | null };
    let rule: string | undefined;
    const traced = async (): Promise<boolean> => {
      const { rows } = await gateway.admin.query<{ rows: { spoolId: string; sender: string }[] }>(
        'mails.list',
        {},
      );
      const spoolId = rows.find((r) => r.sender === 'eve@evil.example')?.spoolId;
      if (spoolId === undefined) return false; // The page's index follows the journals.
      const { mail } = await gateway.admin.query<{ mail: Trace }>('mails.get', { spoolId });
      rule = mail.decision?.recipients[0]?.rule;
      return rule !== undefined;
    };
    await until(traced, 20_000, () => 'the mail is not traced');
    assert.equal(rule, 'rest');
  });

  it('do not encrypt twice what the sender encrypted (P13)', async () => {
    partner.file('own.txt', 'Content-Type: text/plain\r\n\r\nsecret\r\n');
    const own = partner.run([
      'cms',
      '-encrypt',
      '-aes256',
      '-in',
      'own.txt',
      '-from',
      alice,
      '-to',
      bob,
      '-subject',
      'own',
      'cert.pem',
    ]);
    await submit(gateway.insidePort, {
      from: alice,
      to: [bob],
      mail: own.toString('latin1').replace(/\r?\n/g, '\r\n'),
    });
    const mail = await gateway.arrival(bob, (m) => m.text.includes('Subject: own'));
    const kinds = mail.text.match(/smime-type=[a-z-]+/g);
    assert.deepEqual(kinds, ['smime-type=signed-data'], 'signed around it, not encrypted again');
  });

  it('return what a rule refuses, without its content, and drop what a rule deletes (P9, threat 4)', async () => {
    const mail = mailOf('refused', '', 'the secret of this mail');
    await submit(gateway.insidePort, {
      from: alice,
      to: ['refused@example.org', 'nobody@example.org'],
      mail,
    });
    const report = await gateway.arrival(alice, (m) => m.text.includes('multipart/report'));
    assert.equal(report.sender, '');
    assert.match(report.text, /refused@example\.org/);
    assert.ok(!report.text.includes('the secret of this mail'));
    assert.ok(!gateway.delivered.some((m) => m.recipients.includes('nobody@example.org')));
  });
});
