/** Sealed files: what lies in the spool is readable by the key holder only, and any change is found. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { boxPrivateKey, newBoxKey, openWithPrivateKey, sealToPublicKey } from '#node/spool/sealed-box.ts';
import {
  CHUNK_BYTES,
  FILE_STEP_BYTES,
  type OpenedFile,
  openSealedFile,
  SealedFileError,
  Sealer,
} from '#node/spool/sealed-file.ts';

const key = newBoxKey();
const privateKey = boxPrivateKey(key.privateKey);
const openBox = async (box: Uint8Array): Promise<Uint8Array> => openWithPrivateKey(privateKey, box);

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealgate-sealed-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function sealed(header: object, pieces: readonly Uint8Array[]): Buffer {
  const sealer = new Sealer(key.publicKey);
  const out = sealer.begin(header);
  for (const piece of pieces) out.push(...sealer.push(piece));
  return Buffer.concat([...out, ...sealer.end()]);
}

function sealedLate(header: object, headerBytesMax: number, pieces: readonly Uint8Array[]): Buffer {
  const sealer = new Sealer(key.publicKey);
  const at = sealer.beginLate(headerBytesMax);
  const out: Buffer[] = [];
  for (const piece of pieces) out.push(...sealer.push(piece));
  out.push(...sealer.end());
  const front = Buffer.concat(sealer.front(header));
  assert.equal(front.length, at);
  return Buffer.concat([front, ...out]);
}

async function opened<H>(bytes: Uint8Array): Promise<OpenedFile<H>> {
  const path = join(folder, 'mail.sgf');
  writeFileSync(path, bytes);
  return openSealedFile<H>(path, openBox);
}

const sealedLateIn100 = (header: object, pieces: readonly Uint8Array[]): Buffer =>
  sealedLate(header, 100, pieces);

function sealedWhole(header: object, pieces: readonly Uint8Array[]): Buffer {
  const file = Buffer.concat(new Sealer(key.publicKey).whole(header, pieces));
  assert.equal(file.length % FILE_STEP_BYTES, 0);
  return file;
}

describe('a sealed box', () => {
  it('opens with its key only, unchanged only', () => {
    const box = sealToPublicKey(key.publicKey, Buffer.from('secret'));
    assert.equal(openWithPrivateKey(privateKey, box).toString(), 'secret');
    const other = boxPrivateKey(newBoxKey().privateKey);
    assert.throws(() => openWithPrivateKey(other, box));
    for (let i = 0; i < box.length; i += 1) {
      const changed = Buffer.from(box);
      changed[i]! ^= 0x40;
      assert.throws(() => openWithPrivateKey(privateKey, changed), `octet ${i}`);
    }
    for (let length = 0; length < box.length; length += 1) {
      assert.throws(() => openWithPrivateKey(privateKey, box.subarray(0, length)), `cut to ${length}`);
    }
  });

  it('is another one each time, also when many are made at once', () => {
    const seal = (): Buffer => sealToPublicKey(key.publicKey, Buffer.from('secret'));
    const boxes = Array.from({ length: 600 }, seal);
    assert.equal(new Set(boxes.map((box) => box.subarray(48).toString('hex'))).size, 600);
    const ephemeral = new Set(boxes.map((box) => box.subarray(0, 32).toString('hex')));
    assert.ok(ephemeral.size >= 3, 'an ephemeral key serves a bounded number of boxes');
    for (const box of boxes) assert.equal(openWithPrivateKey(privateKey, box).toString(), 'secret');
    const makers = Array.from({ length: 100 }, () => {
      sealToPublicKey(newBoxKey().publicKey, Buffer.alloc(1)); // Another recipient in between: a new agreement.
      return seal();
    });
    for (const box of [...makers, ...makers]) {
      assert.equal(openWithPrivateKey(privateKey, box).toString(), 'secret');
    }
  });

  it('is for its recipient also when recipients take turns', () => {
    const other = newBoxKey();
    const boxes = [key, other, key, other].map((k) => sealToPublicKey(k.publicKey, Buffer.from('secret')));
    assert.equal(new Set(boxes.map((box) => box.toString('hex'))).size, 4);
    assert.equal(openWithPrivateKey(privateKey, boxes[2]!).toString(), 'secret');
    assert.equal(openWithPrivateKey(boxPrivateKey(other.privateKey), boxes[3]!).toString(), 'secret');
  });
});

describe('a sealed file', () => {
  it('gives back any range, for any cut of the input and any size (property)', async () => {
    const sizes = fc.oneof(
      fc.nat(300),
      fc.integer({ min: CHUNK_BYTES - 40, max: CHUNK_BYTES + 40 }),
      fc.integer({ min: 2 * CHUNK_BYTES - 40, max: 3 * CHUNK_BYTES }),
    );
    const property = fc.asyncProperty(
      sizes,
      fc.array(fc.nat(3 * CHUNK_BYTES), { maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(3 * CHUNK_BYTES), fc.nat(3 * CHUNK_BYTES)), { maxLength: 6 }),
      fc.constantFrom(sealed, sealedLateIn100, sealedWhole),
      async (sizeBytes, cuts, ranges, seal) => {
        const mail = randomBytes(sizeBytes);
        const points = [0, ...cuts.map((cut) => cut % (sizeBytes + 1)).sort((a, b) => a - b), sizeBytes];
        const pieces = points.slice(1).map((end, i) => mail.subarray(points[i], end));
        const header = { v: 1, text: 'Kopf ä' };
        const file = await opened(seal(header, pieces));
        try {
          assert.deepEqual(file.header, header);
          assert.equal(file.octets.sizeBytes, sizeBytes);
          assert.ok(Buffer.concat([...file.octets.chunks()]).equals(mail));
          for (const range of ranges) {
            const [start, end] = range.map((at) => at % (sizeBytes + 1)).sort((a, b) => a - b) as [
              number,
              number,
            ];
            assert.ok(mail.subarray(start, end).equals(file.octets.slice(start, end)));
          }
        } finally {
          file.close();
        }
      },
    );
    await fc.assert(property, { numRuns: 60, seed: 20261123 });
  });

  it('refuses ranges outside', async () => {
    const file = await opened(sealed({}, [Buffer.from('mail')]));
    for (const [start, end] of [
      [-1, 2],
      [3, 5],
      [3, 2],
    ] as const) {
      assert.throws(() => file.octets.slice(start, end), RangeError);
    }
    file.close();
  });

  it('takes a late header of several chunks, and none that is too long', async () => {
    const header = { recipients: Array.from({ length: 5000 }, (_, i) => `recipient-${i}@example.org`) };
    const headerBytes = JSON.stringify(header).length;
    const mail = randomBytes(200_000);
    const file = await opened(sealedLate(header, headerBytes, [mail]));
    assert.deepEqual(file.header, header);
    assert.ok(Buffer.concat([...file.octets.chunks()]).equals(mail));
    file.close();
    assert.throws(() => sealedLate(header, 1000, [mail]), RangeError);
  });

  it('is found damaged after any change, cut, extension or exchange of its chunks', async () => {
    const whole = sealed({ v: 1 }, [randomBytes(3 * CHUNK_BYTES + 100)]);
    const stride = CHUNK_BYTES + 16;
    const front = 102;
    const readAll = async (bytes: Uint8Array): Promise<void> => {
      const file = await opened(bytes);
      try {
        for (const _ of file.octets.chunks());
      } finally {
        file.close();
      }
    };
    await readAll(whole);
    const damaged: [string, Buffer][] = [];
    for (const at of [0, 5, 6, 50, front, front + 70_000, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      damaged.push([`octet ${at}`, changed]);
    }
    const lengths = [1, 3, 4, 12, 15, 16, 17, 100].map((less) => whole.length - less);
    for (const length of [0, 4, 60, front, front + 10, front + stride, front + 2 * stride + 4, ...lengths]) {
      damaged.push([`cut to ${length}`, whole.subarray(0, length)]);
    }
    damaged.push(['extended', Buffer.concat([whole, Buffer.alloc(1)])]);
    const chunk = (i: number): Buffer => whole.subarray(front + i * stride, front + (i + 1) * stride);
    damaged.push([
      'exchanged',
      Buffer.concat([whole.subarray(0, front), chunk(0), chunk(2), chunk(1), chunk(3)]),
    ]);
    damaged.push(['missing', Buffer.concat([whole.subarray(0, front), chunk(0), chunk(2), chunk(3)])]);
    for (const [what, bytes] of damaged) await assert.rejects(readAll(bytes), what);
    await assert.rejects(readAll(whole.subarray(0, whole.length - 100)), SealedFileError);
  });

  it('shows nothing of header or mail', () => {
    const bytes = sealed({ sender: 'canary-header@example.org' }, [
      Buffer.from('canary-body '.repeat(10_000)),
    ]);
    assert.ok(!bytes.includes('canary'));
  });

  it('does not leave the file open when it cannot be read', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const count = open();
    for (let i = 0; i < 5; i += 1) {
      await assert.rejects(opened(Buffer.from('SGF1')));
      await assert.rejects(opened(Buffer.alloc(500, 1)));
    }
    assert.equal(open(), count);
  });
});
