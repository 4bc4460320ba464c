/** "Prepare for signing": 7-bit, and the same content (RFC 8551 §3.1). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { octetsOf } from '#domain/mail/octets.ts';
import { prepareForSigning } from '#domain/mime/canonical.ts';
import { inspect, isSevenBit } from '#domain/mime/findings.ts';
import { contentFields, entityPieces } from '#domain/mime/split-header.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { entitiesOf, type MimeEntity } from '#domain/mime/tree.ts';
import { bytesOf, fixture, fixtureNames, inPieces, mail, parsed, textOf } from './fixture.ts';

/** The part as it would be signed. */
function prepared(bytes: Buffer, purpose: 'smime' | 'openpgp' = 'smime') {
  const octets = octetsOf(bytes);
  const root = parsed(octets);
  const body = prepareForSigning(octets, root, purpose);
  return { ...body, part: bytesOf(entityPieces(contentFields(root, body.encoding), body.body())) };
}

/** Types and decoded content of all leaves. */
function contents(bytes: Buffer, entity: MimeEntity = parsed(bytes)): unknown[] {
  return [...entitiesOf(entity)]
    .filter((e) => e.children.length === 0)
    .map((e) => [
      e.contentType.value,
      bytesOf(decodedBody(octetsOf(bytes), e))
        .toString('latin1')
        .trimEnd(),
    ]);
}

describe('a body prepared for signing', () => {
  it('stays byte for byte when there is nothing to do', () => {
    for (const name of [
      'plain-7bit.eml',
      'no-mime.eml',
      'outlook-mixed.eml',
      'digest.eml',
      'encrypted-smime.eml',
    ]) {
      const bytes = fixture(name);
      const root = parsed(bytes);
      const body = prepareForSigning(octetsOf(bytes), root, 'smime');
      assert.ok(body.unchanged && body.sevenBit && body.encoding === null, name);
      assert.deepEqual(bytesOf(body.body()), bytes.subarray(root.bodyStart, root.end), name);
    }
  });
  it('makes 8bit text quoted-printable, and keeps every octet', () => {
    const bytes = fixture('utf8-8bit.eml');
    const { encoding, sevenBit, part } = prepared(bytes);
    assert.deepEqual([encoding, sevenBit], ['quoted-printable', true]);
    assert.ok(part.includes('Content-Transfer-Encoding: quoted-printable\r\n') && !part.includes('8bit'));
    assert.doesNotMatch(part.toString('latin1'), /^From |^\./m);
    assert.deepEqual(contents(part), contents(bytes));
  });
  it('makes foreign scripts and binary base64', () => {
    const greek = mail(
      `Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${'Καλημέρα '.repeat(9)}\n`,
    );
    assert.equal(prepared(greek).encoding, 'base64');
    const binary = Buffer.concat([
      mail('Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary\n\n'),
      Buffer.from([0, 10, 13, 255, 10]),
    ]);
    const { part, encoding } = prepared(binary);
    assert.equal(encoding, 'base64');
    assert.deepEqual(contents(part), contents(binary));
    const utf16 = Buffer.concat([
      mail('Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: binary\n\n'),
      Buffer.from('a\nb', 'utf16le'),
    ]);
    assert.deepEqual(contents(prepared(utf16).part), contents(utf16));
  });
  it('gives bare line ends of text their CRLF, and encodes lines beyond 998', () => {
    assert.equal(textOf(prepared(Buffer.from('A: b\n\none\ntwo\r\n')).body()), 'one\r\ntwo\r\n');
    const long = prepared(mail(`Content-Type: text/html\n\n${'x'.repeat(2_000)}\n`));
    assert.equal(long.encoding, 'quoted-printable');
    assert.ok(isSevenBit(inspect([long.part])));
  });
  it('encodes trailing white space for OpenPGP only (RFC 3156 §5)', () => {
    const bytes = fixture('plain-7bit.eml');
    assert.equal(prepared(bytes).unchanged, true);
    const pgp = prepared(bytes, 'openpgp');
    assert.equal(pgp.encoding, 'quoted-printable');
    assert.doesNotMatch(pgp.part.toString(), /[ \t]\r\n/);
    assert.deepEqual(contents(pgp.part), contents(bytes));
  });
  it('goes into attached mails, and not into what is signed or encrypted', () => {
    const forward = prepared(fixture('nested-forward.eml'));
    assert.ok(forward.sevenBit && !forward.unchanged);
    assert.deepEqual(contents(forward.part), contents(fixture('nested-forward.eml')));
    const signed = prepared(fixture('signed-smime.eml'));
    assert.deepEqual([signed.unchanged, signed.sevenBit], [true, false]);
  });
  it('drops 8bit preambles, writes 8bit file names anew', () => {
    const preamble = prepared(fixture('preamble-8bit.eml'));
    assert.ok(preamble.sevenBit && !/Programme|Nachwort/.test(preamble.part.toString()));
    assert.deepEqual(contents(preamble.part), contents(fixture('preamble-8bit.eml')));
    const names = prepared(fixture('raw-utf8-names.eml'));
    assert.ok(names.sevenBit && isSevenBit(inspect([names.part])));
    assert.equal(parsed(names.part).children[1]?.contentType.parameters.get('name'), 'Übersicht.pdf');
  });
  it('is the same however the mail is cut, and however often it is asked for', () => {
    for (const name of fixtureNames) {
      const bytes = fixture(name);
      const octets = inPieces(bytes, 50);
      const body = prepareForSigning(octets, parsed(octets), 'smime');
      const once = bytesOf(body.body());
      assert.deepEqual(bytesOf(body.body()), once, name);
      assert.deepEqual(
        bytesOf(prepareForSigning(octetsOf(bytes), parsed(bytes), 'smime').body()),
        once,
        name,
      );
    }
  });
  it('is 7-bit when it says so, keeps the structure, and has nothing left to do', () => {
    const line = fc.constantFrom('--a', '--a--', '--b', '--b--', '', 'text', 'Grüße', 'From me', 'x'.repeat(1_200), ' trailing ',
      'Content-Type: multipart/mixed; boundary=a', 'Content-Type: multipart/alternative; boundary=b', 'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit', 'Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: quoted-printable',
      'Content-Type: message/rfc822', 'Content-Type: image/png', 'YWJj', '=C3=BC', 'Subject: x'); // biome-ignore format: a table
    const mails = fc
      .array(fc.tuple(line, fc.constantFrom('\r\n', '\r\n', '\r\n', '\n')), { maxLength: 40 })
      .map((l) => Buffer.from(l.flat().join('')));
    fc.assert(
      fc.property(mails, fc.constantFrom<'smime' | 'openpgp'>('smime', 'openpgp'), (bytes, purpose) => {
        const { part, sevenBit, unchanged } = prepared(bytes, purpose);
        const root = parsed(bytes);
        if (sevenBit) assert.ok(isSevenBit(inspect([part.subarray(parsed(part).bodyStart)])));
        if (unchanged)
          assert.deepEqual(
            part.subarray(part.length - (root.end - root.bodyStart)),
            bytes.subarray(root.bodyStart, root.end),
          );
        const again = prepared(part, purpose);
        if (sevenBit) assert.ok(again.sevenBit);
      }),
      { seed: 8551, numRuns: 4_000 },
    );
  });
});
