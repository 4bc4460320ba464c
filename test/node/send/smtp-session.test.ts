/** What smtp-session.ts takes for granted of nodemailer's internals; fails when a new version changes them. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { answerOfReply } from '#node/send/answer.ts';
import { sessionStep } from '#node/send/session-step.ts';
import { SmtpSession } from '#node/send/smtp-session.ts';
import { type HopScript, type NextHop, nextHop } from './next-hop.ts';

let hop: NextHop;
let session: SmtpSession;

afterEach(async () => {
  session.close();
  await hop.close();
});

async function connected(script: HopScript): Promise<void> {
  hop = await nextHop(script);
  session = new SmtpSession({
    connection: connect(hop.port, '127.0.0.1'),
    name: 'me.example',
    ignoreTLS: true,
  });
  session.on('error', () => {});
  await sessionStep(session, (done) => session.connect(done));
}

const envelope = { from: 'a@x.example', to: ['b@y.example', 'c@y.example'] };

for (const ehlo of [['PIPELINING', 'DSN', '8BITMIME', 'SMTPUTF8', 'REQUIRETLS', 'SIZE 1234'], ['SIZE']]) {
  describe(`a session with ${ehlo.length} extensions`, () => {
    it('knows what is offered', async () => {
      await connected({ ehlo });
      for (const name of ['DSN', '8BITMIME', 'SMTPUTF8', 'REQUIRETLS'] as const) {
        assert.equal(session.offers(name), ehlo.includes(name), name);
      }
      assert.equal(session.sizeBytesMax, ehlo.includes('SIZE 1234') ? 1234 : 0);
    });

    it('adds the parameters of each recipient, for one mail only', async () => {
      await connected({ ehlo });
      session.prepare({ mail: ' RET=HDRS', recipients: [' NOTIFY=NEVER', ''] });
      assert.equal(session.bodyStarted, false);
      await sessionStep(session, (done) => session.send({ ...envelope }, Buffer.from('x\r\n'), done));
      assert.equal(session.bodyStarted, true);
      session.prepare({ mail: '', recipients: [] });
      await sessionStep(session, (done) => session.send({ ...envelope }, Buffer.from('x\r\n'), done));
      assert.deepEqual(
        hop.lines.filter((line) => /^(MAIL|RCPT)/.test(line)),
        [
          'MAIL FROM:<a@x.example> RET=HDRS',
          'RCPT TO:<b@y.example> NOTIFY=NEVER',
          'RCPT TO:<c@y.example>',
          'MAIL FROM:<a@x.example>',
          'RCPT TO:<b@y.example>',
          'RCPT TO:<c@y.example>',
        ],
      );
    });

    it('remembers who was refused, also when the content is refused later', async () => {
      await connected({
        ehlo,
        on: (line) => (line.startsWith('RCPT TO:<b@') ? '550 5.1.1 no b' : undefined),
        body: () => '451 4.3.0 not now',
      });
      const failing = sessionStep(session, (done) =>
        session.send({ ...envelope }, Buffer.from('x\r\n'), done),
      );
      await assert.rejects(failing, { response: '451 4.3.0 not now' });
      assert.deepEqual(
        session.rejected.map((entry) => [entry.recipient, entry.response]),
        [['b@y.example', '550 5.1.1 no b']],
      );
    });

    it('tells the waiting step when the connection breaks', async () => {
      await connected({ ehlo, body: () => 'drop' });
      const failing = sessionStep(session, (done) =>
        session.send({ ...envelope }, Buffer.from('x\r\n'), done),
      );
      await assert.rejects(failing, /clos|reset/i);
      assert.equal(session.bodyStarted, true);
      assert.equal(session.destroyed, true);
    });
  });
}

describe('a reply', () => {
  const cases: [string, boolean, string, string][] = [
    ['250 2.0.0 Ok', false, 'accepted', '2.0.0'],
    ['250 Ok', false, 'accepted', '2.0.0'],
    ['550 5.1.1 unknown', true, 'refused', '5.1.1'],
    ['550 4.1.1 odd', true, 'refused', '5.0.0'],
    ['450-4.2.1 first\n450 4.2.1 second', true, 'later', '4.2.1'],
    ['552 too many recipients', true, 'later', '4.5.3'],
    ['552 5.2.2 mailbox full', true, 'refused', '5.2.2'],
    ['354 what', false, 'later', '4.5.0'],
    ['', false, 'later', '4.5.0'],
  ];
  for (const [reply, toRcpt, outcome, status] of cases) {
    it(`"${reply.slice(0, 24)}" is ${outcome}, ${status}`, () => {
      const answer = answerOfReply(reply, toRcpt);
      assert.deepEqual([answer.outcome, answer.status], [outcome, status]);
      assert.doesNotMatch(answer.text, /[\r\n]/);
    });
  }
});
