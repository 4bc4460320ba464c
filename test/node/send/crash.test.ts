import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { loadSettings } from '#node/config/load-settings.ts';
import { journalPath } from '#node/queue/queue-state.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { sendPermissions } from '#node/send/permissions.ts';
import { type NextHop, nextHop } from './next-hop.ts';
import {
  empty,
  newCopy,
  type RunningSend,
  routeTo,
  runningSend,
  type SendFolder,
  sendFolder,
  soon,
} from './running-send.ts';
import { type SendChild, sendChild, writeSettings } from './send-child.ts';

let hop: NextHop;
let folder: SendFolder;
let child: SendChild | null = null;
let running: RunningSend | null = null;

afterEach(async () => {
  await child?.kill('SIGKILL');
  child = null;
  await running?.stop();
  running = null;
  await folder.writer.close();
  folder.remove();
  await hop.close();
});

const MAILS = 1500;
const KILLS = 8;
/**
 * Between the next hop's 250 and our mark lie one fdatasync and what it waits for on a busy machine; and this process,
 * busy too, may note an arrival so much after the kill.
 */
const UNMARKED_MS = 3000;

/** Small generator, so that a run can be repeated: the seed is in the failure. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('a sender that is killed under load', () => {
  it('loses nothing; only what was not yet marked comes twice', async () => {
    const seed = Date.now() % 100_000;
    const random = randomFrom(seed);
    const arrivals = new Map<string, number[]>();
    const killedAt: number[] = [];
    hop = await nextHop({
      body(mail) {
        const id = /X-Id: (\d+)/.exec(mail.raw.toString())?.[1] ?? '';
        arrivals.set(id, [...(arrivals.get(id) ?? []), performance.now()]);
        return '250 2.0.0 Ok';
      },
    });
    folder = sendFolder();
    const settings = writeSettings(folder, [routeTo(hop.port)]);
    const queueing = (async () => {
      for (let i = 0; i < MAILS; i += 10) {
        const copies = Array.from({ length: 10 }, (_, k) =>
          newCopy({ raw: `Subject: x\r\nX-Id: ${i + k}\r\n\r\n${'line\r\n'.repeat(500)}` }, Date.now()),
        );
        await folder.writer.write(copies);
      }
    })();
    for (let n = 0; n < KILLS; n++) {
      child = await sendChild(folder, settings);
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 250));
      killedAt.push(performance.now());
      await child.kill('SIGKILL');
    }
    await queueing;
    child = await sendChild(folder, settings);
    await empty(folder);
    assert.equal(arrivals.size, MAILS, `lost mails, seed ${seed}`);
    for (const [id, times] of arrivals) {
      if (times.length === 1) continue;
      const [first, last] = [times[0] as number, times.at(-1) as number];
      const excuse = killedAt.some(
        (at) => first >= at - UNMARKED_MS && first <= at + UNMARKED_MS && last > at,
      );
      assert.ok(excuse, `mail ${id} came twice without a kill in between, seed ${seed}`);
    }
  });

  it('ends on SIGTERM with 0, and leaves no connection behind', async () => {
    hop = await nextHop();
    folder = sendFolder();
    await folder.queue();
    child = await sendChild(folder, writeSettings(folder, [routeTo(hop.port)]));
    await empty(folder);
    assert.equal(await child.kill('SIGTERM'), '0');
    assert.equal(hop.mails.length, 1);
  });
});

describe('a mail that the line queues again after its crash', () => {
  it('is not sent again when it has left', async () => {
    hop = await nextHop();
    const send = await runningSend([routeTo(hop.port)]);
    folder = send;
    running = send;
    const copy = newCopy({}, send.clock.nowMs);
    await send.writer.write([copy]);
    await empty(send);
    await send.writer.write([copy]);
    await send.stop();
    await send.start();
    await empty(send);
    await send.stop();
    assert.equal(hop.mails.length, 1);
  });
});

describe('a damaged mail in the queue', () => {
  it('is held for an operator, large or small, and the others go on', async () => {
    hop = await nextHop();
    const send = await runningSend([routeTo(hop.port)]);
    folder = send;
    running = send;
    await send.stop();
    const damaged: string[] = [];
    for (const raw of ['Subject: x\r\n\r\nsmall\r\n', `Subject: x\r\n\r\n${'large\r\n'.repeat(200_000)}`]) {
      const queueId = await send.queue({ raw });
      const path = join(send.layout.queueReady, `${queueId}.sgf`);
      const bytes = readFileSync(path);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      damaged.push(queueId);
    }
    writeFileSync(join(send.layout.queueReady, 'garbage.sgf'), 'SGF0');
    damaged.push('garbage');
    await send.queue();
    await send.start();
    await soon(() => listQueue(send.layout).deferred.length === 3 && hop.mails.length === 1, 'held and sent');
    for (const state of listQueue(send.layout).deferred) assert.ok(state.held);
    await soon(() => send.queued().length === 3, 'the good one has left');
    assert.deepEqual(send.queued().sort(), damaged.sort());
    await send.stop();
  });
});

describe('the journal', () => {
  it('goes on after a line that was cut off by a power cut', async () => {
    hop = await nextHop({ on: (line) => (line.startsWith('RCPT') ? '451 4.7.1 later' : undefined) });
    const send = await runningSend([routeTo(hop.port)]);
    folder = send;
    running = send;
    await send.queue();
    await soon(() => listQueue(send.layout).deferred.length === 1, 'deferred');
    await send.stop();
    const path = journalPath(send.layout);
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole, whole.subarray(0, whole.length >> 1)]));
    await send.start();
    await send.queue();
    await soon(() => listQueue(send.layout).deferred.length === 2, 'both deferred');
    await send.stop();
    for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) JSON.parse(line);
  });
});

describe('the sending process under the permission model', () => {
  it('has no way to keys, sockets, the log or the spool', async () => {
    hop = await nextHop();
    folder = sendFolder();
    const { layout } = folder;
    const settings = loadSettings(writeSettings(folder, []), undefined);
    const secrets = [layout.keys, join(layout.root, 'run'), layout.ledger, layout.spoolReady].map((place) => {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'secret'), 'x');
      return join(place, 'secret');
    });
    const script = `
      import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
      import { dirname } from 'node:path';
      const code = (run) => { try { run(); return 'allowed'; } catch (error) { return error.code; } };
      const tries = [];
      for (const path of ${JSON.stringify(secrets)}) {
        tries.push(() => readFileSync(path), () => writeFileSync(path, 'y'), () => readdirSync(dirname(path)));
      }
      const { spawnSync } = await import('node:child_process');
      const { Worker } = await import('node:worker_threads');
      tries.push(() => spawnSync('true'), () => new Worker('1', { eval: true }));
      console.log(JSON.stringify(tries.map(code)));`;
    const args = [...sendPermissions(settings, layout), '--input-type=module', '-e', script];
    const codes = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as string[];
    assert.deepEqual(new Set(codes), new Set(['ERR_ACCESS_DENIED']));
  });
});
