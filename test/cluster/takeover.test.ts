/**
 * A gateway dies for good, or is paused, under load: what it had answered with 250 is delivered by the other one, and
 * what was taken from it it does not deliver itself. Real processes, a real engine.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { childrenOf } from '../fault/process-tree.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { type NextHop, nextHop } from '../node/send/next-hop.ts';
import { killAll, pidsOf } from './kill-gateway.ts';
import { ScratchCluster } from './run-cluster.ts';

const WITHIN_MS = 180_000;
const LOAD_MAILS = 100; // Many are under way, and many are done and discarded, when the gateway dies.
const SENDERS = 6;
const DOMAIN = 'ours.example';
/** Goes to the usual catcher: the scripted hops look at every octet. */
const LARGE = 'large.example';
/** Whole in memory they would be more than twice as much as what the process needs without them. */
const LARGE_MB_MAX = 420;
const LATER = '451 4.2.0 not now';

let cluster: ScratchCluster;
let stays: Gateway;
let dies: Gateway;
/** Next hops of each. */
let ofStays: NextHop;
let ofDies: NextHop;
let serial = 0;

function settingsWith(hop: NextHop): Record<string, object> {
  const route = { domain: DOMAIN, host: '127.0.0.1', port: hop.port, tls: 'none' };
  return { send: { routes: [route], retryAfterMs: [500] } };
}

before(async () => {
  [ofStays, ofDies] = [await nextHop(), await nextHop()];
  cluster = await ScratchCluster.start({ settings: settingsWith(ofStays) });
  await cluster.init();
  stays = cluster.first;
  dies = await cluster.join('gateway', cluster.first, settingsWith(ofDies));
  for (const domain of [DOMAIN, LARGE]) {
    await stays.admin.change('people.addDomain', { domain, reason: 'test' });
  }
  await inCluster();
});
after(async () => {
  await cluster?.remove();
  await ofStays.close();
  await ofDies.close();
});

/** Both know each other, and mails are copied before they are accepted. */
async function inCluster(): Promise<void> {
  await cluster.settled(stays, ({ members, writable }) => writable && members.every(({ alive }) => alive));
  for (const gateway of [stays, dies]) {
    await until(
      () => existsSync(gateway.layout.spoolPolicy),
      WITHIN_MS,
      () => cluster.output(),
    );
  }
  // The domain has come to `receive`, and each knows that the other lives.
  await until(
    () => Promise.all([send(dies), send(dies, LARGE)]).then(Boolean, () => false),
    WITHIN_MS,
    () => cluster.output(),
  );
}

/** Of every mail that was answered with 250. */
const spoolIds = new Map<string, string>();

/** Gives its name when it was answered with 250. */
async function send(gateway: Gateway, domain = DOMAIN): Promise<string> {
  serial += 1;
  const name = `load-${serial}`;
  const mail = `From: a@partner.example\r\nSubject: ${name}.\r\nMessage-ID: <${name}@partner.example>\r\n\r\n${name}\r\n`;
  const answer = await submit(gateway.outsidePort, { from: 'a@partner.example', to: [`b@${domain}`], mail });
  spoolIds.set(name, answer.slice(answer.lastIndexOf(' ') + 1));
  return name;
}

