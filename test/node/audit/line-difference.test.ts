/** Lines that differ between two texts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ChangedLine, lineDifference } from '#node/audit/line-difference.ts';

const marked = (lines: readonly ChangedLine[]): string[] =>
  lines.map(({ kind, text }) => `${kind === 'added' ? '+' : '-'}${text}`);

const removedFrom = (lines: readonly ChangedLine[]): string[] =>
  lines.filter((l) => l.kind === 'removed').map((l) => l.text);
const addedTo = (lines: readonly ChangedLine[]): string[] =>
  lines.filter((l) => l.kind === 'added').map((l) => l.text);

describe('the difference of two texts', () => {
  it('is nothing between equal ones', () => assert.deepEqual(lineDifference('a\nb\n', 'a\nb\n'), []));
  it('names a changed line among equal ones', () => {
    assert.deepEqual(marked(lineDifference('a\nb\nc\n', 'a\nB\nc\n')), ['-b', '+B']);
  });
  it('of nothing and a text is the text', () => {
    assert.deepEqual(marked(lineDifference('', 'a\nb\n')), ['+a', '+b']);
    assert.deepEqual(marked(lineDifference('a\n', '')), ['-a']);
  });
  it('is the smallest for a moved line', () => {
    assert.deepEqual(marked(lineDifference('a\nb\nc\nd\n', 'b\nc\nd\na\n')), ['-a', '+a']);
  });
  it('keeps the lines that are not named, on both sides, in their order', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDifference(before.join('\n'), after.join('\n'));
        const rest = (whole: readonly string[], named: readonly string[]): number =>
          whole.length - named.length;
        assert.equal(rest(before, removedFrom(lines)), rest(after, addedTo(lines)));
        assert.ok(isSubsequence(removedFrom(lines), before));
        assert.ok(isSubsequence(addedTo(lines), after));
        assert.equal(rest(before, removedFrom(lines)), longestCommon(before, after));
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
  it('of two very long texts is still told', () => {
    const long = (mark: string): string => Array.from({ length: 3000 }, (_, n) => `${mark}${n}`).join('\n');
    assert.equal(lineDifference(long('a'), long('b')).length, 6000);
  });
});

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const line of whole) if (line === part[at]) at += 1;
  return at === part.length;
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  const [first, ...rest] = a;
  if (first === undefined || b.length === 0) return 0;
  let row = new Array<number>(b.length + 1).fill(0);
  for (const line of [first, ...rest]) {
    const next = [0];
    for (const [j, other] of b.entries())
      next.push(line === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    row = next;
  }
  return row.at(-1) ?? 0;
}
