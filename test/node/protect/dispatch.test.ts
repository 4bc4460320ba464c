import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, mock } from 'node:test';
import { processLog } from '#node/log.ts';
import { dispatcher, type SpooledJob } from '#node/protect/dispatch.ts';
import { openUnderWay } from '#node/protect/under-way.ts';
import { workerPool } from '#node/protect/worker-pool.ts';

process.env.SEALGATE_LOG_LEVEL = 'silent';
const marks = mkdtempSync(join(tmpdir(), 'sealgate-dispatch-'));
const stops: (() => Promise<void>)[] = [];
after(async () => {
  for (const stop of stops) await stop();
  rmSync(marks, { recursive: true });
});

function pool(timeoutMs = 20_000) {
  const made = workerPool<SpooledJob, string>({
    entry: new URL('./rough-worker.ts', import.meta.url),
    workers: 2,
    perWorkerMax: 4,
    memoryMb: 48,
    timeoutMs,
    workerData: null,
    answer: async (question) => {
      if (question !== 'facts') throw new Error('?');
      return 'answered';
    },
  });
  stops.push(() => made.stop());
  return made;
}

function gateway(timeoutMs?: number, suspects: ReadonlySet<string> = new Set(), isHere = () => true) {
  const settled: string[] = [];
  const held: string[] = [];
  const dispatch = dispatcher<string>(
    {
      pool: pool(timeoutMs),
      settle: async (job, report) => void settled.push(`${job.spoolId}: ${report}`),
      hold: async (job) => void held.push(job.spoolId),
      isHere,
      onWait: () => {},
      log: processLog('test'),
    },
    marks,
    suspects,
  );
  return { settled, held, dispatch };
}

describe('the worker pool', () => {
  it('runs jobs together, answers what they ask', async () => {
    const p = pool();
    const ends = await Promise.all(
      ['a', 'ask', 'slow', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((path) =>
        p.run({ spoolId: path, path }, 'together'),
      ),
    );
    assert.deepEqual(ends[0], { kind: 'done', report: 'did a' });
    assert.deepEqual(ends[1], { kind: 'done', report: 'answered' });
    assert.ok(ends.every((e) => e.kind === 'done'));
    assert.equal(p.busy, 0);
  });
});

describe('a mail that needs what is not there now', () => {
  it('waits and is tried again, and that does not count against it', async () => {
    const { settled, held, dispatch } = gateway();
    dispatch.take({ spoolId: 'l', path: 'later' });
    await dispatch.idle();
    assert.deepEqual(held, []);
    assert.equal(settled.length, 1);
  });
});

describe('a mail that another gateway took over', () => {
  it('is not waited for, and nothing is settled or held', async () => {
    const { settled, held, dispatch } = gateway(undefined, new Set(), () => false);
    dispatch.take({ spoolId: 't', path: 'later' });
    await dispatch.idle();
    assert.deepEqual([settled, held], [[], []]);
  });
});

describe('a suspect that has to wait', () => {
  it('has not used up an attempt', async () => {
    const mark = join(marks, 's.attempt');
    const { held, dispatch } = gateway(undefined, new Set(['s']));
    dispatch.take({ spoolId: 's', path: 'later' });
    for (const there of [true, false]) {
      while (existsSync(mark) !== there) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    dispatch.stop();
    await dispatch.idle();
    assert.deepEqual([held, existsSync(mark)], [[], false]);
  });
});

describe('a mail that another process always stumbles over', () => {
  it('does not wait for ever', async () => {
    const { settled, held, dispatch } = gateway();
    mock.timers.enable({ apis: ['setTimeout'] });
    dispatch.take({ spoolId: 'i', path: 'doubtful' });
    const idle = dispatch.idle();
    let over = false;
    void idle.then(() => {
      over = true;
    });
    while (!over) {
      mock.timers.tick(30_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    mock.timers.reset();
    assert.deepEqual([settled, held], [[], ['i']]);
  });
});

describe('a stop', () => {
  it('settles what is done, so that it is not sent again, and begins nothing', async () => {
    const { settled, held, dispatch } = gateway();
    for (let i = 0; i < 8; i++) dispatch.take({ spoolId: `s${i}`, path: 'slow' });
    for (let i = 0; i < 50; i++) dispatch.take({ spoolId: `w${i}`, path: 'slow' });
    await new Promise((resolve) => setImmediate(resolve));
    dispatch.stop();
    await dispatch.idle();
    assert.deepEqual(
      settled.sort(),
      Array.from({ length: 8 }, (_, i) => `s${i}: slow done`),
    );
    assert.deepEqual(held, []);
  });
});

describe('a mail that does not survive its worker (threat 5, P24)', () => {
  for (const path of ['die', 'throw', 'eat']) {
    it(`is tried twice, then held; its neighbours are done (${path})`, async () => {
      const { settled, held, dispatch } = gateway();
      for (const id of ['n1', path, 'n2']) dispatch.take({ spoolId: id, path: id });
      await dispatch.idle();
      assert.deepEqual(held, [path]);
      assert.deepEqual(settled.sort(), ['n1: did n1', 'n2: did n2']);
      assert.equal(existsSync(join(marks, `${path}.attempt`)), false);
    });
  }

  it('is stopped when it takes too long', async () => {
    const { settled, held, dispatch } = gateway(2_000); // A neighbour on a busy machine needs a part of it to start.
    for (const id of ['hang', 'n']) dispatch.take({ spoolId: id, path: id });
    await dispatch.idle();
    assert.deepEqual(held, ['hang']);
    assert.deepEqual(settled, ['n: did n']);
  });

  it('is recognised by its mark after it brought the whole process down twice', async () => {
    writeFileSync(join(marks, 'bad.attempt'), '2');
    const { settled, held, dispatch } = gateway(undefined, new Set(['bad']));
    dispatch.take({ spoolId: 'bad', path: 'x' });
    dispatch.take({ spoolId: 'good', path: 'y' });
    await dispatch.idle();
    assert.deepEqual(held, ['bad']);
    assert.deepEqual(settled, ['good: did y']);
  });
});

describe('what was under way at an unclean end', () => {
  const path = join(marks, 'running');

  it('is suspected, and nothing else', () => {
    const first = openUnderWay(path);
    assert.deepEqual([...first.suspects], []);
    const leave = first.begin('a');
    first.begin('b');
    leave();
    first.begin('c');
    assert.deepEqual([...openUnderWay(path).suspects].sort(), ['b', 'c']);
  });

  it('is nothing after a clean one', () => {
    const run = openUnderWay(path);
    run.begin('d');
    run.close();
    assert.deepEqual([...openUnderWay(path).suspects], []);
  });
});
