/** What rules ask about a mail (features.md P5, P7, P27). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { octetsOf } from '#domain/mail/octets.ts';
import { propertiesOf } from '#domain/mail/properties.ts';
import { protectionOf, protectionsIn } from '#domain/mail/protection-kind.ts';
import { subjectOf, withoutCommands, wordsInBraces } from '#domain/mail/subject.ts';
import { fixture, fixtureNames, mail, parsed } from '../mime/fixture.ts';

const of = (bytes: Buffer) => propertiesOf(octetsOf(bytes), parsed(bytes));
const named = (name: string) => of(fixture(name));
const kindsOf = (bytes: Buffer) =>
  protectionsIn(octetsOf(bytes), parsed(bytes)).map((p) => `${p.technology} ${p.kind}`);

describe('the properties of a mail', () => {
  it('are its size, subject and id', () => {
    const mixed = named('utf8-8bit.eml');
    assert.deepEqual(
      [mixed.subject, mixed.messageId, mixed.sizeBytes],
      ['Grüße', '<2@example.com>', fixture('utf8-8bit.eml').length],
    );
    assert.deepEqual([named('no-body.eml').messageId, of(mail('\nx')).subject], [null, '']);
  });
  it('are its attachments by name and type, decoded', () => {
    assert.deepEqual(named('outlook-mixed.eml').attachments, [
      { name: 'Übersicht.xls', type: 'application/vnd.ms-excel' },
    ]);
    assert.deepEqual(named('apple-rfc2231.eml').attachments, []); // A picture of the text.
    assert.deepEqual(named('tnef.eml').attachments, [{ name: 'winmail.dat', type: 'application/ms-tnef' }]);
    assert.deepEqual(named('nested-forward.eml').attachments, [
      { name: 'Original.eml', type: 'message/rfc822' },
      { name: '', type: 'message/rfc822' },
    ]);
    assert.deepEqual(named('signed-smime.eml').attachments, []);
    assert.deepEqual(named('encrypted-smime.eml').attachments, []);
    assert.deepEqual(named('calendar.eml').attachments, []);
    assert.deepEqual(of(mail('Content-Type: text/plain; name="..\\\\..\\\\a\u0000.txt"\n\nx')).attachments, [
      { name: '..\\..\\a.txt', type: 'text/plain' },
    ]);
  });
  it('are priority and sensitivity', () => {
    const mixed = named('outlook-mixed.eml');
    assert.deepEqual([mixed.priority, mixed.sensitivity], ['high', 'company-confidential']);
    const priority = (field: string) => of(mail(`${field}\n\nx`)).priority;
    assert.deepEqual(
      [
        'X-Priority: 2',
        'X-Priority: 5 (Lowest)',
        'X-Priority: 3',
        'Priority: urgent',
        'Priority: non-urgent',
        'X-MSMail-Priority: Low',
        'Importance: normal\nX-Priority: 1',
        'A: b',
      ].map(priority),
      ['high', 'low', 'normal', 'high', 'low', 'low', 'normal', 'normal'],
    );
    assert.equal(of(mail('Sensitivity: whatever\n\nx')).sensitivity, null);
  });
  it('are how it is protected, by structure', () => {
    const flags = (name: string) => [named(name).isEncrypted, named(name).isSigned];
    assert.deepEqual(flags('plain-7bit.eml'), [false, false]);
    assert.deepEqual(flags('signed-smime.eml'), [false, true]);
    assert.deepEqual(flags('encrypted-smime.eml'), [true, false]);
    assert.deepEqual(flags('encrypted-pgp.eml'), [true, false]);
    assert.deepEqual(flags('inline-pgp.eml'), [false, true]);
  });
  it('are calendar, automatic, list', () => {
    assert.deepEqual(
      fixtureNames.filter((name) => named(name).isCalendar),
      ['calendar.eml'],
    );
    assert.deepEqual(
      fixtureNames.filter((name) => named(name).isAutomatic),
      ['auto-reply.eml'],
    );
    assert.deepEqual(
      fixtureNames.filter((name) => named(name).isFromList),
      ['auto-reply.eml', 'list.eml'],
    );
    assert.equal(
      of(
        mail(
          'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nContent-Type: text/calendar\n\nx\n--b--\n',
        ),
      ).isCalendar,
      false,
    );
  });
});

describe('the kind of protection', () => {
  it('is read from types, parameters, names and armour', () => {
    const kind = (head: string, body = 'x') => kindsOf(mail(`${head}\n\n${body}\n`));
    assert.deepEqual(kind('Content-Type: application/pkcs7-mime'), ['smime opaque']);
    assert.deepEqual(kind('Content-Type: application/x-pkcs7-mime; smime-type=Signed-Data'), [
      'smime signed',
    ]);
    assert.deepEqual(kind('Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data'), [
      'smime encrypted',
    ]);
    assert.deepEqual(kind('Content-Type: application/pkcs7-mime; smime-type=compressed-data'), [
      'smime compressed',
    ]);
    assert.deepEqual(kind('Content-Type: application/octet-stream; name=smime.P7M'), ['smime opaque']);
    assert.deepEqual(kind('Content-Type: application/octet-stream; name=report.pdf'), []);
    assert.deepEqual(kind('Subject: x', 'Hello,\n-----BEGIN PGP MESSAGE-----'), ['openpgp inline-encrypted']);
    assert.deepEqual(kind('Subject: x', '> -----BEGIN PGP MESSAGE-----'), []);
    assert.deepEqual(
      kind(
        'Content-Transfer-Encoding: base64',
        Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----\n').toString('base64'),
      ),
      ['openpgp inline-signed'],
    );
    assert.deepEqual(kind('Content-Type: text/html', '-----BEGIN PGP MESSAGE-----'), []);
    assert.deepEqual(
      kind(
        'Content-Type: multipart/signed; boundary=x',
        '--x\n\na\n--x\nContent-Type: application/pgp-signature\n\nb\n--x--',
      ),
      ['openpgp signed'],
    );
    assert.deepEqual(
      kind('Content-Type: multipart/signed; protocol="x/y"; boundary=x', '--x\n\na\n--x--'),
      [],
    );
    assert.deepEqual(
      kind(
        'Content-Type: multipart/encrypted; boundary=x',
        '--x\nContent-Type: application/pgp-encrypted\n\na\n--x--',
      ),
      ['openpgp encrypted'],
    );
    assert.deepEqual(
      kind('Content-Type: multipart/encrypted; protocol=x/y; boundary=x', '--x\n\na\n--x--'),
      [],
    );
  });
  it('is that of the entity alone, or of all in the mail', () => {
    const nested = mail(
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIA=\n--b--\n',
    );
    assert.equal(protectionOf(octetsOf(nested), parsed(nested)), null);
    assert.deepEqual(kindsOf(nested), ['smime encrypted']);
    assert.deepEqual(kindsOf(fixture('inline-pgp.eml')), ['openpgp inline-signed']);
  });
});

describe('commands in a subject', () => {
  it('are words in braces', () => {
    assert.deepEqual(wordsInBraces('{Send_Keys} Offer { encrypt }'), ['send_keys', 'encrypt']);
    assert.deepEqual(wordsInBraces('{} { } {a{b}} {unclosed'), ['b']);
    assert.deepEqual(wordsInBraces(`{${'x'.repeat(61)}}`), []);
  });
  it('vanish, and nothing else', () => {
    const commands = new Set(['encrypt', 'send keys']);
    assert.equal(withoutCommands('{encrypt} Offer  {Send Keys} for {you}', commands), 'Offer for {you}');
    assert.equal(withoutCommands('Offer  for {you}', commands), 'Offer  for {you}');
    assert.equal(withoutCommands('{ENCRYPT}', commands), '');
    assert.equal(
      subjectOf(parsed(mail('Subject: =?utf-8?q?=7Bencrypt=7D_a=0Ab?=\n\nx')).header),
      '{encrypt} a b',
    );
  });
  it('are found in linear time', () => {
    const started = performance.now();
    for (const hostile of ['{', '{ ', '{a', '{ a ', '}{', '{a }']) wordsInBraces(hostile.repeat(60_000));
    assert.ok(performance.now() - started < 5_000);
  });
});
