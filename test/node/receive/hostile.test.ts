/** Hostile peers: smuggling, injection, floods. The numbers are those of the threat list. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../gateway/until.ts';
import { type RunningReceive, runningReceive } from './running-receive.ts';
import { SmtpTalk } from './smtp-talk.ts';

const WAIT_MS = 30_000;

function selfSigned(folder: string): { tlsCertificate: string; tlsKey: string } {
  const tlsCertificate = join(folder, 'cert.pem');
  const tlsKey = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=gateway.test.example', '-days', '2', '-nodes'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', tlsKey];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', tlsCertificate, ...subject], { stdio: 'ignore' });
  return { tlsCertificate, tlsKey };
}

describe('threat 25: only CRLF.CRLF ends a message', () => {
  let gateway: RunningReceive;
  before(async () => {
    gateway = await runningReceive();
  });
  after(() => gateway.remove());

  const smuggled = 'MAIL FROM:<evil@sender.example>\r\nRCPT TO:<b@ours.example>\r\nDATA\r\nSubject: evil\r\n';
  for (const end of [
    '\n.\n',
    '\n.\r\n',
    '\r.\r\n',
    '\r\n.\n',
    '\r\n.\r',
    '\r\n\x00.\r\n',
    '\r\n.\r\r\n',
    '\r.\r',
    '.\n',
  ]) {
    for (const cut of [false, true]) {
      it(`${JSON.stringify(end)} ${cut ? 'octet by octet' : 'in one piece'}`, async () => {
        const talk = await SmtpTalk.greeted(gateway.inside);
        await talk.envelope();
        const text = `Subject: x\r\n\r\nfirst${end}${smuggled}\r\n.\r\n`;
        if (cut) {
          for (const octet of Buffer.from(text, 'latin1')) {
            talk.raw(Uint8Array.of(octet));
            await new Promise(setImmediate);
          }
        } else talk.raw(text);
        if (end.includes('\x00')) await talk.expect(250);
        else await talk.expect('550 5.6.0');
        await talk.says('NOOP', '250 2.0.0'); // One message, one answer: nothing behind the dot was a command.
        talk.close();
        for (const { header } of await gateway.mails())
          assert.equal(header.envelope.sender, 'a@sender.example');
      });
    }
  }

  it('a bare CR or LF anywhere is refused, also by BDAT', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    for (const text of ['a\nb\r\n', 'a\rb\r\n', 'Subject: x\n\r\n', 'a\r']) {
      if (text !== 'a\r') {
        await talk.envelope();
        talk.raw(`${text}.\r\n`);
        await talk.expect('550 5.6.0');
      }
      await talk.says('MAIL FROM:<a@sender.example>', 250);
      await talk.says('RCPT TO:<b@ours.example>', 250);
      talk.raw(`BDAT ${text.length} LAST\r\n${text}`);
      await talk.expect('550 5.6.0');
    }
    talk.close();
  });

  it('a command ends with CRLF; a bare LF ends the session', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    talk.raw('NOOP\nMAIL FROM:<evil@sender.example>\r\nRCPT TO:<b@ours.example>\r\n');
    await talk.expect('521 5.5.2');
    await talk.expectClosed();
  });

  it('NUL and other controls in a command are refused', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    await talk.says('MAIL FROM:<a\x00@sender.example>', '500 5.5.2');
    await talk.says('MAIL\tFROM:<a@sender.example>', '500 5.5.2');
    await talk.says('NOOP\rQUIT', '500 5.5.2');
    await talk.says('NOOP', 250);
    talk.close();
  });

  it('what is sent behind DATA or EHLO without waiting is refused', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    const count = readdirSync(gateway.layout.spoolReady).length;
    talk.raw('MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@ours.example>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n');
    for (const start of [250, 250, '554 5.5.0']) await talk.expect(start);
    await talk.expectClosed();
    const early = await SmtpTalk.to(gateway.inside);
    early.raw('EHLO x\r\nMAIL FROM:<a@sender.example>\r\n');
    for (const start of [220, '554 5.5.0']) await early.expect(start);
    await early.expectClosed();
    assert.equal(readdirSync(gateway.layout.spoolReady).length, count);
  });
});

describe('threat 31: nothing a peer says breaks a line of ours', () => {
  it('neither HELO nor xtext', async () => {
    const gateway = await runningReceive();
    const talk = await SmtpTalk.to(gateway.inside);
    await talk.expect(220);
    await talk.says('EHLO x)(evil;', 250);
    await talk.says('MAIL FROM:<a@sender.example> ENVID=x+0D+0AX', '501 5.5.4');
    await talk.says('MAIL FROM:<a@sender.example>', 250);
    await talk.says('RCPT TO:<b@ours.example> ORCPT=rfc822;b+0D+0ARCPT', '501 5.5.4');
    await talk.says('RCPT TO:<b@ours.example>', 250);
    await talk.says('DATA', 354);
    talk.raw('Subject: x\r\n\r\n.\r\n');
    await talk.expect(250);
    const [mail] = await gateway.mails();
    assert.ok(mail?.octets.toString().startsWith('Received: from unknown ([127.0.0.1])\r\n'));
    talk.close();
    await gateway.stop();
    gateway.remove();
  });
});

describe('threat 26: STARTTLS', () => {
  let gateway: RunningReceive;
  before(async () => {
    const files = await runningReceive(); // Only for a folder that is removed with the gateway.
    await files.stop();
    gateway = await runningReceive(selfSigned(files.root));
    after(() => files.remove());
  });
  after(() => gateway.remove());

  it('upgrades; the session begins anew and says so in Received', async () => {
    const talk = await SmtpTalk.to(gateway.inside);
    await talk.expect(220);
    talk.raw('EHLO client.example\r\n');
    assert.ok((await talk.answer())?.lines.includes('250 STARTTLS'));
    await talk.says('MAIL FROM:<before@sender.example>', 250);
    await talk.says('STARTTLS', '220 2.0.0');
    await talk.startTls();
    await talk.says('RCPT TO:<b@ours.example>', '503 5.5.1');
    await talk.says('MAIL FROM:<a@sender.example>', '503 5.5.1');
    talk.raw('EHLO tls.example\r\n');
    assert.ok(!(await talk.answer())?.lines.some((line) => line.includes('STARTTLS')));
    await talk.envelope();
    talk.raw('Subject: x\r\n\r\n.\r\n');
    await talk.expect(250);
    const mail = (await gateway.mails()).at(-1)!;
    assert.deepEqual(mail.header.session.tls, { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' });
    assert.match(
      mail.octets.toString(),
      /^Received: from tls\.example \S+\r\n\tby \S+ with ESMTPS id \S+\r\n\t\(version=TLSv1\.3 cipher=TLS_AES_256_GCM_SHA384\);/,
    );
    await talk.says('STARTTLS', '503 5.5.1');
    talk.close();
  });

  it('drops what was sent before the handshake', async () => {
    const talk = await SmtpTalk.greeted(gateway.inside);
    talk.raw('STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@sender.example>\r\nRCPT TO:<b@ours.example>\r\nNOOP');
    await talk.expect('220 2.0.0');
    await talk.startTls();
    await talk.says('RSET', '250 2.0.0'); // The first answer inside TLS; the partial NOOP is gone too.
    await talk.says('MAIL FROM:<a@sender.example>', '503 5.5.1');
    talk.close();
  });

  it('takes TLS 1.2 with AEAD and nothing older or weaker', async () => {
    for (const options of [
      { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA384' },
    ] as const) {
      const talk = await SmtpTalk.greeted(gateway.inside);
      await talk.says('STARTTLS', 220);
      await assert.rejects(talk.startTls(options));
      talk.close();
    }
    const talk = await SmtpTalk.greeted(gateway.inside);
    await talk.says('STARTTLS', 220);
    await talk.startTls({ maxVersion: 'TLSv1.2' });
    await talk.says('EHLO x', 250);
    talk.close();
  });

  it('is not offered without a certificate of our own', async () => {
    const plain = await runningReceive();
    const talk = await SmtpTalk.greeted(plain.inside);
    await talk.says('STARTTLS', '500 5.5.2');
    talk.close();
    await plain.stop();
    plain.remove();
  });
});

describe('limits of connections', () => {
  it('in all, per peer, by address; idle ones end', async () => {
    const gateway = await runningReceive({ connectionsMax: 3, connectionsPerPeerMax: 2, idleTimeoutMs: 300 });
    const first = await SmtpTalk.greeted(gateway.inside);
    const second = await SmtpTalk.greeted(gateway.outside);
    const third = await SmtpTalk.to(gateway.inside);
    await third.expect('421 4.7.0');
    await third.expectClosed();
    await first.expect('421 4.4.2');
    await first.expectClosed();
    second.close();
    let answer = '421';
    while (answer.startsWith('421')) {
      const again = await SmtpTalk.to(gateway.inside);
      answer = (await again.answer())!.lines[0]!;
      again.close();
    }
    assert.match(answer, /^220 /);
    await gateway.stop();
    gateway.remove();
  });

  it('peers that are not on the list are refused', async () => {
    const gateway = await runningReceive({ peers: ['192.0.2.0/24', '::1'] });
    const talk = await SmtpTalk.to(gateway.inside);
    await talk.expect('554 5.7.1');
    await talk.expectClosed();
    await gateway.stop();
    gateway.remove();
  });
});

describe('a clean stop', () => {
  it('ends sessions between mails, finishes the message under way, takes no new one', async () => {
    const gateway = await runningReceive();
    const idle = await SmtpTalk.greeted(gateway.inside);
    const busy = await SmtpTalk.greeted(gateway.inside);
    await busy.envelope();
    // So much that it is written before its end: a file shows that the server has read it.
    busy.raw(`Subject: x\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(20_000)}half`);
    await until(
      () => readdirSync(gateway.layout.spoolIncoming).length > 0,
      WAIT_MS,
      () => 'nothing in the spool',
    );
    const stopped = gateway.stop();
    await idle.expect('421 4.3.2');
    await idle.expectClosed();
    await assert.rejects(SmtpTalk.to(gateway.inside));
    busy.raw(' and whole\r\n.\r\n');
    await busy.expect('250 2.0.0');
    await busy.expect('421 4.3.2');
    await stopped;
    assert.equal((await gateway.mails()).length, 1);
    gateway.remove();
  });
});
