/** Read models that start from a snapshot beside the log, over a real ledger. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LedgerClient } from '#node/ledger/client.ts';
import { feedModels } from '#node/ledger/models-feed.ts';
import { READ_MODELS_FORMAT, ReadModels } from '#projections/read-models.ts';
import { certificateArrives, recorded } from '../../projections/history.ts';
import { type RunningLedger, runningLedger } from './running-ledger.ts';

let running: RunningLedger;
let ledger: LedgerClient;
before(async () => {
  running = await runningLedger();
  ledger = running.client();
});
after(() => running.dispose());

async function record(...ids: string[]): Promise<void> {
  const events = recorded(...ids.map((sha256) => certificateArrives(sha256)));
  const drafts = events.map(({ stream, kind, schema, atMs, actor, reason, payload }) => {
    return { id: randomUUID(), stream, kind, schema, atMs, actor, reason, payload };
  });
  await ledger.append(drafts, 'any');
}

/** From which position models that start now ask for events. */
async function startedFrom(): Promise<{ from: bigint; models: ReadModels }> {
  let from = 0n;
  const models = new ReadModels();
  const watched: Pick<LedgerClient, 'subscribe' | 'snapshots'> = {
    snapshots: ledger.snapshots,
    subscribe(at, on) {
      from = at;
      return ledger.subscribe(at, on);
    },
  };
  const feed = await feedModels(watched, models);
  await feed.stop();
  return { from, models };
}

const NAME = `read-models-${READ_MODELS_FORMAT}`;

describe('the feed of the read models', () => {
  it('saves at its stop, and the next start replays only what came after', async () => {
    await record('a', 'b');
    const feed = await feedModels(ledger, new ReadModels(), { saves: true });
    await feed.stop();
    await record('c');
    const { from, models } = await startedFrom();
    assert.equal(from, 3n);
    assert.deepEqual(
      [...models.certificates.all()].map((c) => c.facts.sha256),
      ['a', 'b', 'c'],
    );
  });

  it('saves after so many events while it runs', async () => {
    const feed = await feedModels(ledger, new ReadModels(), { saves: true, saveEveryEvents: 2n });
    await record('d', 'e');
    const { position } = await ledger.head();
    await feed.reached(position);
    while ((await ledger.snapshots.load(NAME))?.at.position !== position) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await feed.stop();
  });

  it('replays all when the snapshot does not fit: cut, of another shape, or of another program', async () => {
    const folder = join(running.layout.ledger, 'snapshots');
    const [name] = await readdir(folder);
    const path = join(folder, String(name));
    const whole = await readFile(path);
    const head = await ledger.head();
    await writeFile(path, whole.subarray(0, whole.length - 40));
    assert.equal((await startedFrom()).from, 1n);
    await ledger.snapshots.save(NAME, head, Buffer.from('no structured clone'));
    assert.equal((await startedFrom()).from, 1n);
    const { serialize } = await import('node:v8');
    const parts = new ReadModels().save().parts.map(() => null);
    const { VERSION } = await import('#node/version.ts');
    for (const version of [VERSION, 'another']) {
      const state = { position: head.position, parts };
      await ledger.snapshots.save(NAME, head, serialize({ version, state }));
      const { from, models } = await startedFrom();
      assert.equal(from, 1n);
      assert.equal([...models.certificates.all()].length, 5);
    }
  });
});