/** Name → how often. */
function delivered(...hops: NextHop[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { raw } of hops.flatMap((hop) => hop.mails)) {
    const name = /^Subject: (load-\d+)\./m.exec(raw.toString('latin1'))?.[1] ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Spool ids of the copies that a gateway holds. */
const copiesOf = ({ layout }: Gateway): ReadonlySet<string> =>
  new Set(
    readdirSync(layout.shadow, { recursive: true, encoding: 'utf8' }).map((path) => basename(path, '.sgf')),
  );
const isIn = (copies: ReadonlySet<string>, name: string): boolean => copies.has(spoolIds.get(name) ?? '');

/** Sends from some connections at once until told to stop; gives what was answered with 250. */
function load(gateway: Gateway): { readonly accepted: readonly string[]; stop(): Promise<string[]> } {
  let going = true;
  const accepted: string[] = [];
  const senders = Array.from({ length: SENDERS }, async () => {
    while (going) {
      const name = await send(gateway).catch(() => null);
      if (name !== null) accepted.push(name);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  return {
    accepted,
    async stop() {
      going = false;
      await Promise.all(senders);
      return accepted;
    },
  };
}

const ownSpool = (gateway: Gateway): { epoch: number; returning: unknown } =>
  JSON.parse(readFileSync(`${gateway.layout.shadow}/own.json`, 'utf8'));

/** Resident memory of the part of a gateway, MB. */
function residentMb(gateway: Gateway, part: string): number {
  const found = childrenOf(gateway.process().pid as number).find(({ name }) => name === part);
  const pages = found ? readFileSync(`/proc/${found.pid}/statm`, 'latin1').split(' ')[1] : '0';
  return (Number(pages) * 4096) / 1024 / 1024;
}

describe('a gateway that dies for good', () => {
  it('loses nothing that it has answered with 250, and little is delivered twice', async () => {
    // Its own delivery begins when its lease is sure.
    const first = await send(dies);
    await until(
      () => delivered(ofDies).has(first),
      WITHIN_MS,
      () => cluster.output(),
    );
    const running = load(dies);
    await until(
      () =>
        running.accepted.length >= LOAD_MAILS &&
        running.accepted.some((name) => !isIn(copiesOf(stays), name)),
      WITHIN_MS,
      () => `${running.accepted.length} accepted\n${cluster.output()}`,
    );
    await killAll(dies);
    const copied = copiesOf(stays);
    const accepted = await running.stop();
    const missing = (): string[] => accepted.filter((name) => !delivered(ofStays, ofDies).has(name));
    await until(
      () => missing().length === 0,
      WITHIN_MS,
      () => `${missing().length} of ${accepted.length} lost: ${missing().slice(0, 5)}\n${cluster.output()}`,
    );
    const twice = accepted.filter((name) => (delivered(ofStays, ofDies).get(name) ?? 0) > 1);
    console.log(
      `${accepted.length} accepted, ${delivered(ofStays).size} taken over, ${twice.length} delivered twice`,
    );
    // Nothing but what the owner had not been able to discard yet.
    const isCopied = (name: string): boolean => isIn(copied, name);
    assert.deepEqual(
      twice.filter((name) => !isCopied(name)),
      [],
    );
    assert.ok(
      accepted.some((name) => !isCopied(name)),
      'copies of mails that had left were discarded',
    );
  });

  it('comes back under a new epoch, and delivers nothing that was taken from it', async () => {
    const before = delivered(ofDies);
    await dies.start();
    await until(
      () => ownSpool(dies).epoch >= 3 && ownSpool(dies).returning === null,
      WITHIN_MS,
      () => cluster.output(),
    );
    const name = await send(dies);
    await until(
      () => delivered(ofDies).has(name),
      WITHIN_MS,
      () => cluster.output(),
    );
    assert.equal(delivered(ofDies).size, before.size + 1);
  });
});

describe('a gateway that is paused', () => {
  it('delivers nothing afterwards that was taken from it meanwhile', async () => {
    ofDies.script = { on: (line) => (line.startsWith('RCPT') ? LATER : undefined) };
    const names = [await send(dies), await send(dies), await send(dies)];
    const asked = (): number => ofDies.lines.filter((line) => line.startsWith('RCPT')).length;
    const before = asked();
    await until(
      () => asked() > before,
      WITHIN_MS,
      () => 'nothing was tried',
    );
    const pids = pidsOf(dies);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await until(
      () => names.every((name) => delivered(ofStays).has(name)),
      WITHIN_MS,
      () => cluster.output(),
    );
    ofDies.script = {};
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await until(
      () => ownSpool(dies).epoch >= 5 && ownSpool(dies).returning === null,
      WITHIN_MS,
      () => cluster.output(),
    );
    const late = await send(dies);
    await until(
      () => delivered(ofDies).has(late),
      WITHIN_MS,
      () => cluster.output(),
    );
    assert.deepEqual(
      names.filter((name) => delivered(ofDies).has(name)),
      [],
    );
    await until(
      () => readdirSync(dies.layout.queueReady).length === 0,
      WITHIN_MS,
      () => `left in the queue: ${readdirSync(dies.layout.queueReady)}`,
    );
  });
});

describe('eight mails of 50 MB at once', () => {
  it('are all copied and accepted, and the processes that copy stay small', async () => {
    const line = `${'x'.repeat(76)}\r\n`;
    const mail = Buffer.from(`Subject: large\r\n\r\n${line.repeat((50 * 1024 * 1024) / line.length)}`);
    const most = { sends: 0, holds: 0 };
    const sampling = setInterval(() => {
      most.sends = Math.max(most.sends, residentMb(dies, 'peer'));
      most.holds = Math.max(most.holds, residentMb(stays, 'peer'));
    }, 100);
    const to = [`b@${LARGE}`];
    const submissions = Array.from({ length: 8 }, () =>
      submit(dies.outsidePort, { from: 'a@partner.example', to, mail }),
    );
    const answers = await Promise.all(submissions);
    clearInterval(sampling);
    console.log(
      `peer processes: ${Math.round(most.sends)} MB where sent, ${Math.round(most.holds)} MB where held`,
    );
    assert.ok(answers.every((answer) => answer.startsWith('250')));
    assert.ok(most.sends < LARGE_MB_MAX && most.holds < LARGE_MB_MAX, JSON.stringify(most));
    assert.doesNotMatch(cluster.output(), /ENHANCE_YOUR_CALM|without a copy/);
  });
});
