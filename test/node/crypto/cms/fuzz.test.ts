/**
 * Mutated real messages into every reader of CMS: no error but documented ones, no hang, no flood of output.
 *
 * Seeded; `SEALGATE_FUZZ_SECONDS` makes it longer, `SEALGATE_FUZZ_SEED` repeats a run.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { WEAK_CIPHERS } from '#domain/policy/rule-book.ts';
import { algorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { encodeDer, explicit, integer, octetString, oid, sequence } from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { cmsTypeOf } from '#node/crypto/cms/cms-type.ts';
import { readCompressed } from '#node/crypto/cms/compressed.ts';
import { wholeOf } from '#node/crypto/cms/content.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import { readSigned } from '#node/crypto/cms/read-signed.ts';
import { contentOf, MAIL, open } from './messages.ts';
import { People, type PersonKind } from './people.ts';

const SECONDS = Number(process.env.SEALGATE_FUZZ_SECONDS ?? 20);
const SEED = Number(process.env.SEALGATE_FUZZ_SEED ?? 5652);
/** Generous for a loaded machine; a message of 3 KB takes below a millisecond. */
const CASE_MS_MAX = 3000;
/** Inflating is bounded by the budget, everything else by its input. */
const INFLATED_BYTES_MAX = 100_000;

const people = new People();
writeFileSync(people.path('mail'), MAIL);

/** Mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff, 0x30, 0x31, 0x24, 0xa0, 0x05];

function mutated(original: Buffer, other: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let count = 1 + random(4); count > 0 && bytes.length > 0; count--) {
    const at = random(bytes.length);
    const length = 1 + random(20);
    switch (random(7)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = INTERESTING[random(INTERESTING.length)] as number;
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      case 5: {
        const from = random(other.length);
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          other.subarray(from, from + length * 10),
          bytes.subarray(at),
        ]);
        break;
      }
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from('3080'.repeat(length), 'hex'),
          bytes.subarray(at),
        ]);
    }
  }
  return bytes;
}

function enveloped(kind: PersonKind, cipher: 'aes-256-cbc' | 'aes-128-gcm'): Buffer {
  const { certificate } = people.person(kind);
  const recipients = [{ certificate, transport: 'rsa-oaep-sha256', namedBy: 'issuer-and-serial' }] as const;
  return wholeOf(envelop(contentOf(MAIL), { recipients, algorithm: cipher }));
}

function compressed(): Buffer {
  const content = sequence(oid(OID.data), explicit(0, octetString(deflateSync(MAIL))));
  const body = sequence(integer(0), algorithm(OID.zlibCompress, 'absent'), content);
  return encodeDer(sequence(oid(OID.compressedData), explicit(0, body)));
}

function corpus(): Buffer[] {
  people.person('rsa-1024');
  people.person('p-256');
  const sign = 'cms -sign -binary -in mail -outform DER -signer';
  const encrypt = 'cms -encrypt -binary -in mail -outform DER -aes-256-cbc';
  return [
    people.openssl(`${sign} rsa-1024.pem -inkey rsa-1024.key`),
    people.openssl(`${sign} p-256.pem -inkey p-256.key -nodetach -stream -indef`),
    people.openssl(`${sign} rsa-1024.pem -inkey rsa-1024.key -signer p-256.pem -inkey p-256.key -nodetach`),
    people.openssl(`${encrypt} -stream -indef rsa-1024.pem p-256.pem`),
    people.openssl(`${encrypt} -keyid -recip rsa-1024.pem -keyopt rsa_padding_mode:oaep`),
    enveloped('p-256', 'aes-256-cbc'),
    enveloped('rsa-1024', 'aes-128-gcm'),
    compressed(),
  ];
}

async function feed(cms: Buffer, pieceBytes: number): Promise<void> {
  cmsTypeOf(contentOf(cms, pieceBytes).chunks());
  const chunks = () => contentOf(cms, pieceBytes).chunks();
  readSigned({ cms: chunks(), detached: [MAIL], onContent: () => {} });
  readSigned({ cms: chunks() });
  for (const kind of ['rsa-1024', 'p-256'] as const) {
    const opened = await open(people, people.person(kind), cms, { weakCiphers: WEAK_CIPHERS, pieceBytes });
    assert.ok(opened.content.length <= cms.length);
  }
  let inflated = 0;
  const onContent = (piece: Uint8Array) => {
    inflated += piece.length;
  };
  await readCompressed({ cms: chunks(), bytesMax: INFLATED_BYTES_MAX, onContent });
  assert.ok(inflated <= INFLATED_BYTES_MAX);
}

describe('readers of CMS', () => {
  it(`bear what is thrown at them, seed ${SEED}`, async () => {
    const messages = corpus();
    const random = randomOf(SEED);
    const pick = () => messages[random(messages.length)] as Buffer;
    const end = performance.now() + SECONDS * 1000;
    let cases = 0;
    for (; performance.now() < end; cases++) {
      const cms = mutated(pick(), pick(), random);
      const start = performance.now();
      try {
        await feed(cms, 1 + random(500));
      } catch (error) {
        throw new Error(`case ${cases}: ${cms.toString('base64')}`, { cause: error });
      }
      const tookMs = performance.now() - start;
      assert.ok(tookMs < CASE_MS_MAX, `case ${cases} took ${tookMs} ms: ${cms.toString('base64')}`);
    }
    assert.ok(cases > 100, `only ${cases} cases`);
  });

  it('read the corpus itself in pieces of one octet', async () => {
    for (const cms of corpus()) await feed(cms, 1);
  });
});
