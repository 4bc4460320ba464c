/**
 * Mutated real mail through everything that reads hostile mail bytes (targets.md R15): documented results only.
 *
 * SEALGATE_FUZZ_SECONDS (default 20) and SEALGATE_FUZZ_SEED make longer and other runs; a failure prints its mail.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAddressList, parseFrom } from '#domain/mail/address-list.ts';
import { disarmMail } from '#domain/mail/disarm-mail.ts';
import { buildDsn } from '#domain/mail/dsn.ts';
import { stripForged } from '#domain/mail/forged-status.ts';
import { protectHeader } from '#domain/mail/header-protection.ts';
import { restoreHeader } from '#domain/mail/header-restoration.ts';
import { type Octets, octetsOf } from '#domain/mail/octets.ts';
import { propertiesOf } from '#domain/mail/properties.ts';
import { applyEdits } from '#domain/mail/rewrite.ts';
import { prepareForSigning } from '#domain/mime/canonical.ts';
import { inspect, isSevenBit } from '#domain/mime/findings.ts';
import { entityPieces } from '#domain/mime/split-header.ts';
import { sizeOf } from '#domain/mime/text.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { entitiesOf, type MimeEntity, parseMime } from '#domain/mime/tree.ts';
import { bytesOf, fixture, fixtureNames, inPieces } from '../mime/fixture.ts';

const seconds = Number(process.env.SEALGATE_FUZZ_SECONDS ?? 20);
const seed = Number(process.env.SEALGATE_FUZZ_SEED ?? 2026);
/** One mail of some KiB must never take longer; the machine is shared. */
const MAIL_MS_MAX = 3_000;

/** mulberry32: the same run for the same seed. */
function randomOf(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const TOKENS = [
  '\r\n', '\n', '\r', '\r\n\r\n', '--', '\u0000', '\u00ff', '"', '(', ')', '<', '>', '@', ';', ':', '=', '=?utf-8?q?', '?=', ' ', '\t', ',', '\\',
  'Content-Type: multipart/mixed; boundary=b\r\n', 'Content-Type: message/rfc822\r\n\r\n', 'Content-Transfer-Encoding: base64\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n', 'From: a@b.example\r\n', 'Subject: [encrypted]\r\n', 'hp="cipher"', '; charset=utf-16', '<img src=',
]; // biome-ignore format: a list

function mutate(mails: readonly Buffer[], random: (below: number) => number): Buffer {
  let bytes: Buffer = Buffer.from(mails[random(mails.length)]!);
  for (let n = 1 + random(6); n > 0; n -= 1) {
    const at = random(bytes.length + 1);
    const to = Math.min(bytes.length, at + random(200));
    const other = mails[random(mails.length)]!;
    const from = random(other.length);
    const middle = [
      () => Buffer.from(TOKENS[random(TOKENS.length)]!, 'latin1'),
      () => Buffer.concat([bytes.subarray(at, to), bytes.subarray(at, to)]),
      () => other.subarray(from, from + random(300)),
      () => Buffer.from([random(256)]),
      () => Buffer.alloc(0),
    ][random(5)]!();
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(random(3) === 0 ? at : to)]);
  }
  return bytes;
}

/** Each reader and rewriter once; what must hold of their results is asserted. */
function exercise(bytes: Buffer, octets: Octets): void {
  const result = parseMime(octets);
  if (result.kind === 'failed') {
    assert.equal(result.name, 'too-complex');
    return;
  }
  const root: MimeEntity = result.mail;
  for (const entity of entitiesOf(root)) {
    sizeOf(decodedBody(octets, entity));
    for (const field of entity.header.fields) parseAddressList(field.value);
  }
  parseFrom(root.header.fields);
  propertiesOf(octets, root);
  assert.deepEqual(bytesOf(applyEdits(octets, root.header, [])), bytes);
  for (const purpose of ['smime', 'openpgp'] as const) {
    const prepared = prepareForSigning(octets, root, purpose);
    const { inner, outer, sevenBit } = protectHeader(root, prepared.encoding, true, 'hidden');
    const part = bytesOf(entityPieces(inner, prepared.body()));
    if (sevenBit && prepared.sevenBit) assert.ok(isSevenBit(inspect([part])));
    const inside = parseMime(octetsOf(part));
    const outside = parseMime(octetsOf(outer));
    if (inside.kind === 'continue' && outside.kind === 'continue')
      restoreHeader(outside.mail.header, inside.mail, []);
  }
  const cleaned = bytesOf(applyEdits(octets, root.header, stripForged(root)));
  const again = parseMime(octetsOf(cleaned));
  if (again.kind === 'continue') assert.equal(stripForged(again.mail).length, 0);
  const disarmed = disarmMail(octets, root);
  if (disarmed !== null) assert.doesNotMatch(bytesOf(disarmed).toString('latin1', 0, 200), /^\s*<script/);
  const report = buildDsn({
    kind: 'failed', reportingMta: 'g.example', sender: 'a@b.example', envid: null, arrivalMs: 0, nowMs: 0, messageId: '<a@b>', boundary: 'b',
    recipients: [], original: root.header,
  }); // biome-ignore format: facts
  assert.ok(isSevenBit(inspect(report)));
}

describe('readers of hostile mail', () => {
  it(`give documented results for mutated mail (seed ${seed}, ${seconds} s)`, () => {
    const random = randomOf(seed);
    const corpus = fixtureNames.map(fixture);
    const mails = [...corpus];
    const end = performance.now() + seconds * 1_000;
    for (let n = 0; performance.now() < end; n += 1) {
      const bytes = mutate(mails, random);
      const started = performance.now();
      try {
        exercise(bytes, n % 4 === 0 ? inPieces(bytes, 1 + random(97)) : octetsOf(bytes));
        assert.ok(performance.now() - started < MAIL_MS_MAX, 'too slow');
      } catch (error) {
        throw new Error(`mail ${n} of seed ${seed}, base64: ${bytes.toString('base64')}`, { cause: error });
      }
      // Some mutants are mutated further; bounded in number and size.
      if (n % 10 === 0 && bytes.length < 20_000 && mails.length < corpus.length * 3) mails.push(bytes);
    }
  });
});
