/** Pieces of large mails do not heap up. */
import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { leftBehind } from '#node/spool/young-garbage.ts';

const PIECE_BYTES = 64 * 1024;
const PIECES = 3200; // 200 MB.
const PEAK_BYTES_MAX = 32 * 1024 * 1024; // Without the collections: 64 MB and more.

/** Largest sum of buffers outside the heap while so many sealed pieces are made and dropped. */
function peakOf(after: () => void): number {
  const before = process.memoryUsage().arrayBuffers;
  const plain = randomBytes(PIECE_BYTES);
  let peak = 0;
  for (let i = 0; i < PIECES; i++) {
    createCipheriv('aes-256-gcm', plain.subarray(0, 32), plain.subarray(0, 12)).update(plain);
    after();
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  return peak;
}

test('what the steps of a large mail leave behind is collected while it is little', () => {
  const peak = peakOf(() => leftBehind(PIECE_BYTES));
  assert.ok(peak < PEAK_BYTES_MAX, `${peak} octets`);
});
