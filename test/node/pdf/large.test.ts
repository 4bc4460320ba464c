/**
 * A mail of 50 MB becomes a PDF with flat memory (targets.md P13), measured in a child.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MB = 1024 * 1024;
/** P13: idle + 150 MB per process. V8 collects pieces outside its heap only when they are 64 MB. */
const GROWN_BYTES_MAX = 128 * MB;

const child = fileURLToPath(new URL('child-large.ts', import.meta.url));

function made(sizeBytes: number): { written: number; grownBytes: number } {
  return JSON.parse(execFileSync(process.execPath, [child, String(sizeBytes)], { encoding: 'utf8' }));
}

describe('a mail of 50 MB', () => {
  it('becomes a PDF of its content in pieces; 150 MB take no more memory', () => {
    for (const size of [50 * MB, 150 * MB]) {
      const { written, grownBytes } = made(size);
      assert.ok(written > size * 0.7 && written < size, `${written} octets`);
      assert.ok(grownBytes < GROWN_BYTES_MAX, `grew by ${grownBytes} octets`);
    }
  });
});
