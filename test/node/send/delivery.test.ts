import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { listQueue } from '#node/queue/queue-tools.ts';
import { type HopScript, type NextHop, nextHop } from './next-hop.ts';
import { empty, MAIL, type RunningSend, routeTo, runningSend, soon } from './running-send.ts';

const open: { close(): Promise<void> }[] = [];
let send: RunningSend;

async function hopWith(script: HopScript = {}): Promise<NextHop> {
  const hop = await nextHop(script);
  open.push(hop);
  return hop;
}

afterEach(async () => {
  await send.stop();
  send.remove();
  for (const hop of open.splice(0)) await hop.close();
});
after(() => assert.equal(open.length, 0));

describe('a queued mail', () => {
  it('arrives octet by octet, with dots and 8-bit octets, and leaves the queue', async () => {
    const hop = await hopWith();
    send = await runningSend([routeTo(hop.port)]);
    const raw = Buffer.from('Subject: dots\r\n\r\n.\r\n..two\r\n.x\r\n\xe4\xff\r\nend\r\n', 'latin1');
    await send.queue({ raw, envelope: { body: '8BITMIME' } });
    await empty(send);
    assert.deepEqual(hop.mails[0]?.raw, raw);
    assert.deepEqual(hop.mails[0]?.to, ['bob@outside.example']);
    assert.ok(
      hop.lines.some((line) => /^MAIL FROM:<ann@inside\.example> SIZE=\d+ BODY=8BITMIME$/.test(line)),
    );
  });

  it('that lay there before the start is sent, too', async () => {
    const hop = await hopWith();
    send = await runningSend([routeTo(hop.port)]);
    await send.stop();
    await send.queue();
    await send.start();
    await empty(send);
    assert.equal(hop.mails.length, 1);
  });

  it('never puts a bare CR or LF on the wire (threat 25)', async () => {
    const hop = await hopWith();
    send = await runningSend([routeTo(hop.port)]);
    const smuggled = 'Subject: x\r\n\r\na\n.\nMAIL FROM:<evil@x.example>\r.\rb\r\n.\n\r\n';
    await send.queue({ raw: smuggled });
    await empty(send);
    assert.equal(hop.mails.length, 1);
    assert.doesNotMatch(hop.mails[0]?.raw.toString('latin1') ?? '', /\r(?!\n)|(?<!\r)\n/);
    assert.equal(hop.lines.filter((line) => line.startsWith('MAIL')).length, 1);
  });

  it('goes by the first row of the mailer table that fits', async () => {
    const [exact, below, rest] = [await hopWith(), await hopWith(), await hopWith()];
    send = await runningSend([
      routeTo(exact.port, 'one.example'),
      routeTo(below.port, '.one.example'),
      routeTo(rest.port, '*'),
    ]);
    await send.queue({ recipients: ['a@ONE.example', 'b@sub.one.example', 'c@two.example'] });
    await empty(send);
    assert.deepEqual(exact.mails[0]?.to, ['a@ONE.example']);
    assert.deepEqual(below.mails[0]?.to, ['b@sub.one.example']);
    assert.deepEqual(rest.mails[0]?.to, ['c@two.example']);
  });

  it('with 250 recipients goes in transactions of a hundred (RFC 5321 §4.5.3.1.8)', async () => {
    const hop = await hopWith();
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({ recipients: Array.from({ length: 250 }, (_, i) => `r${i}@outside.example`) });
    await empty(send);
    assert.deepEqual(
      hop.mails.map((mail) => mail.to.length),
      [100, 100, 50],
    );
  });

  it('carries the DSN parameters of each recipient when the next hop knows DSN (RFC 3461)', async () => {
    const hop = await hopWith();
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({
      envelope: { dsn: { ret: 'HDRS', envid: 'a+b=c d' } },
      recipients: [
        { address: 'x@outside.example', notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;o+x@first.example' },
        { address: 'y@outside.example', notify: ['NEVER'] },
        'z@outside.example',
      ],
    });
    await empty(send);
    assert.ok(
      hop.lines.some((l) => /^MAIL FROM:.* RET=HDRS ENVID=a\+2Bb\+3Dc\+20d( |$)/.test(l)),
      hop.lines.join('\n'),
    );
    const rcpts = hop.lines.filter((line) => line.startsWith('RCPT'));
    assert.deepEqual(rcpts, [
      'RCPT TO:<x@outside.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;o+2Bx@first.example',
      'RCPT TO:<y@outside.example> NOTIFY=NEVER',
      'RCPT TO:<z@outside.example>',
    ]);
  });

  it('is one of many on a connection', async () => {
    const hop = await hopWith();
    send = await runningSend([routeTo(hop.port)], { perDestinationMax: 3 });
    for (let i = 0; i < 50; i++) await send.queue();
    await empty(send);
    assert.equal(hop.mails.length, 50);
    assert.ok(hop.openMax <= 3 && hop.sessions <= 3, `${hop.sessions} sessions, ${hop.openMax} at once`);
  });

  it('survives a kept connection that the server closed meanwhile', async () => {
    const hop = await hopWith({
      on: (line, session) => (line === 'RSET' && session === 1 ? 'drop' : undefined),
    });
    send = await runningSend([routeTo(hop.port)], { perDestinationMax: 1 });
    await send.queue();
    await empty(send);
    hop.script = { on: (line, session) => (session === 1 && line.startsWith('MAIL') ? 'drop' : undefined) };
    await send.queue();
    await empty(send);
    assert.equal(hop.mails.length, 2);
    await send.stop();
    assert.equal(send.trace().filter((record) => record.event === 'deferred').length, 0);
  });
});

describe('recipients with different fates', () => {
  const onRcpt = (line: string): string | undefined => {
    if (line.startsWith('RCPT TO:<no@')) return '550 5.1.1 unknown';
    if (line.startsWith('RCPT TO:<later@')) return '451 4.3.0 not now';
    return undefined;
  };

  it('are settled each for itself: delivered once, reported, tried again', async () => {
    const hop = await hopWith({ on: onRcpt });
    send = await runningSend([routeTo(hop.port)]);
    const queueId = await send.queue({ recipients: ['yes@o.example', 'no@o.example', 'later@o.example'] });
    await soon(
      () => hop.mails.length === 2 && listQueue(send.layout).deferred.length === 1,
      'mail and report',
    );
    const [state] = listQueue(send.layout).deferred;
    assert.deepEqual(
      state?.recipients.map((r) => r.state),
      ['delivered', 'failed', 'waiting'],
    );
    assert.equal(state?.lastAnswer, '451 4.3.0 not now');
    const report = hop.mails.find((mail) => mail.from === '');
    assert.deepEqual(report?.to, ['ann@inside.example']);
    const text = report?.raw.toString() ?? '';
    assert.match(text, /Content-Type: multipart\/report; report-type=delivery-status/);
    assert.match(text, /Final-Recipient: rfc822; no@o\.example\r\nAction: failed\r\nStatus: 5\.1\.1\r\n/);
    assert.doesNotMatch(text, /later@|yes@/);
    assert.doesNotMatch(text, /Hello/);

    hop.script = {};
    send.clock.nowMs += 61_000;
    await empty(send);
    const copies = hop.mails.filter((mail) => mail.from !== '');
    assert.deepEqual(
      copies.map((mail) => mail.to),
      [['yes@o.example'], ['later@o.example']],
    );
    await send.stop();
    assert.deepEqual(
      send
        .trace()
        .filter((r) => r.queueId === queueId)
        .map((r) => [r.event, r.recipients.join()]),
      [
        ['delivered', 'yes@o.example'],
        ['bounced', 'no@o.example'],
        ['deferred', 'later@o.example'],
        ['delivered', 'later@o.example'],
      ],
    );
  });

  it('keep their marks when the process starts again', async () => {
    const hop = await hopWith({ on: onRcpt });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({ recipients: ['yes@o.example', 'later@o.example'] });
    await soon(() => listQueue(send.layout).deferred.length === 1, 'deferred');
    await send.stop();
    hop.script = {};
    send.clock.nowMs += 61_000;
    await send.start();
    await empty(send);
    assert.deepEqual(
      hop.mails.map((mail) => mail.to),
      [['yes@o.example'], ['later@o.example']],
    );
  });

  it('that are all refused get one report; a refusal of the content is told, too', async () => {
    const hop = await hopWith({
      on: onRcpt,
      body: (mail) => (mail.from === '' ? undefined : '554 5.7.1 spam'),
    });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({ recipients: ['no@o.example', 'no@p.example'] });
    await send.queue({ recipients: ['yes@o.example'] });
    await empty(send);
    const reports = hop.mails.map((mail) => mail.raw.toString());
    assert.equal(reports.length, 2);
    const both = reports.find((text) => text.includes('no@p.example'));
    assert.match(both ?? '', /no@o\.example/);
    assert.match(reports.find((text) => text.includes('yes@o.example')) ?? '', /Status: 5\.7\.1/);
  });
});

describe('reports', () => {
  const refusing: HopScript = {
    on: (line) => (line.startsWith('RCPT TO:<no@') ? '550 5.1.1 unknown' : undefined),
  };

  it('are not sent for NOTIFY=NEVER, for the null sender, or for a report', async () => {
    const hop = await hopWith({ on: (line) => (line.startsWith('RCPT') ? '550 5.1.1 unknown' : undefined) });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({ recipients: [{ address: 'no@o.example', notify: ['NEVER'] }] });
    await send.queue({ sender: null });
    await send.queue({ header: { kind: 'dsn' } });
    await empty(send);
    assert.equal(hop.mails.length, 0);
    await send.stop();
    assert.equal(send.trace().filter((record) => record.event === 'bounced').length, 3);
  });

  it('tell someone outside nothing of our servers or of the mail (threats 3, 4)', async () => {
    const hop = await hopWith({
      on: (line) => (line.startsWith('RCPT TO:<no@') ? '550 5.1.1 internal-host-7 says no' : undefined),
    });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({
      sender: 'eve@outside.example',
      recipients: ['no@inside.example'],
      raw: MAIL.replace('hello', 'the secret subject'),
      header: { zone: 'inside' },
    });
    await empty(send);
    const text = hop.mails[0]?.raw.toString() ?? '';
    assert.match(text, /Status: 5\.1\.1/);
    assert.doesNotMatch(text, /internal-host-7|Remote-MTA|127\.0\.0\.1|secret subject|Hello/);
  });

  it('say `relayed` when a success was to be told and the next hop knows no DSN (RFC 3461 §5.2.2)', async () => {
    const hop = await hopWith({ ...refusing, ehlo: ['8BITMIME'] });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({ recipients: [{ address: 'yes@o.example', notify: ['SUCCESS'] }] });
    await empty(send);
    await soon(() => hop.mails.length === 2, 'mail and report');
    assert.match(hop.mails[1]?.raw.toString() ?? '', /Action: relayed/);
  });
});

describe('a next hop that cannot take a mail', () => {
  const cases: [string, HopScript, Parameters<RunningSend['queue']>[0], string][] = [
    ['8-bit content without 8BITMIME', { ehlo: [] }, { raw: 'Subject: x\r\n\r\n\u00e4\r\n' }, '5.6.3'],
    [
      'a mail beyond its SIZE',
      { ehlo: ['SIZE 9000'] },
      { raw: `Subject: x\r\n\r\n${'x\r\n'.repeat(4000)}` },
      '5.3.4',
    ],
    ['an internationalised address', { ehlo: ['8BITMIME'] }, { recipients: ['j\u00f6@o.example'] }, '5.6.7'],
    ['binary content', { ehlo: ['8BITMIME'] }, { raw: MAIL, envelope: { body: 'BINARYMIME' } }, '5.6.3'],
  ];
  for (const [what, script, mail, status] of cases) {
    it(`gets it not: ${what} is a report with ${status}`, async () => {
      const hop = await hopWith(script);
      send = await runningSend([routeTo(hop.port)]);
      await send.queue(mail);
      await empty(send);
      assert.equal(hop.mails.length, 1);
      assert.match(
        hop.mails[0]?.raw.toString() ?? '',
        new RegExp(`Status: ${status.replaceAll('.', '\\.')}`),
      );
    });
  }

  it('gets the ASCII form of an internationalised domain', async () => {
    const hop = await hopWith({ ehlo: [] });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({ recipients: ['bob@b\u00fccher.example'] });
    await empty(send);
    assert.deepEqual(hop.mails[0]?.to, ['bob@xn--bcher-kva.example']);
  });
});
