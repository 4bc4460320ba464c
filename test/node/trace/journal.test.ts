import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openJournal } from '#node/trace/journal.ts';

describe('a trace journal', () => {
  let folder: string;
  const fail = (error: Error): void => assert.fail(error);
  const linesOf = (name: string): { n: number }[] =>
    readFileSync(join(folder, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sealgate-trace-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('appends a line a record, soon, and goes on after a restart', async () => {
    const first = openJournal(join(folder, 'made'), 'x', { onError: fail });
    first.write({ n: 1 });
    first.write({ n: 2, text: 'two\nlines' });
    const file = join(folder, 'made', 'x.jsonl');
    while (!readdirSync(folder).includes('made')) await new Promise(setImmediate);
    first.close();
    const second = openJournal(join(folder, 'made'), 'x', { onError: fail });
    second.write({ n: 3 });
    second.close();
    assert.deepEqual(
      linesOf('made/x.jsonl').map(({ n }) => n),
      [1, 2, 3],
    );
    appendFileSync(file, '{"n":4,"cut');
    const third = openJournal(join(folder, 'made'), 'x', { onError: fail });
    third.write({ n: 5 });
    third.close();
    assert.deepEqual(readFileSync(file, 'utf8').trimEnd().split('\n').slice(3), ['{"n":4,"cut', '{"n":5}']);
  });

  it('keeps a bounded number of files of a bounded size, the newest', () => {
    for (let n = 0; n < 100; n += 1) {
      const journal = openJournal(folder, 'x', { onError: fail, fileBytesMax: 50, oldFilesMax: 2 });
      journal.write({ n });
      journal.close();
    }
    assert.deepEqual(readdirSync(folder).sort(), ['x.1.jsonl', 'x.2.jsonl', 'x.jsonl']);
    const kept = ['x.2.jsonl', 'x.1.jsonl', 'x.jsonl'].flatMap(linesOf).map(({ n }) => n);
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, i) => 100 - kept.length + i),
    );
    assert.ok(kept.length > 10);
  });

  it('tells a failure once and goes on when it can', () => {
    const path = join(folder, 'blocked');
    writeFileSync(path, 'a file where the folder should be');
    const errors: Error[] = [];
    const journal = openJournal(path, 'x', { onError: (error) => errors.push(error) });
    const big = 'x'.repeat(300_000); // Written at once.
    journal.write({ big });
    journal.write({ big });
    assert.equal(errors.length, 1);
    rmSync(path);
    journal.write({ big });
    journal.close();
    assert.equal(linesOf('blocked/x.jsonl').length, 1);
  });
});
