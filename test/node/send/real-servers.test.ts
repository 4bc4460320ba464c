import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Postfix, postfix, type RealServer, smtpSink } from './real-servers.ts';
import { empty, newCopy, routeTo, runningSend, soon } from './running-send.ts';

describe('Postfix as the next hop (features.md M4)', () => {
  let server: Postfix;
  before(async () => {
    server = await postfix();
  });
  after(() => server.stop());

  it('takes mails octet by octet and many on a connection, pipelined', async () => {
    const send = await runningSend([routeTo(server.port, '*', 'opportunistic')]);
    const body = 'line\r\n.\r\n..dot\r\n\u00e4\u00f6 8 bit\r\nFrom x\r\n';
    for (let i = 0; i < 30; i++) {
      const raw = `Subject: n\r\nX-Id: ${i}\r\nFrom: a@inside.example\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${i}@x>\r\n\r\n${body}`;
      await send.queue({ raw, recipients: ['bob@postfix.example'], envelope: { body: '8BITMIME' } });
    }
    await empty(send);
    await soon(() => server.delivered().length === 30, 'all delivered by Postfix');
    const ids = server.delivered().map((mail) => /^X-Id: (\d+)/m.exec(mail)?.[1]);
    assert.equal(new Set(ids).size, 30);
    const expected = Buffer.from(body).toString('latin1').replaceAll('\r\n', '\n');
    for (const mail of server.delivered()) assert.ok(mail.endsWith(expected));
    await send.stop();
    send.remove();
  });

  it('gets the DSN parameters and reports the success to the sender itself (RFC 3461)', async () => {
    const send = await runningSend([routeTo(server.port)]);
    await send.queue({
      sender: 'ann@postfix.example',
      recipients: [{ address: 'bob@postfix.example', notify: ['SUCCESS'], orcpt: 'rfc822;first@o.example' }],
      envelope: { dsn: { ret: 'HDRS', envid: 'envelope+1' } },
    });
    await empty(send);
    await soon(
      () => server.delivered().some((mail) => mail.includes('Action: delivered')),
      'report by Postfix',
    );
    const report = server.delivered().find((mail) => mail.includes('Action: delivered')) ?? '';
    assert.match(report, /^Original-Envelope-Id: envelope\+1$/m);
    assert.match(report, /^Original-Recipient: rfc822;first@o\.example$/m);
    await send.stop();
    send.remove();
  });
});

describe('smtp-sink as the next hop', () => {
  let sink: RealServer;
  before(async () => {
    sink = await smtpSink();
  });
  after(() => sink.stop());

  it('gets 1,000 mails; every one is marked and traced once', async () => {
    const send = await runningSend([routeTo(sink.port)]);
    for (let i = 0; i < 1000; i += 50) {
      await send.writer.write(Array.from({ length: 50 }, () => newCopy({}, send.clock.nowMs)));
    }
    await empty(send);
    await send.stop();
    const delivered = send.trace().filter((record) => record.event === 'delivered');
    assert.equal(delivered.length, 1000);
    assert.equal(new Set(delivered.map((record) => record.queueId)).size, 1000);
    send.remove();
  });
});
