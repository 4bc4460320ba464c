/** Delivery reports and notices (RFC 3464, RFC 3834; threats 3, 4, 31). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAddressList } from '#domain/mail/address-list.ts';
import { buildDsn, type DsnRecipient } from '#domain/mail/dsn.ts';
import { buildNotice, mayBeAnswered } from '#domain/mail/notice.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import { inspect, isSevenBit } from '#domain/mime/findings.ts';
import { firstValue } from '#domain/mime/header.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { bytesOf, fixture, mail, parsed, textOf } from '../mime/fixture.ts';

const original = parsed(fixture('outlook-mixed.eml')).header;
const recipient: DsnRecipient = {
  address: 'kim@example.org',
  orcpt: 'rfc822;kim@example.org',
  status: '5.1.1',
  text: 'No such person',
};
const facts = {
  kind: 'failed' as const,
  reportingMta: 'gate.example.com',
  sender: 'jo@example.com',
  envid: 'ENV1',
  arrivalMs: Date.UTC(2026, 10, 2, 9),
  nowMs: Date.UTC(2026, 10, 2, 10),
  messageId: '<r1@gate.example.com>',
  boundary: 'b1',
  recipients: [recipient],
  original,
};
type Facts = Parameters<typeof buildDsn>[0];
const report = (change: Partial<Facts> = {}): Buffer => bytesOf(buildDsn({ ...facts, ...change }));
const part = (bytes: Buffer, i: number): string =>
  textOf(decodedBody(octetsOf(bytes), parsed(bytes).children[i]!));

describe('a delivery report', () => {
  it('has the three parts of RFC 6522 and says that a program wrote it', () => {
    const bytes = report();
    const root = parsed(bytes);
    assert.deepEqual(
      [root.contentType.value, root.contentType.parameters.get('report-type')],
      ['multipart/report', 'delivery-status'],
    );
    assert.deepEqual(
      root.children.map((c) => c.contentType.value),
      ['text/plain', 'message/delivery-status', 'text/rfc822-headers'],
    );
    assert.equal(firstValue(root.header, 'auto-submitted'), 'auto-replied');
    assert.equal(firstValue(root.header, 'in-reply-to'), '<3@example.com>');
    assert.equal(firstValue(root.header, 'date'), 'Mon, 02 Nov 2026 10:00:00 +0000');
    assert.ok(isSevenBit(inspect([bytes])));
  });
  it('gives each recipient a group of RFC 3464', () => {
    const remote = { mta: 'mx.example.org', reply: '550 5.1.1 no\r\nInjected: yes' };
    const second: DsnRecipient = {
      address: 'lee@example.org',
      orcpt: null,
      status: '4.4.1',
      text: 'later',
      remote,
      retryUntilMs: Date.UTC(2026, 10, 5),
    };
    const status = part(report({ kind: 'delayed', recipients: [recipient, second] }), 1);
    assert.equal(
      status,
      [
        'Original-Envelope-Id: ENV1', 'Reporting-MTA: dns; gate.example.com', 'Arrival-Date: Mon, 02 Nov 2026 09:00:00 +0000', '',
        'Original-Recipient: rfc822; kim@example.org', 'Final-Recipient: rfc822; kim@example.org', 'Action: delayed', 'Status: 5.1.1', '',
        'Final-Recipient: rfc822; lee@example.org', 'Action: delayed', 'Status: 4.4.1', 'Remote-MTA: dns; mx.example.org',
        'Diagnostic-Code: smtp; 550 5.1.1 no Injected: yes', 'Will-Retry-Until: Thu, 05 Nov 2026 00:00:00 +0000', '',
      ].join('\r\n'),
    ); // biome-ignore format: a list
  });
  it('speaks English and German, without the content', () => {
    const bytes = report();
    const text = part(bytes, 0);
    assert.match(text, /could not be delivered[\s\S]*konnte den unten genannten Empfängern/);
    assert.doesNotMatch(bytes.toString(), /Tabelle|xls/);
    assert.equal(
      firstValue(parsed(report({ languages: ['de'] })).header, 'subject'),
      'Nachricht nicht zugestellt',
    );
  });
  it('quotes a few fields of the mail as it came, and only id and date of one that was opened (threat 3)', () => {
    const asCame = part(report(), 2);
    assert.match(asCame, /^Subject: Report\r$/m);
    assert.doesNotMatch(asCame, /X-Priority|Content-Type|Sensitivity/);
    assert.equal(
      part(report({ opened: true }), 2),
      'Date: Mon, 2 Nov 2026 10:00:00 +0100\r\nMessage-ID: <3@example.com>\r\n',
    );
    assert.equal(parsed(report({ original: null })).children.length, 2);
    const bcc = parsed(mail('Bcc: x@y.example\nSubject: Gr\u00fc\u00dfe \u0000\n\nx')).header;
    assert.equal(part(report({ original: bcc }), 2), 'Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n');
  });
  it('names non-ASCII recipients in the form of RFC 6533', () => {
    const status = part(
      report({ recipients: [{ ...recipient, address: 'jö\\@example.org', orcpt: null }] }),
      1,
    );
    assert.match(status, /^Final-Recipient: utf-8; j\\x\{F6\}\\x\{5C\}@example\.org\r$/m);
  });
  it('comes about whatever foreign texts it holds', () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 });
    fc.assert(
      fc.property(text, text, text, text, (reply, orcpt, about, envid) => {
        const remote = { mta: reply, reply };
        const bytes = report({ envid, recipients: [{ ...recipient, orcpt, text: about, remote }] });
        const root = parsed(bytes);
        assert.deepEqual([root.children.length, root.defects], [3, []]);
        assert.ok(isSevenBit(inspect([bytes])));
      }),
      { seed: 3464, numRuns: 1_000 },
    );
  });
});

describe('a notice', () => {
  const notice = {
    from: 'gate@example.com',
    to: 'jo@example.com',
    subject: 'Zurück',
    text: 'Zeile eins\nZeile zwei ü',
    nowMs: 0,
    messageId: '<n@x>',
    kind: 'auto-replied' as const,
  };
  it('is a plain text that says it was made by a program', () => {
    const bytes = bytesOf(buildNotice(notice));
    const root = parsed(bytes);
    assert.equal(firstValue(root.header, 'auto-submitted'), 'auto-replied');
    assert.equal(textOf(decodedBody(octetsOf(bytes), root)), 'Zeile eins\r\nZeile zwei ü\r\n');
    assert.ok(parseAddressList(firstValue(root.header, 'to')!).ok);
  });
  it('refuses line breaks in its fields (threat 31)', () => {
    for (const change of [
      { subject: 'a\r\nBcc: x' },
      { to: 'a@b\r\nBcc: x' },
      { from: 'a\n@b' },
      { messageId: '<a>\r\n' },
    ]) {
      assert.throws(() => buildNotice({ ...notice, ...change }), {
        name: 'HeaderFieldRefused',
        code: 'line-break',
      });
    }
  });
  it('answers persons only (RFC 3834 §2)', () => {
    const plain = parsed(fixture('plain-7bit.eml')).header;
    assert.equal(mayBeAnswered('jo@example.com', plain), true);
    for (const sender of [
      null,
      'MAILER-DAEMON@x.example',
      'no-reply@x.example',
      'noreply@x.example',
      'owner-list@x.example',
      'list-request@x.example',
      'list-bounces@x.example',
    ]) {
      assert.equal(mayBeAnswered(sender, plain), false, String(sender));
    }
    for (const name of ['auto-reply.eml', 'list.eml'])
      assert.equal(mayBeAnswered('jo@example.com', parsed(fixture(name)).header), false);
    assert.equal(mayBeAnswered('jo@example.com', parsed(mail('Auto-Submitted: No\n\nx')).header), true);
  });
});
