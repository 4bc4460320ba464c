/** What the command line prints: tables, and nothing that could steer a terminal (threat 31). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printable, table, timeText } from '#node/cli/command.ts';

describe('a table', () => {
  it('has columns as wide as their widest cell', () => {
    assert.deepEqual(
      table(
        ['id', 'why'],
        [
          ['a', 'x'],
          ['bbbb', ''],
        ],
      ),
      ['id    why', 'a     x', 'bbbb'],
    );
  });
  it('keeps what strangers wrote on its line, without control characters', () => {
    const answer = '550 no\r\n7  admin  trusted \x1b[2J\u202egnp.exe';
    assert.deepEqual(table(['answer'], [[answer]]), ['answer', '550 no  7  admin  trusted  [2J gnp.exe']);
  });
});

describe('printable text', () => {
  it('is left as it is when it is text', () => assert.equal(printable('Grüße, 你好'), 'Grüße, 你好'));
});

describe('a time', () => {
  it('is UTC to the second, or a dash', () => {
    assert.equal(timeText(Date.UTC(2026, 10, 23, 20, 5, 6, 700)), '2026-11-23 20:05:06');
    assert.equal(timeText(null), '-');
  });
});
