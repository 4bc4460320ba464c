/** The scratch for plaintext: random access, nothing with a name, nothing readable. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { sealedScratch } from '#node/spool/sealed-scratch.ts';

const MIB = 1024 * 1024;
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealgate-scratch-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Open files of this process that lie in the folder, unlinked or not. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

describe('a sealed scratch', () => {
  it('gives back any range, small or large (property)', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat(200), fc.integer({ min: MIB - 5, max: MIB + 200_000 })),
        fc.integer({ min: 1, max: 300_000 }),
        fc.array(fc.tuple(fc.nat(2 * MIB), fc.nat(2 * MIB)), { minLength: 1, maxLength: 8 }),
        (sizeBytes, pieceBytes, ranges) => {
          const content = randomBytes(sizeBytes);
          const scratch = sealedScratch(folder);
          for (let at = 0; at < sizeBytes; at += pieceBytes) {
            const piece = Buffer.from(content.subarray(at, at + pieceBytes));
            scratch.write(piece);
            piece.fill(0); // The writer may use its buffer again.
          }
          const octets = scratch.octets();
          assert.equal(octets.sizeBytes, sizeBytes);
          assert.ok(Buffer.concat([...octets.chunks()]).equals(content));
          for (const range of ranges) {
            const [start, end] = range.map((at) => at % (sizeBytes + 1)).sort((a, b) => a - b) as [
              number,
              number,
            ];
            assert.ok(content.subarray(start, end).equals(octets.slice(start, end)));
            assert.ok(Buffer.concat([...octets.chunks(start, end)]).equals(content.subarray(start, end)));
          }
          scratch.close();
        },
      ),
      { numRuns: 25, seed: 20261123 },
    );
    assert.deepEqual(openFiles(), []);
  });

  it('has no name on disk, and its file shows nothing', () => {
    const scratch = sealedScratch(folder);
    scratch.write(Buffer.from('canary '.repeat(300_000)));
    assert.deepEqual(readdirSync(folder), []);
    const [fd] = openFiles();
    const raw = readFileSync(`/proc/self/fd/${fd}`);
    assert.equal(raw.length, 2_100_000);
    assert.ok(!raw.includes('canary'));
    scratch.close();
    assert.deepEqual(openFiles(), []);
  });

  it('is closed with the last that holds it, also when it was given up, and never under a reader', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const half = (): Iterator<Uint8Array> => {
      const scratch = sealedScratch(folder);
      scratch.write(Buffer.alloc(2 * MIB, 'x'));
      return scratch.octets().chunks()[Symbol.iterator]();
    };
    let reader: Iterator<Uint8Array> | null = half();
    reader.next();
    sealedScratch(folder).write(Buffer.alloc(2 * MIB)); // Given up half-way, as by an exception.
    const untilOpen = async (count: number): Promise<void> => {
      for (let i = 0; i < 100 && openFiles().length > count; i++) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(openFiles().length, count);
    };
    await untilOpen(1);
    assert.equal(reader.next().value?.[0], 0x78);
    reader = null;
    await untilOpen(0);
  });
});
