/** Threats 4, 5, 12, 23, 25, 26, 30 against the running gateway: hostile structure, sessions, addresses, notices. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SmtpTalk } from '../node/receive/smtp-talk.ts';
import type { CapturedMail } from './mail-catcher.ts';
import { opensslPartner } from './openssl.ts';
import { submit } from './submit.ts';
import { alice, bob, carol, pkcs7, shownText, type ThreatStage, threatStage } from './threat-stage.ts';

const PLAIN = 'Content-Type: text/plain\r\n\r\nhello\r\n';
let stage: ThreatStage;

before(async () => {
  stage = await threatStage({ protect: { workerMemoryMb: 48 } });
});
after(() => stage?.remove());

/** A mail from alice inside to the outside. */
async function outgoing(id: string, to: readonly string[], fields: string, body: string): Promise<string> {
  const mail = `From: ${alice}\r\n${fields}Subject: ${id}\r\nMessage-ID: <${id}@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n${body}\r\n`;
  return submit(stage.gateway.insidePort, { from: alice, to, mail });
}

/** A mail of these octets from outside; gives its spool id. */
async function accepted(mail: string): Promise<string> {
  const reply = await submit(stage.gateway.outsidePort, { from: bob, to: [alice], mail });
  const id = /(\S+\.\d+\.[0-9A-Z]{26})/.exec(reply)?.[1];
  assert.ok(id, reply);
  return id;
}

const headed = (id: string, entity: string): string =>
  `From: ${bob}\r\nTo: ${alice}\r\nSubject: ${id}\r\nMessage-ID: <${id}@threats.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n${entity}`;

const noProcessEnded = (): void => assert.doesNotMatch(stage.gateway.output(), /process ended/);

describe('texts to others (threat 4)', () => {
  it('4: a report to the sender quotes no plaintext and names no key, rule, host or path', async () => {
    await outgoing('t4', ['nobody@nokey.example'], 'To: nobody@nokey.example\r\n', 'very secret plans');
    const report = await stage.gateway.arrival(alice, (m) => m.text.includes('multipart/report'));
    assert.equal(report.sender, '');
    assert.match(report.text, /^Status: 5\.7\.3/m);
    assert.match(report.text, /nobody@nokey\.example/);
    const shown = shownText(report);
    assert.doesNotMatch(shown, /very secret plans/);
    assert.doesNotMatch(shown, /certificate|rule book|Outgoing|127\.0\.0\.1|\/data\/|node:|at .*\.ts:/);
    assert.deepEqual(
      stage.gateway.delivered.filter((m) => m.recipients.includes('nobody@nokey.example')),
      [],
    );
  });

  it('4: a stranger is told nothing of a decryption that failed', async () => {
    const der = stage.encrypted(PLAIN, ['carol.pem']);
    await stage.incoming({ id: 't4-stranger', entity: pkcs7(der, 'enveloped-data') });
    assert.deepEqual(
      stage.gateway.delivered.filter((m) => m.recipients.includes(bob)),
      [],
    );
  });

  it('4: and the listener outside speaks in generic words', async () => {
    const talk = await SmtpTalk.greeted(stage.gateway.outsidePort);
    await talk.says('MAIL FROM:<eve@evil.example>', 250);
    const refused = await talk.says('RCPT TO:<someone@elsewhere.example>', 550);
    assert.match(refused, /^550 5\.7\.1 Recipient is not handled here$/);
    await talk.says('QUIT', 221);
    talk.close();
  });
});

describe('a mail that kills its worker (threat 5)', () => {
  it('5: is held after the second crash, and its neighbours are delivered', async () => {
    const fields = 'a:\r\n'.repeat(990);
    const parts = Array.from({ length: 980 }, () => `--m\r\n${fields}\r\n`).join('');
    const bomb = headed('t5', `Content-Type: multipart/mixed; boundary=m\r\n\r\n${parts}--m--\r\n`);
    const neighbours = Array.from({ length: 6 }, (_, i) =>
      stage.incoming({ id: `t5-neighbour-${i}`, entity: PLAIN }),
    );
    const held = await stage.held(await accepted(bomb));
    await Promise.all(neighbours);
    assert.equal(held.reason, 'processing failed twice');
    assert.deepEqual(held.recipients, [alice]);
    assert.equal(stage.gateway.output().match(/mail did not survive its worker/g)?.length ?? 0, 2);
    noProcessEnded();
    await stage.incoming({ id: 't5-after', entity: PLAIN });
  });
});

