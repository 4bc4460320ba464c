import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { queueFileOf } from '#node/queue/queue-header.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { nextHop } from './next-hop.ts';
import { routeTo, runningSend, soon } from './running-send.ts';

it('a mail that the disk does not give for a moment waits; it is not held as damaged', async () => {
  let path = '';
  const greeting = (): string => {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path); // Opens, but cannot be read.
    return '220 hop.example ESMTP';
  };
  const hops = [await nextHop({ greeting }), await nextHop({ greeting })];
  const send = await runningSend([
    routeTo(hops[0]?.port ?? 0, 'a.example'),
    routeTo(hops[1]?.port ?? 0, 'b.example'),
  ]);
  try {
    await send.stop();
    const queueId = await send.queue({ recipients: ['x@a.example', 'y@b.example'] });
    path = join(send.layout.queueReady, queueFileOf(queueId));
    await send.start();
    await soon(() => listQueue(send.layout).deferred.length === 1, 'the mail waits');
    const [state] = listQueue(send.layout).deferred;
    assert.deepEqual([state?.held, state?.lastAnswer], [false, 'queued mail cannot be read now']);
  } finally {
    for (const hop of hops) await hop.close();
    await send.stop();
    send.remove();
  }
});
