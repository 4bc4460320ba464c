/**
 * PDF mail through the running gateway: a partner without keys gets an encrypted PDF, the sender the password
 * (features.md D1, D3, P6, P11; threats 16, 30, 31).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Action, RuleBook } from '#domain/policy/rule-book.ts';
import type { PdfPairDetail } from '#node/web/pdf-admin-port.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { type PdfPartner, passwordIn, pdfOf, pdfPartner, subjectOf, textOf } from './pdf-partner.ts';
import { alice, type PdfStage, pdfStage } from './pdf-stage.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';
import { until } from './until.ts';

let gateway: Gateway;
let stage: PdfStage;
let reader: PdfPartner;
let keyed: OpensslPartner;

const encrypt = (
  methods: ('smime' | 'openpgp' | 'pdf')[],
  otherwise: 'back-to-sender' | 'clear',
): Action => ({
  do: 'encrypt',
  methods,
  otherwise,
  headers: 'copied',
});

const RULES: RuleBook['rules'] = [
  {
    name: 'signed carrier',
    when: { recipient: 'signed@partner.example' },
    passes: [
      {
        actions: [
          { do: 'sign', form: 'clear' },
          { do: 'addHeader', name: 'X-Class', value: 'confidential' },
          encrypt(['pdf'], 'back-to-sender'),
        ],
      },
    ],
  },
  {
    name: 'chain',
    when: { all: [{ direction: 'outgoing' }, { possible: 'pdf' }] },
    passes: [{ actions: [encrypt(['smime', 'openpgp', 'pdf'], 'back-to-sender')] }],
  },
  {
    name: 'rest',
    when: { always: true },
    passes: [{ actions: [encrypt(['pdf'], 'back-to-sender')] }],
  },
];

before(async () => {
  gateway = await runGateway();
  reader = pdfPartner();
  keyed = opensslPartner('keyed@partner.example');
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  await gateway.admin.change('certificates.import', {
    fileName: 'keyed.pem',
    base64: keyed.certificate.toString('base64'),
    password: '',
    reason: 'test',
  });
  stage = pdfStage(gateway);
  await stage.publish(RULES);
});
after(async () => {
  await gateway?.remove();
  reader?.remove();
  keyed?.remove();
});

describe('a mail to a partner without keys', () => {
  it('arrives as an encrypted PDF that the password of the notice opens (D1, D3)', async () => {
    const bob = 'bob@partner.example';
    const id = await stage.send({
      to: [bob],
      subject: 'Your results',
      headers: 'Thread-Topic: Your results\r\nX-Note: results\r\n',
    });
    const carrier = await stage.carrierFor(bob, id);
    const notice = await stage.noticeAbout(id);
    const password = passwordIn(notice, bob);
    assert.match(password, /^[0-9a-z]{4}(?:-[0-9a-z]{4}){3}$/);
    const pdf = pdfOf(carrier);
    assert.ok(reader.opens(pdf, password));
    assert.ok(!reader.opens(pdf, ''));
    assert.ok(!reader.opens(pdf, password.slice(0, -1)));
    assert.match(reader.encryption(pdf, password), /R = 6/);
    assert.match(reader.text(pdf, password), /The secret text/);
    // Threat 16: nothing of the content stands outside.
    assert.ok(!/results|secret text/i.test(carrier.text), carrier.text.slice(0, 1500));
    assert.equal(subjectOf(carrier), `Encrypted message from ${alice}`);
    assert.ok(!carrier.text.includes(password));
    assert.match(carrier.text, /^From: Alice Example <alice@example\.org>\r$/m);
  });

  it('tells the password to the sender inside, and quotes nothing (threat 4, RFC 3834)', async () => {
    const carol = 'carol@partner.example';
    const id = await stage.send({ to: [carol], subject: 'Secret subject' });
    await stage.carrierFor(carol, id);
    const notice = await stage.noticeAbout(id);
    assert.deepEqual(notice.recipients, [alice]);
    assert.equal(notice.sender, '');
    assert.match(notice.text, /^Auto-Submitted: auto-replied\r$/m);
    assert.ok(!/Secret subject|secret text/.test(notice.text));
    const password = passwordIn(notice, carol);
    const others = gateway.delivered.filter((m) => m !== notice && m.text.includes(password));
    assert.deepEqual(others, []);
    assert.ok(!gateway.output().includes(password));
  });

  it('has the same password next time, without a notice', async () => {
    const dora = 'dora@partner.example';
    const first = await stage.send({ to: [dora], subject: 'one' });
    const password = passwordIn(await stage.noticeAbout(first), dora);
    const second = await stage.send({ to: [dora], subject: 'two' });
    assert.ok(reader.opens(pdfOf(await stage.carrierFor(dora, second)), password));
    assert.deepEqual(stage.noticesAbout(second), []);
  });

  it('goes by the first method that is possible, and the notice says what each recipient got (P11)', async () => {
    const id = await stage.send({ to: ['keyed@partner.example', 'erik@partner.example'], subject: 'chain' });
    const encrypted = await gateway.arrival('keyed@partner.example', (m) => m.text.includes(id));
    assert.match(encrypted.text, /smime-type=enveloped-data/);
    const notice = await stage.noticeAbout(id);
    const text = textOf(notice);
    assert.match(text, /keyed@partner\.example\s+Encrypted with S\/MIME/);
    assert.ok(
      reader.opens(
        pdfOf(await stage.carrierFor('erik@partner.example', id)),
        passwordIn(notice, 'erik@partner.example'),
      ),
    );
  });

  it('is one PDF for each pair, and says nothing of blind copies (threat 30)', async () => {
    const to = ['frida@partner.example', 'gerd@partner.example'];
    const id = await stage.send({ to, bcc: ['hidden@partner.example'], subject: 'many' });
    const notice = await stage.noticeAbout(id);
    const everyone = [...to, 'hidden@partner.example'];
    const passwords = everyone.map((recipient) => passwordIn(notice, recipient));
    assert.equal(new Set(passwords).size, 3);
    for (const [i, recipient] of everyone.entries()) {
      const carrier = await stage.carrierFor(recipient, id);
      assert.deepEqual(carrier.recipients, [recipient]);
      const pdf = pdfOf(carrier);
      assert.deepEqual(
        passwords.map((password) => reader.opens(pdf, password)),
        passwords.map((_, n) => n === i),
      );
      if (recipient !== 'hidden@partner.example') {
        assert.ok(!carrier.text.includes('hidden'));
        assert.ok(!reader.text(pdf, passwords[i] ?? '').includes('hidden'));
      }
    }
  });

  it('is carried by a mail with the company signature where the rule signs', async () => {
    const id = await stage.send({ to: ['signed@partner.example'], subject: 'signed' });
    const carrier = await gateway.arrival('signed@partner.example', (m) => m.text.includes(id));
    assert.match(carrier.text, /^Content-Type: multipart\/signed/m);
    assert.match(carrier.text, /^X-Class: confidential\r$/m);
    keyed.file('carrier.eml', carrier.raw);
    const verified = keyed.run(['cms', '-verify', '-noverify', '-in', 'carrier.eml', '-out', 'inner.eml']);
    assert.ok(verified !== null);
    assert.ok(
      reader.opens(pdfOf(carrier), passwordIn(await stage.noticeAbout(id), 'signed@partner.example')),
    );
  });

  it('gets no PDF for a sender who is not ours: no password is told outside (P26)', async () => {
    const mail = 'From: eve@evil.example\r\nTo: alice@example.org\r\nSubject: x\r\n\r\nx\r\n';
    await submit(gateway.outsidePort, { from: 'eve@evil.example', to: [alice], mail });
    const report = await gateway.arrival('eve@evil.example', (m) => m.text.includes('multipart/report'));
    assert.match(report.text, /Status: 5\.7\.3/);
    assert.ok(!gateway.delivered.some((m) => m.recipients.includes('eve@evil.example') && m !== report));
  });

  it('survives a subject and a name that try to be more than that (threat 31)', async () => {
    const id = await stage.send({
      to: ['hostile@partner.example'],
      subject: '=?utf-8?q?inject=0D=0ABcc:_eve@evil.example?=',
    });
    const carrier = await stage.carrierFor('hostile@partner.example', id);
    assert.ok(!/^Bcc:/im.test(carrier.text));
    assert.ok(
      reader.opens(pdfOf(carrier), passwordIn(await stage.noticeAbout(id), 'hostile@partner.example')),
    );
  });
});

describe('what a sender orders in the subject', () => {
  it('is a new password, and nobody sees the command (P25)', async () => {
    const ida = 'ida@partner.example';
    const first = passwordIn(await stage.noticeAbout(await stage.send({ to: [ida], subject: 'one' })), ida);
    const id = await stage.send({ to: [ida], subject: '{pdf-reset} two' });
    const second = passwordIn(await stage.noticeAbout(id), ida);
    assert.notEqual(second, first);
    const pdf = pdfOf(await stage.carrierFor(ida, id));
    assert.ok(reader.opens(pdf, second) && !reader.opens(pdf, first));
    assert.ok(!reader.text(pdf, second).includes('pdf-reset'));
  });

  it('is a password of their own, where the policy allows it', async () => {
    const jan = 'jan@partner.example';
    const subject = '{pdf-password=Correct Horse Battery 9} hello';
    const before = passwordIn(await stage.noticeAbout(await stage.send({ to: [jan], subject })), jan);
    assert.match(before, /^[0-9a-z]{4}-/, 'not allowed: made by the gateway');
    await stage.setPolicy({ senderMayState: true });
    const id = await stage.send({ to: [jan], subject });
    const pdf = pdfOf(await stage.carrierFor(jan, id));
    assert.ok(reader.opens(pdf, 'Correct Horse Battery 9'));
    assert.ok(!reader.text(pdf, 'Correct Horse Battery 9').includes('Correct Horse'));
    assert.match(textOf(await stage.noticeAbout(id)), /With the password that you stated/);
    const weak = await stage.send({ to: [jan], subject: '{pdf-password=short}' });
    assert.match(textOf(await stage.noticeAbout(weak)), /too short/);
    assert.ok(reader.opens(pdfOf(await stage.carrierFor(jan, weak)), 'Correct Horse Battery 9'));
    await stage.setPolicy({});
  });
});

describe('an operator', () => {
  const kim = 'kim@partner.example';
  const pair = { sender: alice, recipient: kim };
  it('sees the state of a password, and the password only with a reason that is recorded', async () => {
    const id = await stage.send({ to: [kim], subject: 'one' });
    const password = passwordIn(await stage.noticeAbout(id), kim);
    const detail = await gateway.admin.query<PdfPairDetail>('pdf.pair', pair);
    assert.equal(detail.state, 'in-force');
    assert.ok(!JSON.stringify(detail).includes(password));
    await assert.rejects(gateway.admin.change('pdf.show', { ...pair, number: 1, reason: '' }));
    const shown = await gateway.admin.change<{ password: string }>('pdf.show', {
      ...pair,
      number: 1,
      reason: 'kim lost it',
    });
    assert.equal(shown.password, password);
    const events = await gateway.admin.query<{ rows: { kind: string; reason: string; payload: string }[] }>(
      'audit.events',
      { search: 'PdfPasswordShown' },
    );
    assert.equal(events.rows[0]?.reason, 'kim lost it');
    assert.ok(!JSON.stringify(events).includes(password));
  });

  it('has the sender told once more', async () => {
    await gateway.admin.change('pdf.resendNotice', pair);
    const again = await gateway.arrival(
      alice,
      (m) => m.text.includes('auto-generated') && m.text.includes(kim),
    );
    const { history } = await gateway.admin.query<PdfPairDetail>('pdf.pair', pair);
    const shown = await gateway.admin.change<{ password: string }>('pdf.show', {
      ...pair,
      number: history[0]?.number,
      reason: 'compared',
    });
    assert.equal(passwordIn(again, kim), shown.password);
  });

  it('resets it: the next PDF has another one, the old one can still be shown', async () => {
    const old = await gateway.admin.change<{ password: string }>('pdf.show', {
      ...pair,
      number: 1,
      reason: 'compared',
    });
    await gateway.admin.change('pdf.reset', { ...pair, reason: 'told to the wrong person' });
    const id = await stage.send({ to: [kim], subject: 'two' });
    const fresh = passwordIn(await stage.noticeAbout(id), kim);
    assert.notEqual(fresh, old.password);
    const after = await gateway.admin.change<{ password: string }>('pdf.show', {
      ...pair,
      number: 1,
      reason: 'an old PDF',
    });
    assert.equal(after.password, old.password);
  });
});

describe('a mail that was taken when its gateway died', () => {
  it('has the same password when it is processed again', async () => {
    const lia = 'lia@partner.example';
    const id = await stage.send({ to: [lia], subject: 'before the kill' });
    await gateway.stop('SIGKILL');
    await gateway.start();
    const notice = await stage.noticeAbout(id);
    const carrier = await stage.carrierFor(lia, id);
    assert.ok(reader.opens(pdfOf(carrier), passwordIn(notice, lia)));
    await until(
      async () =>
        (await gateway.admin.query<PdfPairDetail>('pdf.pair', { sender: alice, recipient: lia }))
          .passwords === 1,
      20_000,
      () => 'not one password',
    );
    for (const m of gateway.delivered.filter((d) => d.recipients.includes(lia))) {
      assert.ok(reader.opens(pdfOf(m), passwordIn(notice, lia)));
    }
  });
});