describe('ambiguous addresses (threat 12)', () => {
  for (const path of [
    '<@relay.example:alice@example.org>',
    '<"alice@example.org"@evil.example>',
    '<alice@example.org@evil.example>',
    '<alice(comment)@example.org>',
    '<alice@example.org\0.evil.example>',
    '<alice@[127.0.0.1]>',
    '<=?utf-8?q?alice=40example.org?=@evil.example>',
    '<alice@exаmple.org>',
    '<alice%evil.example@evil.example>',
    '<evil.example!alice>',
  ]) {
    it(`12: is no recipient of ours from outside: ${JSON.stringify(path)}`, async () => {
      const talk = await SmtpTalk.greeted(stage.gateway.outsidePort);
      await talk.says('MAIL FROM:<eve@evil.example>', 250);
      talk.raw(Buffer.from(`RCPT TO:${path}\r\n`));
      const answer = await talk.answer();
      // A source route may be ignored (RFC 5321 appendix C): then it is alice, unambiguously.
      const isRoute = path.startsWith('<@relay');
      assert.ok(answer && (answer.code >= 500 || (isRoute && answer.code === 250)), answer?.lines[0]);
      talk.close();
    });
  }
});

describe('MIME bombs (threat 23)', () => {
  const nested = (depth: number): string => {
    let open = '';
    let close = '';
    for (let i = 0; i < depth; i++) {
      open += `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`;
      close = `--b${i}--\r\n${close}`;
    }
    return `${open}${PLAIN}${close}`;
  };
  for (const [name, entity] of [
    ['depth', nested(5_000)],
    [
      'parts',
      `Content-Type: multipart/mixed; boundary=m\r\n\r\n${`--m\r\n\r\nx\r\n`.repeat(50_000)}--m--\r\n`,
    ],
    ['fields', `${'X-Field: x\r\n'.repeat(5_000)}${PLAIN}`],
    ['parameters', `Content-Type: text/plain${'; a=b'.repeat(20_000)}\r\n\r\nhello\r\n`],
    [
      'continuations',
      `Content-Type: text/plain${Array.from({ length: 5_000 }, (_, i) => `;\r\n x*${i}=a`).join('')}\r\n\r\nhello\r\n`,
    ],
    ['message in message', `${'Content-Type: message/rfc822\r\n\r\n'.repeat(10_000)}${PLAIN}`],
  ] as const) {
    it(`23: ${name}: held, refused or passed within the limits, and the process lives`, async () => {
      const id = `t23-${name.replaceAll(' ', '-')}`;
      const mail = headed(id, entity);
      const reply = await accepted(mail).catch((error: { responseCode?: number }) => error.responseCode ?? 0);
      if (typeof reply === 'number') assert.equal(reply, 550);
      else {
        const end = await stage.endOf(id, reply);
        assert.match(end, /^delivered$|^too-complex|^malformed-message/);
      }
      await stage.incoming({ id: `${id}-after`, entity: PLAIN });
      noProcessEnded();
    });
  }

  it('23: 300 KB of header are refused in the session', async () => {
    const mail = headed('t23-header', `X-Long: ${'x'.repeat(900)}\r\n`.repeat(330) + PLAIN);
    await assert.rejects(accepted(mail), { responseCode: 550 });
  });
});

