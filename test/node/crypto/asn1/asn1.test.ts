import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { algorithm, readAlgorithm } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import {
  bitString,
  boolean,
  type Der,
  encodeDer,
  enumerated,
  explicit,
  generalizedTime,
  headerOf,
  ia5String,
  implicit,
  integer,
  namedBits,
  octetString,
  oid,
  printableString,
  sequence,
  setOf,
  sizeOf,
  time,
  tlv,
  utf8String,
} from '#node/crypto/asn1/der-writer.ts';
import { decodedOid, encodedOid } from '#node/crypto/asn1/oid.ts';
import { OID, oidName } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';

const hex = (der: Der) => encodeDer(der).toString('hex');
const fails = (code: string) => (error: unknown) => error instanceof Asn1Error && error.code === code;
const read = (text: string) => readBer(Buffer.from(text, 'hex'));

describe('the DER writer', () => {
  it('writes the shortest integer (X.690 §8.3.2)', () => {
    assert.equal(hex(integer(0)), '020100');
    assert.equal(hex(integer(127)), '02017f');
    assert.equal(hex(integer(128)), '02020080');
    assert.equal(hex(integer(-128)), '020180');
    assert.equal(hex(integer(-129)), '0202ff7f');
    assert.equal(hex(integer(Buffer.from('0000ff', 'hex'))), '020200ff');
    assert.equal(hex(integer(new Uint8Array(0))), '020100');
    assert.equal(hex(enumerated(1)), '0a0101');
  });

  it('writes lengths in the shortest form (X.690 §10.1)', () => {
    for (const [bytes, header] of [
      [127, '047f'],
      [128, '048180'],
      [255, '0481ff'],
      [256, '04820100'],
      [65536, '0483010000'],
    ] as const) {
      assert.equal(headerOf(TAG.octetString, bytes).toString('hex'), header);
      const node = octetString(new Uint8Array(bytes));
      assert.equal(encodeDer(node).length, sizeOf(node));
      assert.ok(hex(node).startsWith(header));
    }
  });

  it('counts content of 5 GB without holding it', () => {
    assert.equal(headerOf(TAG.sequence, 5 * 2 ** 30).toString('hex'), '30850140000000');
  });

  it('orders a SET OF by encoding (X.690 §11.6)', () => {
    assert.equal(hex(setOf([integer(300), integer(2), integer(1)])), '310a0201010201020202012c');
  });

  it('retags implicitly and explicitly', () => {
    assert.equal(hex(implicit(0, octetString(Uint8Array.of(7)))), '800107');
    assert.equal(hex(implicit(1, sequence(boolean(true)))), 'a1030101ff');
    assert.equal(hex(explicit(0, integer(2))), 'a003020102');
  });

  it('drops trailing zero bits of named bits (X.690 §11.2.2)', () => {
    assert.equal(hex(namedBits(0)), '03020780');
    assert.equal(hex(namedBits(5, 6)), '03020106');
    assert.equal(hex(namedBits(8)), '0303070080');
    assert.equal(hex(namedBits()), '030100');
  });

  it('writes UTCTime until 2049 and GeneralizedTime from 2050 (RFC 5280 §4.1.2.5)', () => {
    assert.equal(encodeDer(time(Date.UTC(2049, 11, 31, 23, 59, 59))).toString('latin1', 2), '491231235959Z');
    assert.equal(encodeDer(time(Date.UTC(2050, 0, 1))).toString('latin1', 2), '20500101000000Z');
  });
});

