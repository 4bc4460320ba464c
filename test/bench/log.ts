/**
 * P15: replay of the event log with its chain checked, against a raw read + parse + SHA-256 fold of the same bytes;
 * and the start of a log with a snapshot of a projection.
 *
 * Both sides read the same records and parse every payload as JSON; the raw side takes them from one flat file, with
 * their lengths in front, and folds one SHA-256 over all of them.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeRecord, encodeCanonical, recordOf } from '#consensus/event-codec.ts';
import type { Draft } from '#consensus/event-log.ts';
import { LevelEventLog } from '#consensus/level-event-log.ts';
import { testKeys, testSigner } from '../consensus/scratch-log.ts';
import { type BenchRow, rowOf } from './bench-row.ts';

const ROUNDS = 3; // Alternating; the median ratio is given.
const BATCH = 100;

export async function bench(events = 200_000): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sealgate-bench-log-'));
  try {
    const flat = join(folder, 'flat');
    await fill(join(folder, 'ledger'), flat, events);
    const rounds: { product: number; anchor: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        product: await replay(join(folder, 'ledger'), events),
        anchor: await rawFold(flat, events),
      });
    }
    const start = await startFromSnapshot(join(folder, 'ledger'));
    return [
      rowOf(
        'P15',
        `replay of ${events} events, chain checked, against raw read + parse + fold`,
        'ms',
        rounds,
      ),
      rowOf('P15', 'start with a snapshot, against one second', 'ms', [{ product: start, anchor: 1000 }]),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function open(folder: string): Promise<LevelEventLog> {
  const clusterId = '6f7a2c52-3a0e-4f7e-9a1c-0d6f1b3c5e77';
  return LevelEventLog.open({ folder, clusterId, signer: testSigner, keys: testKeys });
}

function draftOf(n: number): Draft {
  const payload = JSON.stringify({
    address: `person-${n % 5000}@example.org`,
    fingerprint: createHash('sha256').update(String(n)).digest('hex'),
    notAfter: 1_800_000_000_000 + n,
    usage: ['sign', 'encrypt'],
  });
  return {
    id: randomUUID(),
    stream: `certificate/${n % 50_000}`,
    kind: 'CertificateImported',
    schema: 1,
    atMs: 1_770_000_000_000 + n,
    actor: 'operator/ada',
    reason: '',
    payload: Buffer.from(payload),
  };
}

async function fill(folder: string, flat: string, events: number): Promise<void> {
  const log = await open(folder);
  for (let n = 0; n < events; n += 10 * BATCH) {
    const batches = Array.from({ length: 10 }, (_, i) =>
      Array.from({ length: BATCH }, (_, j) => draftOf(n + i * BATCH + j)),
    );
    await Promise.all(batches.map((batch) => log.append(batch, { expect: 'any' })));
  }
  const file = createWriteStream(flat);
  for await (const piece of log.readPieces(1n)) {
    for (const event of piece) {
      const record = recordOf(encodeCanonical(event), event.hash, event.signature);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(record.length);
      file.write(length);
      file.write(record);
    }
  }
  await new Promise((resolve) => file.end(resolve));
  await log.snapshots.save('bench', await log.head(), Buffer.alloc(10 * 1024 * 1024));
  await log.close();
}

/** Milliseconds. Opening is not in it: that is the second row. */
async function replay(folder: string, events: number): Promise<number> {
  const log = await open(folder);
  const started = performance.now();
  let count = 0;
  for await (const piece of log.readPieces(1n)) {
    for (const event of piece) {
      JSON.parse(Buffer.from(event.payload).toString('utf8'));
      count += 1;
    }
  }
  const took = performance.now() - started;
  await log.close();
  if (count < events) throw new Error(`${count} events`);
  return took;
}

async function rawFold(flat: string, events: number): Promise<number> {
  const started = performance.now();
  const fold = createHash('sha256');
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  for await (const chunk of createReadStream(flat, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    const octets = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (at + 4 <= octets.length) {
      const end = at + 4 + octets.readUInt32BE(at);
      if (end > octets.length) break;
      const record = octets.subarray(at + 4, end);
      fold.update(record);
      JSON.parse(Buffer.from(decodeRecord(record).payload).toString('utf8'));
      count += 1;
      at = end;
    }
    rest = octets.subarray(at);
  }
  fold.digest();
  if (count < events) throw new Error(`${count} events`);
  return performance.now() - started;
}

async function startFromSnapshot(folder: string): Promise<number> {
  const started = performance.now();
  const log = await open(folder);
  const snapshot = await log.snapshots.load('bench');
  if (!snapshot) throw new Error('no snapshot');
  for await (const _ of log.read(snapshot.at.position + 1n)) throw new Error('nothing should follow');
  const took = performance.now() - started;
  await log.close();
  return took;
}
