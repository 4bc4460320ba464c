/** Header protection, both directions (RFC 9788, threat 11). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseFrom } from '#domain/mail/address-list.ts';
import { type HeaderPolicy, protectHeader } from '#domain/mail/header-protection.ts';
import { restoreHeader } from '#domain/mail/header-restoration.ts';
import { entityPieces } from '#domain/mime/split-header.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import { bytesOf, fixture, fixtureNames, mail, parsed } from '../mime/fixture.ts';

const lines = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString()
    .replace(/\r\n[ \t]+/g, ' ')
    .trim()
    .split('\r\n');
const entity = (fields: Uint8Array, body = 'x\r\n'): MimeEntity =>
  parsed(bytesOf(entityPieces(fields, [Buffer.from(body)])));

const original = parsed(
  mail(`Received: from a by b; now
Return-Path: <jo@example.com>
DKIM-Signature: v=1
From: Jo <jo@example.com>
To: kim@example.org
Bcc: hidden@example.org
Subject: The secret
 plan
Keywords: plans
Thread-Topic: The secret plan
HP-Outer: Subject: forged
Message-ID: <1@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

x
`),
);

describe('header protection of an outgoing mail', () => {
  it('copies the fields into the encrypted part and hides the subject outside (hcp_baseline)', () => {
    const { outer, inner, sevenBit } = protectHeader(original, null, true, 'hidden');
    assert.ok(sevenBit);
    assert.deepEqual(lines(outer), [
      'Received: from a by b; now', 'Return-Path: <jo@example.com>', 'DKIM-Signature: v=1', 'From: Jo <jo@example.com>', 'To: kim@example.org', 'Subject: [...]', 'Message-ID: <1@example.com>', 'MIME-Version: 1.0',
    ]); // biome-ignore format: a list
    assert.deepEqual(lines(inner), [
      'From: Jo <jo@example.com>', 'To: kim@example.org', 'Subject: The secret plan', 'Keywords: plans', 'Thread-Topic: The secret plan',
      'Message-ID: <1@example.com>', 'HP-Outer: From: Jo <jo@example.com>', 'HP-Outer: To: kim@example.org', 'HP-Outer: Subject: [...]',
      'HP-Outer: Message-ID: <1@example.com>', 'Content-Type: text/plain; charset=utf-8; hp="cipher"',
    ]); // biome-ignore format: a list
  });
  it('says all outside again when nothing is hidden, and nothing about outside when only signed', () => {
    const copied = protectHeader(original, null, true, 'copied');
    assert.ok(lines(copied.inner).includes('HP-Outer: Subject: The secret plan'));
    assert.ok(lines(copied.outer).includes('Thread-Topic: The secret plan'));
    const signed = protectHeader(original, 'base64', false, 'hidden');
    assert.ok(lines(signed.outer).includes('Subject: The secret plan'));
    assert.doesNotMatch(lines(signed.inner).join('\n'), /HP-Outer|Bcc|Received/);
    assert.deepEqual(lines(signed.inner).slice(-2), [
      'Content-Type: text/plain; charset=utf-8; hp="clear"',
      'Content-Transfer-Encoding: base64',
    ]);
  });
  it('marks a part without Content-Type, and one that bears a foreign mark', () => {
    const bare = parsed(mail('Subject: x\n\nx\n'));
    assert.ok(
      lines(protectHeader(bare, null, false, 'copied').inner).includes(
        'Content-Type: text/plain; charset=us-ascii; hp="clear"',
      ),
    );
    const foreign = parsed(mail('Content-Type: text/html; hp="clear"; charset=utf-8;\n\nx\n'));
    assert.deepEqual(lines(protectHeader(foreign, null, true, 'copied').inner), [
      'Content-Type: text/html; charset=utf-8; hp="cipher"',
    ]);
  });
  it('gives a part that reads back with its mark, whatever the mail', () => {
    for (const name of fixtureNames) {
      const root = parsed(fixture(name));
      for (const policy of ['copied', 'hidden'] satisfies HeaderPolicy[]) {
        const { inner } = protectHeader(root, null, true, policy);
        const part = entity(inner);
        assert.equal(part.contentType.parameters.get('hp'), 'cipher', name);
        assert.equal(part.contentType.value, root.contentType.value, name);
        const boundary = root.contentType.parameters.get('boundary');
        assert.equal(part.contentType.parameters.get('boundary'), boundary, name);
      }
    }
  });
});

describe('header protection of an incoming mail', () => {
  const restore = (outerText: string, innerText: string, signers: string[] = []) =>
    restoreHeader(parsed(mail(`${outerText}\n\nx`)).header, parsed(mail(`${innerText}\n\nx`)), signers);

  it('gives back what was protected', () => {
    const { outer, inner } = protectHeader(original, null, true, 'hidden');
    const restored = restoreHeader(entity(outer).header, entity(inner), []);
    assert.deepEqual(
      [restored.scheme, restored.confidential, restored.fromMismatch],
      ['hp', ['subject', 'keywords', 'thread-topic'], null],
    );
    const text = lines(restored.fields);
    for (const line of [
      'Subject: The secret plan',
      'Keywords: plans',
      'Received: from a by b; now',
      'Content-Type: text/plain; charset=utf-8',
    ]) {
      assert.ok(text.includes(line), line);
    }
    assert.doesNotMatch(text.join('\n'), /hp=|HP-Outer|\[\.\.\.\]/);
  });
  it('never takes Received and other traces from inside (threat 11)', () => {
    const restored = restore(
      'Received: from real by us\nFrom: jo@example.com',
      'Received: from forged by them\nAuthentication-Results: us; dkim=pass\nX-Sealgate-Status: v=1\nBcc: x@example.org\nFrom: jo@example.com\nContent-Type: text/plain; hp="cipher"',
    );
    assert.deepEqual(lines(restored.fields), [
      'Received: from real by us',
      'MIME-Version: 1.0',
      'From: jo@example.com',
      'Content-Type: text/plain',
    ]);
  });
  it('ends no line where only some readers would (threat 25)', () => {
    const inner = Buffer.from(
      'Subject: a\rFrom: boss@ours.example\nTo: z\r\r\nContent-Type: text/plain; hp=clear\r\n\r\nx',
    );
    const { fields } = restoreHeader(parsed(mail('From: jo@example.com\n\nx')).header, parsed(inner), []);
    assert.doesNotMatch(Buffer.from(fields).toString(), /\r(?!\n)|(?<!\r)\n/);
    assert.ok(lines(fields).includes('Subject: a From: boss@ours.example'));
  });
  it('drops shown fields that were added outside', () => {
    const restored = restore(
      'From: jo@example.com\nReply-To: thief@evil.example\nSubject: [...]\nList-Id: <l.example>\nX-Spam: no',
      'From: jo@example.com\nSubject: plan\nContent-Type: text/plain; hp="clear"',
    );
    assert.deepEqual(lines(restored.fields).filter((l) => !l.startsWith('MIME')), [
      'List-Id: <l.example>', 'X-Spam: no', 'From: jo@example.com', 'Subject: plan', 'Content-Type: text/plain',
    ]); // biome-ignore format: a list
  });
  it('keeps the outer From and tells, unless the valid signature is of the inner one', () => {
    const outer = 'From: mallory@evil.example\nSubject: x';
    const inner = 'From: Boss <boss@ours.example>\nSubject: pay\nContent-Type: text/plain; hp="cipher"';
    const unsigned = restore(outer, inner);
    assert.deepEqual(unsigned.fromMismatch, { outer: 'mallory@evil.example', inner: 'boss@ours.example' });
    assert.ok(lines(unsigned.fields).includes('From: mallory@evil.example'));
    assert.ok(!lines(unsigned.fields).some((l) => l.includes('boss@ours')));
    const wrong = restore(outer, inner, ['mallory@evil.example']);
    assert.ok(lines(wrong.fields).includes('From: mallory@evil.example'));
    const signed = restore(outer, inner, ['Boss@ours.example']);
    assert.ok(lines(signed.fields).includes('From: Boss <boss@ours.example>'));
    const twice = restore(
      'From: jo@example.com',
      'From: jo@example.com\nFrom: boss@ours.example\nContent-Type: text/plain; hp=clear',
      ['jo@example.com'],
    );
    assert.deepEqual(twice.fromMismatch, { outer: 'jo@example.com', inner: '' });
  });
  it('leaves a part without the mark alone, whatever fields it has', () => {
    const restored = restore(
      'From: jo@example.com\nSubject: outer',
      'From: boss@ours.example\nSubject: inner\nContent-Type: text/plain',
    );
    assert.deepEqual([restored.scheme, restored.fromMismatch], [null, null]);
    assert.ok(
      lines(restored.fields).includes('Subject: outer') && !lines(restored.fields).includes('Subject: inner'),
    );
  });
  it('reads the protected-headers of older programs as replacements only', () => {
    const restored = restore(
      'From: jo@example.com\nTo: kim@example.org\nSubject: ...',
      'Subject: plan\nContent-Type: text/plain; protected-headers="v1"',
    );
    assert.equal(restored.scheme, 'legacy');
    assert.deepEqual(
      lines(restored.fields).filter((l) => !l.startsWith('MIME')),
      ['From: jo@example.com', 'To: kim@example.org', 'Subject: plan', 'Content-Type: text/plain'],
    );
  });
  it('makes a header with one well-formed structure of any two, and never a From that nobody sent', () => {
    const line = fc.constantFrom(
      'From: a@x.example',
      'From: b@y.example',
      'Subject: s',
      'Received: r',
      'Content-Type: text/plain; hp=cipher',
      'Content-Type: multipart/mixed; boundary="\u0001\u00fc"; hp=clear',
      'To: z',
      'no field',
      'HP-Outer: Subject: x',
      'Bcc: q',
    );
    const header = fc.array(line, { maxLength: 8 }).map((list) => mail(`${list.join('\n')}\n\nx`));
    fc.assert(
      fc.property(header, header, (outer, inner) => {
        const out = parsed(outer);
        const restored = restoreHeader(out.header, parsed(inner), []);
        const again = entity(restored.fields);
        assert.deepEqual(again.header.malformed, []);
        const keys = again.header.fields.map((f) => f.key);
        assert.ok(!keys.includes('hp-outer'));
        assert.equal(
          keys.filter((k) => k === 'received').length,
          out.header.fields.filter((f) => f.key === 'received').length,
        );
        const [before, after] = [parseFrom(out.header.fields), parseFrom(again.header.fields)];
        if (before.ok && after.ok) assert.equal(after.address.text, before.address.text);
      }),
      { seed: 9788, numRuns: 3_000 },
    );
  });
});
