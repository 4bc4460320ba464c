import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { dropQueueCommand, type QueueCommand } from '#node/queue/queue-command.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { afterDeferral } from '#node/send/retry-schedule.ts';
import { type NextHop, nextHop } from './next-hop.ts';
import { empty, type RunningSend, routeTo, runningSend, soon } from './running-send.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
let send: RunningSend;
let hop: NextHop;

afterEach(async () => {
  await send.stop();
  send.remove();
  await hop.close();
});

const greylisting = { on: (line: string) => (line.startsWith('RCPT') ? '451 4.7.1 greylisted' : undefined) };

function attempts(): number {
  return listQueue(send.layout).deferred[0]?.attempts ?? 0;
}

function obey(command: QueueCommand): void {
  dropQueueCommand(send.layout, command, send.clock.nowMs);
}

describe('a mail that is refused for now', () => {
  it('is tried again after the waits of the schedule, the last one repeating', async () => {
    hop = await nextHop(greylisting);
    send = await runningSend([routeTo(hop.port)], { retryAfterMs: [MINUTE_MS, HOUR_MS] });
    const startMs = send.clock.nowMs;
    await send.queue();
    const nextAt: number[] = [];
    for (const [n, after] of [0, MINUTE_MS, HOUR_MS, HOUR_MS].entries()) {
      send.clock.nowMs += after;
      await soon(() => attempts() === n + 1, `attempt ${n + 1}`);
      nextAt.push((listQueue(send.layout).deferred[0]?.nextAtMs ?? 0) - startMs);
    }
    assert.deepEqual(nextAt, [
      MINUTE_MS,
      MINUTE_MS + HOUR_MS,
      MINUTE_MS + 2 * HOUR_MS,
      MINUTE_MS + 3 * HOUR_MS,
    ]);
    hop.script = {};
    send.clock.nowMs += HOUR_MS;
    await empty(send);
    assert.equal(hop.mails.length, 1);
  });

  it('leads to one delay notice, and to a failure report at the end of its lifetime', async () => {
    hop = await nextHop({
      on: (line) => (line.startsWith('RCPT TO:<bob@') ? '451 4.7.1 greylisted' : undefined),
    });
    send = await runningSend([routeTo(hop.port)], {
      retryAfterMs: [HOUR_MS],
      delayNoticeAfterMs: 2 * HOUR_MS,
      lifetimeMs: 4.5 * HOUR_MS,
    });
    await send.queue();
    for (let n = 1; n <= 5; n++) {
      await soon(() => attempts() === n, `attempt ${n}`);
      assert.equal(hop.mails.length, n < 3 ? 0 : 1, `after attempt ${n}`);
      send.clock.nowMs += HOUR_MS;
      if (n === 2) await soon(() => hop.mails.length === 1, 'delay notice');
    }
    await empty(send);
    assert.equal(hop.mails.length, 2);
    const [delayed, failed] = hop.mails.map((mail) => mail.raw.toString());
    assert.match(delayed ?? '', /Action: delayed\r\nStatus: 4\.7\.1\r\n[\s\S]*Will-Retry-Until: /);
    assert.match(failed ?? '', /Action: failed\r\nStatus: 4\.4\.7\r\n/);
    assert.match(failed ?? '', /451 4\.7\.1 greylisted/);
  });

  it('waits no longer when the clock was set back', async () => {
    hop = await nextHop(greylisting);
    send = await runningSend([routeTo(hop.port)]);
    send.clock.nowMs += 400 * 24 * HOUR_MS;
    await send.queue();
    await soon(() => attempts() === 1, 'deferred');
    hop.script = {};
    send.clock.nowMs -= 400 * 24 * HOUR_MS;
    await empty(send);
    assert.equal(hop.mails.length, 1);
  });
});

describe('a destination that cannot be reached', () => {
  it('is left alone for a while; when it answers again all its mails go at once', async () => {
    hop = await nextHop();
    const { port } = hop;
    await hop.close();
    send = await runningSend([routeTo(port)], { retryAfterMs: [MINUTE_MS, HOUR_MS] });
    for (let i = 0; i < 30; i++) await send.queue();
    await soon(() => listQueue(send.layout).deferred.length === 30, 'all deferred');
    send.clock.nowMs += MINUTE_MS;
    await soon(() => attempts() === 2, 'tried again');
    hop = await nextHop({}, port);
    const probe = await send.queue(); // Waits until the destination is tried again, five minutes at most.
    await soon(
      () => listQueue(send.layout).deferred.some((state) => state.queueId === probe),
      'deferred, too',
    );
    send.clock.nowMs += 6 * MINUTE_MS;
    await empty(send);
    assert.equal(hop.mails.length, 31);
  });
});

describe('operators', () => {
  it('retry, flush a domain, hold, release and delete', async () => {
    hop = await nextHop(greylisting);
    send = await runningSend([routeTo(hop.port)]);
    const [one, two, three] = [
      await send.queue({ recipients: ['a@one.example'] }),
      await send.queue({ recipients: ['a@two.example'] }),
      await send.queue({ recipients: ['a@three.example'] }),
    ];
    await soon(() => listQueue(send.layout).deferred.length === 3, 'all deferred');
    hop.script = {};
    const left = (): string[] =>
      listQueue(send.layout)
        .deferred.map((state) => state.queueId)
        .sort();

    obey({ command: 'retry', queueId: one, by: 'cli' });
    await soon(() => left().length === 2, 'retried');
    obey({ command: 'hold', queueId: two, by: 'cli' });
    await soon(() => listQueue(send.layout).deferred.some((state) => state.held), 'held');
    obey({ command: 'flush', domain: 'THREE.example', by: 'cli' });
    await soon(() => left().length === 1, 'flushed');
    send.clock.nowMs += HOUR_MS;
    obey({ command: 'flush', domain: 'two.example', by: 'cli' });
    obey({ command: 'release', queueId: two, by: 'cli' });
    await empty(send);
    assert.deepEqual(
      hop.mails.map((mail) => mail.to[0]),
      ['a@one.example', 'a@three.example', 'a@two.example'],
    );

    hop.script = greylisting;
    const four = await send.queue();
    await soon(() => left().join() === four, 'deferred');
    obey({ command: 'delete', queueId: four, by: 'operator/root' });
    await empty(send);
    assert.equal(hop.mails.length, 3);
    await soon(() => send.trace().some((r) => r.event === 'removed' && r.by === 'operator/root'), 'traced');
    assert.ok(three);
  });
});

describe('the schedule', () => {
  const settings = { retryAfterMs: [10, 100], delayNoticeAfterMs: 1000 };
  const mail = { queuedAtMs: 0, expiresAtMs: 500, attempts: 1, delayTold: false };

  it('never waits beyond the end of the lifetime', () => {
    assert.equal(afterDeferral({ ...mail, attempts: 2 }, 450, 0, settings).nextAtMs, 500);
  });
  it('leaves a suspended destination alone', () => {
    assert.equal(afterDeferral(mail, 0, 200, settings).nextAtMs, 200);
  });
  it('gives up at the end, without a delay notice', () => {
    assert.deepEqual(afterDeferral({ ...mail, expiresAtMs: 2000 }, 2000, 0, settings), {
      giveUp: true,
      tellDelay: false,
      nextAtMs: 2000,
    });
  });
});
