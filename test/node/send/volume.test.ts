import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { journalPath, type QueuedState } from '#node/queue/queue-state.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { type NextHop, nextHop } from './next-hop.ts';
import { smtpSink } from './real-servers.ts';
import { empty, newCopy, routeTo, runningSend, type SendFolder, sendFolder, soon } from './running-send.ts';
import { type SendChild, sendChild, writeSettings } from './send-child.ts';

const MB = 1024 * 1024;
let hop: NextHop | null = null;
let folder: SendFolder;
let child: SendChild | null = null;

afterEach(async () => {
  await child?.kill('SIGKILL');
  child = null;
  await folder.writer.close();
  folder.remove();
  await hop?.close();
  hop = null;
});

describe('mails of 50 MB', () => {
  it('go out with flat memory (targets.md P13)', async () => {
    const sink = await smtpSink();
    folder = sendFolder();
    const line = `${'x'.repeat(76)}\r\n`;
    const block = Buffer.from(line.repeat(Math.floor(MB / line.length)));
    async function queueLarge(blocks: number): Promise<void> {
      for (let i = 0; i < 4; i++) {
        const { header, pieces } = newCopy({}, Date.now());
        await folder.writer.write([{ header, pieces: [...pieces, ...Array<Buffer>(blocks).fill(block)] }]);
      }
      await empty(folder);
    }
    child = await sendChild(folder, writeSettings(folder, [routeTo(sink.port)]));
    await queueLarge(1);
    const before = child.peakBytes();
    await queueLarge(50);
    const grown = child.peakBytes() - before;
    await sink.stop();
    // 200 MB of mail at once; what is not collected yet counts, so the figure is some 65 MB (must: 150).
    assert.ok(grown < 100 * MB, `grew by ${Math.round(grown / MB)} MB`);
  });
});

describe('10,000 deferred mails', () => {
  it('do not hold up the start, nor a new mail (targets.md P21)', async () => {
    const counting = await nextHop();
    hop = counting;
    const send = await runningSend([routeTo(counting.port)]);
    folder = send;
    await send.stop();
    const lines: string[] = [];
    for (let i = 0; i < 10_000; i++) {
      const queueId = `gateway-1.1.x${i}.0.abcdef`;
      writeFileSync(join(send.layout.queueReady, `${queueId}.sgf`), '');
      const state: QueuedState = {
        queueId,
        spoolId: `gateway-1.1.x${i}`,
        traceId: `t${i}`,
        kind: 'mail',
        sender: 'ann@inside.example',
        queuedAtMs: send.clock.nowMs,
        expiresAtMs: send.clock.nowMs + 86_400_000,
        attempts: 3,
        nextAtMs: send.clock.nowMs + 3_600_000,
        held: false,
        delayTold: false,
        unreachable: null,
        recipients: [{ address: `bob${i}@outside.example`, state: 'waiting', answer: '451 4.3.0 later' }],
        lastAnswer: '451 4.3.0 later',
      };
      lines.push(JSON.stringify(state));
    }
    mkdirSync(send.layout.queueState, { recursive: true });
    writeFileSync(journalPath(send.layout), `${lines.join('\n')}\n`);
    const before = performance.now();
    await send.start();
    const startMs = performance.now() - before;
    await send.queue();
    await soon(() => counting.mails.length === 1, 'the new mail');
    assert.ok(startMs < 3000, `start took ${startMs} ms`);
    assert.equal(listQueue(send.layout).deferred.length, 10_000);
    await send.stop();
  });
});

describe('the journal of a busy sender', () => {
  it('is written anew when it is stale, and forgets nothing that waits', async () => {
    hop = await nextHop({
      on: (line) => (line.startsWith('RCPT TO:<later@') ? '451 4.7.1 later' : undefined),
    });
    const send = await runningSend([routeTo(hop.port)]);
    folder = send;
    const waiting = await send.queue({ recipients: ['later@o.example'] });
    await soon(() => listQueue(send.layout).deferred.length === 1, 'deferred');
    await send.stop();
    const gone = Array.from({ length: 120_000 }, (_, i) =>
      JSON.stringify({ gone: `gateway-1.1.y${i}.0.abcdef` }),
    );
    const path = journalPath(send.layout);
    writeFileSync(path, `${readFileSync(path, 'utf8')}${gone.join('\n')}\n`);
    await send.start();
    await send.queue();
    await soon(() => readFileSync(path).length < 4 * MB, 'written anew');
    await send.stop();
    const listing = listQueue(send.layout);
    assert.deepEqual(
      listing.deferred.map((state) => state.queueId),
      [waiting],
    );
    assert.ok(readFileSync(path, 'utf8').includes('"gone":"gateway-1.1.y119999.'));
  });
});