describe('the BER reader', () => {
  it('reads back what the writer writes', () => {
    const at = Date.UTC(2026, 10, 23, 19, 0, 1);
    const fields = readBer(
      encodeDer(
        sequence(
          integer(123456789012345678901n),
          oid('2.25.329800735698586629295641978511506172918'),
          utf8String('Größe'),
          printableString('DE'),
          ia5String('a@example.org'),
          time(at),
          generalizedTime(at),
          bitString(Uint8Array.of(0xf0), 4),
          algorithm(OID.sha256, 'absent'),
          algorithm(OID.rsaEncryption, 'null'),
        ),
      ),
      TAG.sequence,
    ).children();
    assert.equal(fields.integer(), 123456789012345678901n);
    assert.equal(fields.oid(), '2.25.329800735698586629295641978511506172918');
    assert.equal(fields.next().text(), 'Größe');
    assert.equal(fields.next().text(), 'DE');
    assert.equal(fields.next().text(), 'a@example.org');
    assert.equal(fields.next().time(), at);
    assert.equal(fields.next().time(), at);
    assert.deepEqual(fields.bits(), { unusedBits: 4, bytes: Buffer.from([0xf0]) });
    assert.deepEqual(readAlgorithm(fields), { oid: OID.sha256, parameters: null });
    assert.deepEqual(readAlgorithm(fields), {
      oid: OID.rsaEncryption,
      parameters: Buffer.from([5, 0]),
    });
    fields.finish();
  });

  it('reads indefinite lengths and constructed strings, nested too', () => {
    const element = read('2480 0401 61 2480 0402 6263 0000 0401 64 0000'.replaceAll(' ', ''));
    assert.equal(Buffer.from(element.octets()).toString(), 'abcd');
    assert.equal(element.end, element.bytes.length);
  });

  it('reads long lengths with leading zeros', () => {
    assert.deepEqual(read('0488000000000000000161').octets(), Buffer.from('a'));
  });

  it('reads times with offsets and without seconds', () => {
    const text = (tag: number, value: string) => readBer(encodeDer(tlv(tag, Buffer.from(value)))).time();
    assert.equal(text(TAG.utcTime, '9912312359Z'), Date.UTC(1999, 11, 31, 23, 59));
    assert.equal(text(TAG.utcTime, '260101000000+0100'), Date.UTC(2025, 11, 31, 23));
    assert.equal(text(TAG.generalizedTime, '20260101000000.5Z'), Date.UTC(2026, 0, 1));
    for (const wrong of ['260230000000Z', '261301000000Z', '260101250000Z', '20260101000000Z', '']) {
      assert.throws(() => text(TAG.utcTime, wrong), fails('malformed'), wrong);
    }
  });

  it('refuses what reaches beyond its container', () => {
    assert.throws(() => read('3003020501').children().integer(), fails('truncated'));
    assert.throws(() => read('0485ffffffffff'), fails('truncated'));
    assert.throws(() => read('0489ffffffffffffffffff'), fails('too-large'));
    assert.throws(() => read('3080020101'), fails('truncated'));
    assert.throws(() => read('30'), fails('truncated'));
    assert.throws(() => read('0480610000'), fails('malformed'));
    assert.throws(() => read('02010102'), fails('malformed'));
    assert.throws(() => read('1f8101'), fails('unsupported'));
  });

  it('refuses nesting bombs without recursion', () => {
    const indefinite = Buffer.from('3080'.repeat(100_000), 'hex');
    assert.throws(() => readBer(indefinite), fails('too-deep'));
    let definite: Der = octetString();
    for (let i = 0; i < 40; i++) definite = tlv(0x24, definite);
    assert.throws(() => readBer(encodeDer(definite)).octets(), fails('too-deep'));
  });

  it('throws nothing but Asn1Error, whatever the octets', () => {
    const walk = (cursor: BerCursor): void => {
      while (!cursor.atEnd) {
        const element = cursor.next();
        for (const read of [
          'octets',
          'bits',
          'oid',
          'integer',
          'number',
          'boolean',
          'time',
          'text',
        ] as const) {
          tolerate(() => element[read]());
        }
        if (element.constructed) tolerate(() => walk(element.children()));
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => tolerate(() => walk(new BerCursor(bytes)))),
      { numRuns: 5000, seed: 5280 },
    );
  });
});

function tolerate(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
  }
}

describe('object identifiers', () => {
  it('survive the way there and back', () => {
    for (const dotted of Object.values(OID)) assert.equal(decodedOid(encodedOid(dotted)), dotted);
    for (const dotted of ['0.39', '1.0', '2.47', '2.999.1', '2.5.29.17']) {
      assert.equal(decodedOid(encodedOid(dotted)), dotted);
    }
  });

  it('have names where we know them', () => {
    assert.equal(oidName('1.2.840.113549.1.1.11'), 'sha256WithRsa');
    assert.equal(oidName('1.2.3'), null);
  });

  it('are refused when the octets are none', () => {
    for (const wrong of ['', '80', '8001', 'ff']) {
      assert.throws(() => decodedOid(Buffer.from(wrong, 'hex')), fails('malformed'));
    }
  });
});
