/** Conversations with the receiving process over raw sockets: what a mail server sees. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type RunningReceive, runningReceive } from './running-receive.ts';
import { SmtpTalk } from './smtp-talk.ts';

const MAIL = 'From: a@sender.example\r\nSubject: x\r\n\r\nHello\r\n';

describe('receive', () => {
  let gateway: RunningReceive;
  before(async () => {
    gateway = await runningReceive({ recipientsMax: 3, sizeBytesMax: 1_000_000, receivedLinesMax: 5 });
  });
  after(() => gateway.remove());

  it('greets at once and offers what it can', async () => {
    const startedMs = performance.now();
    const talk = await SmtpTalk.to(gateway.inside);
    await talk.expect('220 gateway.test.example ESMTP');
    assert.ok(performance.now() - startedMs < 90, 'no wait for early talkers');
    talk.raw('EHLO client.example\r\n');
    const answer = await talk.answer();
    assert.deepEqual(
      answer?.lines.map((line) => line.slice(4)),
      [
        'gateway.test.example',
        'PIPELINING',
        'SIZE 1000000',
        '8BITMIME',
        'SMTPUTF8',
        'CHUNKING',
        'ENHANCEDSTATUSCODES',
        'DSN',
      ],
    );
    await talk.says('QUIT', '221 2.0.0');
  });

  it('spools a mail sealed, with its envelope, its session and a Received field, octet by octet', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    await talk.says('MAIL FROM:<a@sender.example> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=a+2Bb', '250 2.1.0');
    await talk.says(
      'RCPT TO:<b@OURS.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bx@ours.example',
      '250 2.1.5',
    );
    await talk.says('RCPT TO:<c@ours.example> NOTIFY=NEVER', '250 2.1.5');
    await talk.says('DATA', 354);
    talk.raw('Message-ID: <1@x>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n\r\n..dot\r\nä\r\n.\r\n');
    const queued = await talk.expect('250 2.0.0 Ok: queued as gateway-1.1.');
    const mail = (await gateway.mails()).at(-1)!;
    const { header } = mail;
    assert.equal(queued.split(' ').at(-1), header.spoolId);
    assert.deepEqual(header.envelope, {
      sender: 'a@sender.example',
      recipients: [
        { address: 'b@ours.example', notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;b+x@ours.example' },
        { address: 'c@ours.example', notify: ['NEVER'] },
      ],
      body: '8BITMIME',
      smtpUtf8: false,
      requireTls: false,
      dsn: { ret: 'HDRS', envid: 'a+b' },
    });
    assert.equal(header.session.zone, 'inside');
    assert.equal(header.session.helo, 'client.example');
    assert.equal(header.sizeBytes, mail.octets.length);
    assert.equal(header.messageIdMade, null);
    const [received, rest] = mail.octets.toString('utf8').split(/(?=Message-ID)/);
    assert.match(
      received!,
      /^Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby gateway\.test\.example with ESMTP id gateway-1\.1\.[0-9A-Z]{26};\r\n\t\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\n$/,
    );
    assert.equal(rest, 'Message-ID: <1@x>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n\r\n.dot\r\nä\r\n');
    talk.close();
  });

  it('makes Message-ID and Date when they are missing', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    await talk.envelope();
    talk.raw(`${MAIL}.\r\n`);
    await talk.expect(250);
    const { header, octets } = (await gateway.mails()).at(-1)!;
    assert.equal(header.messageIdMade, `<${header.spoolId}@gateway.test.example>`);
    assert.ok(octets.includes(`\r\nMessage-ID: ${header.messageIdMade}\r\nDate: `));
    assert.ok(octets.toString().endsWith(`\r\n${MAIL}`));
    talk.close();
  });

  it('takes a mail without header, without body, without anything', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    for (const text of ['just text\r\n', 'Subject: only\r\n', '', '\r\nbody\r\n']) {
      await talk.envelope();
      talk.raw(`${text}.\r\n`);
      await talk.expect(250);
      const { octets } = (await gateway.mails()).at(-1)!;
      const separated = text.startsWith('just') ? `\r\n\r\n${text}` : `\r\n${text}`;
      assert.ok(octets.toString().endsWith(separated), JSON.stringify(octets.toString()));
    }
    talk.close();
  });

  it('takes pipelined groups and several mails in one session', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    for (let i = 0; i < 3; i += 1) {
      talk.raw('MAIL FROM:<>\r\nRCPT TO:<b@ours.example>\r\nRCPT TO:<b>\r\nDATA\r\n');
      await talk.expect('250 2.1.0');
      await talk.expect('250 2.1.5');
      await talk.expect('501 5.1.3');
      await talk.expect(354);
      talk.raw(`${MAIL}.\r\nRSET\r\n`);
      await talk.expect('250 2.0.0 Ok');
      await talk.expect('250 2.0.0');
    }
    assert.equal((await gateway.mails()).at(-1)!.header.envelope.sender, null);
    talk.close();
  });

  it('takes a mail by BDAT in chunks (RFC 3030)', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    talk.raw(
      'MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@ours.example>\r\nBDAT 9\r\nSubject: BDAT 11\r\n1\r\n\r\n.\r\n\r\nB',
    );
    for (const start of ['250 2.1.0', '250 2.1.5', '250 2.0.0 9', '250 2.0.0 11']) await talk.expect(start);
    await talk.says('DATA', '503 5.5.1');
    await talk.says('BDAT 0 LAST', '250 2.0.0 Ok');
    assert.ok((await gateway.mails()).at(-1)!.octets.toString().endsWith('\r\nSubject: 1\r\n\r\n.\r\n\r\nB'));
    talk.raw('BDAT 4 LAST\r\nQUIT'); // Dropped with the chunk, not obeyed.
    await talk.expect('503 5.5.1');
    await talk.says('NOOP', 250);
    await talk.says('BDAT x', '501 5.5.4');
    await talk.expectClosed();
  });

  it('answers every refused command with an enhanced code', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    await talk.says('RCPT TO:<b@ours.example>', '503 5.5.1');
    await talk.says('DATA', '503 5.5.1');
    await talk.says('MAIL FROM:a@x.example', '501 5.1.7');
    await talk.says('MAIL FROM:<@relay:a@x.example>', '501 5.1.7');
    await talk.says('MAIL FROM:<a@x.example> FOO=1', '555 5.5.4');
    await talk.says('MAIL FROM:<a@x.example> BODY=BINARYMIME', '501 5.5.4');
    await talk.says('MAIL FROM:<a@x.example> ENVID=a+0D+0Ab', '501 5.5.4');
    await talk.says('MAIL FROM:<ä@x.example>', '553 5.6.7');
    await talk.says('MAIL FROM:<a@x.example> SIZE=1000001', '552 5.3.4');
    await talk.says('AUTH PLAIN AGEAYg==', '500 5.5.2');
    await talk.says('STARTTLS', '500 5.5.2');
    await talk.says('EXPN x', '500 5.5.2');
    talk.raw(Buffer.from('MAIL FROM:<\xe4@x.example> SMTPUTF8\r\n', 'latin1'));
    await talk.expect('501 5.1.7');
    talk.close();
  });

  it('takes UTF-8 addresses with SMTPUTF8', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    talk.raw(
      Buffer.from('MAIL FROM:<bärbel@sender.example> SMTPUTF8\r\nRCPT TO:<ü@bücher.example>\r\nDATA\r\n'),
    );
    for (const start of [250, 250, 354]) await talk.expect(start);
    talk.raw(`${MAIL}.\r\n`);
    await talk.expect(250);
    const { header, octets } = (await gateway.mails()).at(-1)!;
    assert.equal(header.envelope.sender, 'bärbel@sender.example');
    assert.equal(header.envelope.recipients[0]?.address, 'ü@xn--bcher-kva.example');
    assert.ok(octets.includes(' with UTF8SMTP id '));
    talk.close();
  });

  it('takes recipients from outside for our domains only', async () => {
    const talk = await SmtpTalk.greeted(gateway.outside);
    await talk.says('MAIL FROM:<a@sender.example>', 250);
    await talk.says('RCPT TO:<b@ours.example>', '250 2.1.5');
    await talk.says('RCPT TO:<b@other.example>', '550 5.7.1');
    await talk.says('RCPT TO:<postmaster>', '250 2.1.5');
    talk.close();
  });

  it('limits recipients, size, hops and the length of a command', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    await talk.says('MAIL FROM:<a@sender.example>', 250);
    for (const to of ['1', '2', '3', '3']) await talk.says(`RCPT TO:<${to}@ours.example>`, 250);
    await talk.says('RCPT TO:<4@ours.example>', '452 4.5.3');
    await talk.says('RSET', 250);
    await talk.envelope();
    talk.raw(`Subject: x\r\n\r\n${'x'.repeat(998)}\r\n${`${'y'.repeat(98)}\r\n`.repeat(10_000)}.\r\n`);
    await talk.expect('552 5.3.4');
    await talk.envelope();
    talk.raw(`${'Received: from x\r\n\tby y;\r\n'.repeat(6)}\r\nloop\r\n.\r\n`);
    await talk.expect('554 5.4.6');
    talk.raw(`NOOP ${'x'.repeat(3000)}\r\n`);
    await talk.expect('500 5.5.2');
    talk.raw('y'.repeat(5000));
    await talk.expect('500 5.5.2');
    talk.raw('\r\n');
    await talk.says('NOOP', '250 2.0.0');
    talk.close();
  });

  it('ends a session with too many errors', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    for (let i = 0; i < 9; i += 1) await talk.says('FOO', 500);
    for (let i = 0; i < 10; i += 1) await talk.says('MAIL FROM:<', 501);
    await talk.says('MAIL FROM:<', 501);
    await talk.expect('421 4.7.0');
    await talk.expectClosed();
  });

  it('traces what it took and what it refused', async () => {
    const talk = await SmtpTalk.greeted(gateway.outside);
    await talk.says('MAIL FROM:<traced@sender.example>', 250);
    await talk.says('RCPT TO:<b@elsewhere.example>', 550);
    await talk.says('RCPT TO:<b@ours.example>', 250);
    await talk.says('DATA', 354);
    talk.raw(`${MAIL}.\r\n`);
    await talk.expect(250);
    talk.close();
    const wanted = (): object[] =>
      readFileSync(join(gateway.layout.trace, 'receive.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter((record) => record.sender === 'traced@sender.example')
        .map(({ event, listener, zone, peer, recipients, tls, reply }) => {
          return { event, listener, zone, peer, recipients, tls, reply: reply.slice(0, 9) };
        });
    while (wanted().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const common = { listener: 'outside', zone: 'outside', peer: '127.0.0.1', tls: null };
    assert.deepEqual(wanted(), [
      { ...common, event: 'refused', recipients: ['RCPT TO:<b@elsewhere.example>'], reply: '550 5.7.1' },
      { ...common, event: 'received', recipients: ['b@ours.example'], reply: '250 2.0.0' },
    ]);
  });

  it('keeps a message that has ended, though the peer does not wait for the answer', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    const before = readdirSync(gateway.layout.spoolReady).length;
    await talk.envelope();
    talk.socket.end(`${MAIL}.\r\n`);
    while (readdirSync(gateway.layout.spoolReady).length === before) await new Promise(setImmediate);
    assert.ok((await gateway.mails()).at(-1)!.octets.toString().endsWith(MAIL));
  });

  it('leaves nothing when the peer goes away within a message', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    await talk.envelope();
    const before = readdirSync(gateway.layout.spoolReady).length;
    talk.raw(`Subject: x\r\n\r\n${`${'z'.repeat(98)}\r\n`.repeat(6000)}`);
    while (readdirSync(gateway.layout.spoolIncoming).length === 0) await new Promise(setImmediate);
    talk.close();
    while (readdirSync(gateway.layout.spoolIncoming).length > 0) await new Promise(setImmediate);
    assert.equal(readdirSync(gateway.layout.spoolReady).length, before);
  });
});

describe('receive, before it knows our domains', () => {
  it('asks the sender to come back', async () => {
    const gateway = await runningReceive();
    rmSync(gateway.layout.receivePolicy);
    const talk = await SmtpTalk.greeted(gateway.outside);
    await talk.says('MAIL FROM:<a@sender.example>', 250);
    await talk.says('RCPT TO:<b@ours.example>', '451 4.3.0');
    talk.close();
    await gateway.stop();
    gateway.remove();
  });
});
