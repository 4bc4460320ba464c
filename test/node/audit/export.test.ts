/** An exported log: verified offline, and what each kind of change to it is called. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeCanonical, hashOf } from '#consensus/event-codec.ts';
import type { StoredEvent } from '#consensus/event-log.ts';
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import { signHead } from '#consensus/signed-head.ts';
import { rawEd25519, signerOf } from '#consensus/signing.ts';
import { eventLine, headerLine, headLine, parseHeader, parseLine } from '#node/audit/export-format.ts';
import { type ExportSource, exportLog } from '#node/audit/export-log.ts';
import { readUntil } from '#node/audit/read-until.ts';
import { type AuditReport, verifyExport } from '#node/audit/verify-export.ts';
import {
  all,
  CLUSTER,
  draft,
  handClock,
  openLog,
  removeFolder,
  scratchFolder,
  testKeys,
  testSigner,
} from '../../consensus/scratch-log.ts';
import { type RunningLedger, runningLedger } from '../ledger/running-ledger.ts';

const EVENTS = 1210; // Beyond one checkpoint.

describe('an exported log', () => {
  let ledger: RunningLedger;
  let path: string;
  let good: Buffer;
  let lines: string[];
  before(async () => {
    ledger = await runningLedger();
    const client = ledger.client();
    for (let n = 0; n < EVENTS; n += 10) {
      const batch = Array.from({ length: 10 }, (_, i) =>
        draft(`thing/${(n + i) % 7}`, {
          atMs: 1000 * (n + i + 1),
          payload:
            i === 3 ? Buffer.from([0xff, 0, 0xfe]) : Buffer.from(`{"n":${n + i},"name":"Ärger \\n é"}`),
        }),
      );
      await client.append(batch, 'any');
    }
    while ((await client.checkpoints(1n, 10)).length === 0) await new Promise((turn) => setImmediate(turn));
    path = join(ledger.layout.root, 'export.jsonl');
    await exportLog(client, path);
    good = readFileSync(path);
    lines = good.toString('utf8').split(/(?<=\n)/);
  });
  after(() => ledger.dispose());

  async function verifyAs(content: Buffer | string): Promise<AuditReport> {
    const changed = join(ledger.layout.root, 'changed.jsonl');
    writeFileSync(changed, content);
    return verifyExport(changed);
  }
  const lineOf = (position: number): number =>
    lines.findIndex((line) => line.startsWith(`{"event":{"position":"${position}",`));
  const wrongAt = (report: AuditReport): string | undefined => {
    assert.equal(report.ok, false);
    return report.firstWrong?.position;
  };

  it('is whole, says whose it is, and is for its owner only', async () => {
    const report = await verifyExport(path);
    assert.deepEqual([report.ok, report.firstWrong, report.events], [true, null, String(EVENTS)]);
    assert.ok(report.checkpoints >= 1);
    assert.ok(Math.abs(Date.now() - report.exportedAtMs!) < 60_000);
    const { node, clusterId } = await ledger.client().identity();
    assert.deepEqual([report.clusterId, report.keys.map((k) => k.node)], [clusterId, [node]]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    JSON.stringify(report); // For the command line.
  });

  it('can be exported while it is empty', async () => {
    const empty = await runningLedger();
    try {
      const file = join(empty.layout.root, 'empty.jsonl');
      await exportLog(empty.client(), file);
      const report = await verifyExport(file);
      assert.deepEqual([report.ok, report.events], [true, '0']);
    } finally {
      await empty.dispose();
    }
  });

  it('names an event that was dropped', async () => {
    for (const position of [1, 500, EVENTS]) {
      const changed = lines.filter((_, i) => i !== lineOf(position)).join('');
      assert.equal(wrongAt(await verifyAs(changed)), String(position));
    }
  });

  it('names two events that were swapped', async () => {
    const changed = [...lines];
    const [a, b] = [lineOf(700), lineOf(701)];
    [changed[a], changed[b]] = [changed[b]!, changed[a]!];
    assert.equal(wrongAt(await verifyAs(changed.join(''))), '700');
  });

  it('notices a tail that was cut, also exactly behind a signed checkpoint', async () => {
    assert.equal(wrongAt(await verifyAs(lines.slice(0, lineOf(800)).join(''))), '800');
    assert.equal(wrongAt(await verifyAs(good.subarray(0, good.length - 1))), String(EVENTS + 1));
    const checkpoint = lines.findIndex((line) => line.startsWith('{"checkpoint"'));
    const cut = lines.slice(0, checkpoint + 1);
    const { position } = JSON.parse(lines[checkpoint]!).checkpoint;
    assert.equal(wrongAt(await verifyAs(cut.join(''))), String(Number(position) + 1));
    // A checkpoint cannot pass for the end that the ledger signed.
    const forged = lines[checkpoint]!.replace('{"checkpoint"', '{"end"');
    assert.equal(wrongAt(await verifyAs([...cut, forged].join(''))), position);
    const end = lines.at(-1)!;
    assert.equal(wrongAt(await verifyAs([...cut, end].join(''))), String(Number(position) + 1));
  });

  it('notices a head that was cut, and what was put in', async () => {
    assert.equal(wrongAt(await verifyAs([lines[0], ...lines.slice(lineOf(2))].join(''))), '1');
    const twice = [...lines];
    twice.splice(lineOf(5), 0, lines[lineOf(5)]!);
    assert.equal(wrongAt(await verifyAs(twice.join(''))), '6');
    assert.equal(wrongAt(await verifyAs([...lines, lines.at(-1)].join(''))), String(EVENTS));
    assert.equal(wrongAt(await verifyAs('')), '0');
    assert.equal(wrongAt(await verifyAs('\n')), '0');
  });

  it('notices an event that was altered and hashed anew', async () => {
    const read = parseLine(Buffer.from(lines[lineOf(EVENTS)]!));
    assert.ok(read.kind === 'event');
    const altered: StoredEvent = { ...read.event, actor: 'operator/mallory' };
    const changed = [...lines];
    changed[lineOf(EVENTS)] = eventLine({ ...altered, hash: hashOf(encodeCanonical(altered)) });
    const report = await verifyAs(changed.join(''));
    assert.equal(wrongAt(report), String(EVENTS));
    assert.match(report.firstWrong!.problem, /not signed/);
  });

  it('shows another key when the whole history was made anew with it', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const header = parseHeader(Buffer.from(lines[0]!));
    const [node] = Object.keys(header.keys);
    const signer = signerOf(node!, privateKey);
    const head = { position: 0n, hash: new Uint8Array(32), generation: 1 };
    const end = signHead('export', head, { clusterId: header.clusterId, atMs: 1, signer });
    const mine = { [node!]: rawEd25519(privateKey).toString('base64url') };
    const forged = headerLine(header.clusterId, mine) + headLine('end', end);
    const honest = await verifyExport(path);
    const report = await verifyAs(forged);
    assert.equal(report.ok, true); // Only the key tells.
    assert.notEqual(report.keys[0]!.fingerprint, honest.keys[0]!.fingerprint);
    const changed = join(ledger.layout.root, 'changed.jsonl');
    assert.equal(wrongAt(await verifyExport(changed, { publicKeys: header.keys })), '0');
    assert.equal((await verifyExport(path, { publicKeys: header.keys })).ok, true);
  });

  it('leaves no half file behind', async () => {
    const client = ledger.client();
    const failing = {
      identity: client.identity,
      signers: client.signers,
      signExport: client.signExport,
      checkpoints: client.checkpoints,
      read: () => Promise.reject(new Error('the ledger is gone')),
    };
    const file = join(ledger.layout.root, 'half.jsonl');
    await assert.rejects(exportLog(failing, file), /gone/);
    for (const name of [file, `${file}.part`]) assert.throws(() => statSync(name), { code: 'ENOENT' });
  });

  it('is read up to a position or a moment', async () => {
    const client = ledger.client();
    const positions = (await all(readUntil(client, { from: 3n, position: 1005n }))).map((e) => e.position);
    assert.deepEqual([positions.at(0), positions.at(-1), positions.length], [3n, 1005n, 1003]);
    assert.equal((await all(readUntil(client, { atMs: 50_500 }))).length, 50);
    assert.equal((await all(readUntil(client, { atMs: Number.MAX_SAFE_INTEGER }))).length, EVENTS);
  });
});

describe('a flipped octet in an exported log', () => {
  it('is noticed wherever it is, and named by its event', async () => {
    const folder = await scratchFolder();
    const clock = handClock();
    const log = await openLog(folder, { clock });
    try {
      await log.append(
        Array.from({ length: 4 }, (_, n) => draft('thing/1', { reason: `é ${n}` })),
        {
          expect: 'any',
        },
      );
      clock.advance(60_000);
      while ((await log.checkpoints.list(1n, 1)).length === 0)
        await new Promise((turn) => setImmediate(turn));
      await log.append([draft('thing/2', { payload: Buffer.from([0xff]) })], { expect: 'any' });
      const path = join(folder, 'export.jsonl');
      await exportLog(sourceOf(log), path);
      assert.equal((await verifyExport(path)).ok, true);
      const good = readFileSync(path);
      let position = 0;
      for (const [n, line] of good
        .toString('utf8')
        .split(/(?<=\n)/)
        .entries()) {
        if (line.startsWith('{"event"')) position += 1;
        const from = good.indexOf(line);
        for (let i = n % 3; i < Buffer.byteLength(line); i += 3) {
          const changed = Buffer.from(good);
          changed[from + i]! ^= 1 << (i % 8);
          writeFileSync(path, changed);
          const { firstWrong } = await verifyExport(path);
          assert.ok(firstWrong, `octet ${i} of line ${n + 1}`);
          if (line.startsWith('{"event"')) assert.equal(firstWrong.position, String(position));
        }
      }
    } finally {
      await log.close();
      await removeFolder(folder);
    }
  });
});

function sourceOf(log: LevelEventLog): ExportSource {
  const publicKey = rawEd25519(testKeys(testSigner.node)!);
  return {
    identity: async () => ({ node: testSigner.node, publicKey, clusterId: CLUSTER }),
    signers: async () => ({ [testSigner.node]: publicKey }),
    read: async (from, limit) => all(log.read(from, from + BigInt(limit) - 1n)),
    checkpoints: (from, limit) => log.checkpoints.list(from, limit),
    signExport: async () => log.signExport(),
  };
}
