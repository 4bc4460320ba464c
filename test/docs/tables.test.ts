/**
 * The tables in docs/ stay true in what a machine can see: every row is complete, every file that it names exists.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

function rowsOf(file: string, columns: number): string[][] {
  const rows = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  for (const row of rows) assert.equal(row.length, columns, `${file}: ${row[0]} has ${row.length} columns`);
  return rows;
}

describe('docs/features.tsv', () => {
  it('tells Yes, Partial or No for each feature once, with the test that shows it', () => {
    const rows = rowsOf('docs/features.tsv', 4);
    assert.equal(new Set(rows.map((r) => r[0])).size, rows.length);
    for (const [id, state, test, note] of rows) {
      assert.match(id ?? '', /^[A-Z]\d+$/);
      assert.match(state ?? '', /^(Yes|Partial|No)$/, id);
      if (state !== 'No') assert.ok(test && existsSync(test), `${id}: ${test}`);
      if (state !== 'Yes') assert.ok(note, `${id}: a note says what is missing`);
    }
  });
});

describe('docs/rfc.tsv', () => {
  it('names files that exist', () => {
    for (const [rfc, state, file] of rowsOf('docs/rfc.tsv', 4)) {
      assert.match(state ?? '', /^(Yes|Partial|No)$/, rfc);
      if (state !== 'No') assert.ok(file && existsSync(file), `RFC ${rfc}: ${file}`);
    }
  });
});

describe('docs/dependencies.md', () => {
  it('has a line for every direct dependency, and for none that is gone', () => {
    const text = readFileSync('docs/dependencies.md', 'utf8');
    const listed = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((m) => m[1] as string);
    const names = ['package.json', 'admin-ui/package.json'].flatMap((file) => {
      const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
      return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
        Object.keys(json[kind] ?? {}),
      );
    });
    assert.deepEqual([...new Set(listed)].sort(), [...new Set(names)].sort());
  });
});

describe('docs/adr', () => {
  it('numbers its records without a gap or a double', () => {
    const numbers = readdirSync('docs/adr')
      .sort()
      .map((name) => Number(name.slice(0, 4)));
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i + 1),
    );
  });
});
