import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { listQueue } from '#node/queue/queue-tools.ts';
import { type GotMail, type HopScript, type NextHop, nextHop } from './next-hop.ts';
import { empty, type RunningSend, routeTo, runningSend, soon } from './running-send.ts';

const hops: NextHop[] = [];
let send: RunningSend;

async function hopWith(script: HopScript = {}): Promise<NextHop> {
  const hop = await nextHop(script);
  hops.push(hop);
  return hop;
}

afterEach(async () => {
  for (const hop of hops.splice(0)) await hop.close(); // First: what hangs in them ends.
  await send.stop();
  send.remove();
});

const idOf = (mail: GotMail): string => /^X-Id: (.*)$/m.exec(mail.raw.toString())?.[1]?.trim() ?? '';

function numbered(id: number | string): string {
  return `Subject: n\r\nX-Id: ${id}\r\n\r\nbody\r\n`;
}

describe('bad next hops (targets.md R5)', () => {
  const bad: [string, HopScript][] = [
    ['one octet a second', { trickleMs: 1000 }],
    ['silent after DATA', { body: () => 'silent' }],
    ['silent from the greeting on', { greeting: () => 'silent' }],
  ];
  for (const [what, script] of bad) {
    it(`hold up nobody else: ${what}`, async () => {
      const [slow, good] = [await hopWith(script), await hopWith()];
      send = await runningSend([routeTo(slow.port, 'slow.example'), routeTo(good.port)], {
        idleTimeoutMs: 60_000,
      });
      for (let i = 0; i < 60; i++) await send.queue({ recipients: [`x${i}@slow.example`] });
      const before = performance.now();
      for (let i = 0; i < 20; i++) await send.queue({ raw: numbered(i) });
      await soon(() => good.mails.length === 20, 'the good ones');
      assert.ok(performance.now() - before < 5000);
    });
  }

  it('that are silent cost a mail one time-out, then it waits', async () => {
    const hop = await hopWith({ on: (line) => (line.startsWith('DATA') ? 'silent' : undefined), ehlo: [] });
    send = await runningSend([routeTo(hop.port)], { idleTimeoutMs: 300 });
    await send.queue();
    await soon(() => listQueue(send.layout).deferred.length === 1, 'deferred');
    assert.match(listQueue(send.layout).deferred[0]?.lastAnswer ?? '', /lost connection|Timeout/);
    hop.script = {};
    send.clock.nowMs += 61_000;
    await empty(send);
    assert.equal(hop.mails.length, 1);
  });

  it('that hang up after the body leave the mail queued; it comes again, since nobody said 250', async () => {
    const hop = await hopWith({ body: () => 'drop' });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue({ raw: numbered('a') });
    await soon(() => listQueue(send.layout).deferred.length === 1, 'deferred');
    hop.script = {};
    send.clock.nowMs += 61_000;
    await empty(send);
    assert.deepEqual(hop.mails.map(idOf), ['a']);
  });

  it('that allow few connections get few, without anyone waiting for a retry', async () => {
    let open = 0;
    const hop = await hopWith({ greeting: () => (++open > 2 ? '421 4.7.0 too many' : '220 hop') });
    send = await runningSend([routeTo(hop.port)]);
    for (let i = 0; i < 100; i++) await send.queue({ raw: numbered(i) });
    await empty(send);
    assert.equal(new Set(hop.mails.map(idOf)).size, 100);
    assert.equal(hop.mails.length, 100);
  });

  it('that mix 4xx, 5xx, 421 and hang-ups drain: every mail is delivered once or reported', async () => {
    let n = 0;
    const fates = ['250 2.0.0 Ok', '451 4.3.0 later', '421 4.3.2 closing', 'drop', '250 2.0.0 Ok'] as const;
    const hop = await hopWith({
      on: (line) => {
        if (/^RCPT TO:<no/.test(line)) return '550 5.1.1 unknown';
        return line.startsWith('MAIL') && ++n % 11 === 0 ? '421 4.3.2 closing' : undefined;
      },
      body: (mail) => (mail.from === '' ? undefined : fates[n++ % fates.length]),
    });
    send = await runningSend([routeTo(hop.port)], { retryAfterMs: [60_000] });
    const wanted = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const refused = i % 10 === 0;
      if (!refused) wanted.add(String(i));
      await send.queue({ raw: numbered(i), recipients: [`${refused ? 'no' : 'yes'}${i}@o.example`] });
    }
    await soon(() => {
      send.clock.nowMs += 60_000;
      return send.queued().length === 0;
    }, 'drained');
    const delivered = hop.mails.filter((mail) => mail.from !== '').map(idOf);
    assert.deepEqual(new Set(delivered), wanted);
    assert.equal(delivered.length, wanted.size);
    assert.equal(hop.mails.filter((mail) => mail.from === '').length, 20);
  });

  it('that answer nonsense or endless lines cost their connection only', async () => {
    const hop = await hopWith({
      greeting: (n) => (n === 1 ? `220-${'x'.repeat(3_000_000)}` : 'hello there'),
    });
    send = await runningSend([routeTo(hop.port)]);
    await send.queue();
    await soon(() => listQueue(send.layout).deferred.length === 1, 'deferred');
    send.clock.nowMs += 301_000;
    await soon(() => listQueue(send.layout).deferred[0]?.attempts === 2, 'tried again');
    hop.script = {};
    send.clock.nowMs += 301_000;
    await empty(send);
    assert.equal(hop.mails.length, 1);
  });
});

describe('a clean stop', () => {
  it('lets deliveries under way finish and marks them', async () => {
    let answer: (reply: '250 2.0.0 Ok') => void = () => {};
    const reply = new Promise<'250 2.0.0 Ok'>((resolve) => {
      answer = resolve;
    });
    const hop = await hopWith({ body: () => reply });
    send = await runningSend([routeTo(hop.port)], { perDestinationMax: 1 });
    await send.queue();
    await send.queue();
    await soon(() => hop.lines.includes('DATA'), 'under way');
    const stopped = send.stop();
    answer('250 2.0.0 Ok');
    await stopped;
    assert.equal(hop.mails.length, 1);
    assert.equal(send.queued().length, 1);
    await send.start();
    await empty(send);
    assert.equal(hop.mails.length, 2);
  });
});
