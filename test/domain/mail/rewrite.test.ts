/** Header edits; all other octets stay (features.md P22). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { octetsOf } from '#domain/mail/octets.ts';
import { applyEdits, deleteNamed, type HeaderEdit, replaceNamed } from '#domain/mail/rewrite.ts';
import { textField } from '#domain/mime/header.ts';
import { bytesOf, fixture, fixtureNames, mail, parsed } from '../mime/fixture.ts';

const apply = (bytes: Buffer, edits: HeaderEdit[]): string =>
  bytesOf(applyEdits(octetsOf(bytes), parsed(bytes).header, edits)).toString();
const bytes = mail('A: 1\nB: 2\n folded\na: 3\n\nbody\n');
const header = parsed(bytes).header;

describe('header edits', () => {
  it('delete, replace, prepend and append whole fields', () => {
    assert.equal(apply(bytes, deleteNamed(header, 'a')), 'B: 2\r\n folded\r\n\r\nbody\r\n');
    assert.equal(
      apply(bytes, replaceNamed(header, 'a', textField('A', 'new'))),
      'A: new\r\nB: 2\r\n folded\r\n\r\nbody\r\n',
    );
    assert.equal(
      apply(bytes, replaceNamed(header, 'c', textField('C', 'new'))),
      'A: 1\r\nB: 2\r\n folded\r\na: 3\r\nC: new\r\n\r\nbody\r\n',
    );
    const both: HeaderEdit[] = [
      { kind: 'append', bytes: textField('Y', '2') },
      { kind: 'prepend', bytes: textField('X', '1') },
      ...deleteNamed(header, 'b'),
    ];
    assert.equal(apply(bytes, both), 'X: 1\r\nA: 1\r\na: 3\r\nY: 2\r\n\r\nbody\r\n');
  });
  it('work on a mail that is only a header without a last line end', () => {
    assert.equal(
      apply(Buffer.from('A: 1'), [{ kind: 'append', bytes: textField('B', '2') }]),
      'A: 1\r\nB: 2\r\n',
    );
    assert.equal(apply(Buffer.from(''), [{ kind: 'append', bytes: textField('B', '2') }]), 'B: 2\r\n');
  });
  it('that overlap are a bug', () => {
    assert.throws(() => apply(bytes, [...deleteNamed(header, 'a'), ...deleteNamed(header, 'a')]), RangeError);
    assert.throws(() => apply(bytes, [{ kind: 'delete', start: 0, end: 999 }]), RangeError);
  });
  it('none leave the mail as it is; added and deleted again, it is the same', () => {
    for (const name of fixtureNames) {
      const original = fixture(name);
      assert.equal(apply(original, []), original.toString(), name);
      const added = Buffer.from(
        apply(original, [{ kind: 'prepend', bytes: textField('X-Sealgate-Test', 'x') }]),
      );
      assert.equal(
        apply(added, deleteNamed(parsed(added).header, 'x-sealgate-test')),
        original.toString(),
        name,
      );
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        assert.deepEqual(bytesOf(applyEdits(octetsOf(any), parsed(any).header, [])), Buffer.from(any));
      }),
      { seed: 22, numRuns: 1_000 },
    );
  });
});