describe('smuggling (threat 25)', () => {
  const ends = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r\n.\r', '\r.\r\n', '\r\n\0.\r\n'];
  for (const end of ends) {
    it(`25: ${JSON.stringify(end)} does not end a message coming in`, async () => {
      const before = stage.gateway.delivered.length;
      const talk = await SmtpTalk.greeted(stage.gateway.outsidePort);
      await talk.envelope(bob, alice);
      talk.raw(
        `${headed('t25', PLAIN)}${end}MAIL FROM:<director@example.org>\r\nRCPT TO:<${alice}>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n.\r\n`,
      );
      const answer = await talk.answer();
      assert.ok(answer);
      talk.raw('QUIT\r\n');
      const next = await talk.answer();
      assert.ok(next === null || next.code !== 250, 'one mail, not two');
      talk.close();
      if (answer.code === 250) {
        await stage.gateway.arrival(alice, (m) => m.text.includes('smuggled'));
      }
      for (const mail of stage.gateway.delivered.slice(before)) {
        assert.notEqual(mail.sender, 'director@example.org');
      }
    });
  }

  it('25: what leaves has no bare CR or LF, also out of decrypted and encoded content', async () => {
    const hidden = `\n.\nMAIL FROM:<director@example.org>\nRCPT TO:<${alice}>\nDATA\n\r.\rsmuggled\r\n.\r\n`;
    const entity = `Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nx${hidden}\r\n`;
    const mails = [
      await stage.incoming({ id: 't25-out', entity: pkcs7(stage.encrypted(entity), 'enveloped-data') }),
      await stage.incoming({
        id: 't25-lf',
        entity: pkcs7(stage.encrypted(entity.replaceAll('\r\n', '\n')), 'enveloped-data'),
      }),
      await stage.incoming({ id: 't25-signed', entity: pkcs7(stage.signed(entity), 'signed-data') }),
    ];
    for (const mail of mails) {
      assert.doesNotMatch(mail.text, /\r(?!\n)/);
      assert.doesNotMatch(mail.text, /(?<!\r)\n/);
    }
    assert.equal(stage.gateway.delivered.filter((m) => m.sender === 'director@example.org').length, 0);
  });
});

describe('blind copies (threat 30)', () => {
  const blind = 'blind@partner.example';
  const headerOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n'));

  it('30: each blind recipient has a ciphertext of its own, nobody sees another', async () => {
    const blindPartner = opensslPartner(blind);
    try {
      await stage.gateway.admin.change('certificates.import', {
        fileName: 'blind.pem',
        base64: blindPartner.certificate.toString('base64'),
        password: '',
        reason: 'test',
      });
      await outgoing(
        't30',
        [bob, blind],
        `To: ${bob}\r\nBcc: ${blind}\r\nResent-Bcc: ${blind}\r\n`,
        'for two',
      );
      const of = (address: string): Promise<CapturedMail> =>
        stage.gateway.arrival(
          address,
          (m) => m.recipients.includes(address) && m.text.includes('pkcs7-mime'),
        );
      const [open, hidden] = [await of(bob), await of(blind)];
      assert.deepEqual(open.recipients, [bob]);
      assert.deepEqual(hidden.recipients, [blind]);
      const serials = (mail: CapturedMail): string[] => {
        const file = stage.partner.file('t30.eml', mail.raw);
        const text = stage.partner.run(['cms', '-cmsout', '-print', '-in', file]).toString();
        return [...text.matchAll(/serialNumber: (?:0x)?([0-9A-F]+)/gi)].map(([, serial]) => serial ?? '');
      };
      assert.equal(serials(open).length, 1);
      assert.equal(serials(hidden).length, 1);
      assert.notDeepEqual(serials(open), serials(hidden));
      const inner = stage.partner
        .run([
          'cms',
          '-decrypt',
          '-in',
          stage.partner.file('bob.eml', open.raw),
          '-recip',
          'cert.pem',
          '-inkey',
          'key.pem',
        ])
        .toString('latin1');
      for (const text of [open.text, inner]) {
        assert.ok(!/bcc/i.test(headerOf(text)));
        assert.ok(!text.includes(blind));
      }
      assert.ok(!/bcc/i.test(headerOf(hidden.text)));
    } finally {
      blindPartner.remove();
    }
  });

  it('30: no blind recipient stands in the header of an internal mail, which is not protected', async () => {
    await outgoing(
      't30-inside',
      [carol, 'dave@example.org'],
      `To: ${carol}\r\nBcc: dave@example.org\r\n`,
      'inside',
    );
    for (const address of [carol, 'dave@example.org']) {
      const mail = await stage.gateway.arrival(address, (m) => m.text.includes('t30-inside'));
      assert.ok(!/bcc/i.test(headerOf(mail.text)));
    }
  });
});
