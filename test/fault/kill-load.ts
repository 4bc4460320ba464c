/**
 * R1 (targets.md): a gateway under load whose processes are killed at random, one or all, again and again.
 *
 * Each mail carries an id. What got 250 is looked for at the end: delivered, returned to its sender, or held; nothing
 * else may become of it. Duplicates are counted, and each must lie around a kill.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { opensslPartner } from '../gateway/openssl.ts';
import { type Gateway, runGateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { childrenOf } from './process-tree.ts';
import { seededRandom } from './seeded-random.ts';

const alice = 'alice@example.org';
const bob = 'bob@partner.example';
const nobody = 'nobody@nokey.example';

const KILLS_PER_ROUND = 10; // Then all at once: a new supervisor, so that its waits do not grow without end.
const SENDERS = 4;
const SETTLE_MS = 120_000; // After the last kill: everything that was accepted has left by then.
/** Between the next hop's 250 and our mark, or between queue and spool: a sync and what it waits for on a busy machine. */
const UNMARKED_MS = 3_000;

export interface KillCount {
  readonly seed: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly returned: number;
  readonly held: number;
  readonly duplicated: number;
  /** Of what was killed around the first copy. */
  readonly duplicatedBy: Readonly<Record<string, number>>;
  /** Duplicates that no kill explains. */
  readonly unexplained: readonly string[];
  readonly lost: readonly string[];
  /** Where the lost ones were last seen: files and records that bear their spool id. */
  readonly traces: readonly string[];
}

interface Kill {
  readonly name: string;
  readonly atMs: number;
}

export async function killUnderLoad(kills: number, seed: number, budgetMs: number): Promise<KillCount> {
  const gateway = await runGateway({ send: { retryAfterMs: [200, 500, 1000] } });
  const partner = opensslPartner(bob);
  const load = { running: true };
  const acknowledged = new Map<string, string>();
  const done: Kill[] = [];
  try {
    await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
    const base64 = partner.certificate.toString('base64');
    const file = { fileName: 'bob.pem', base64, password: '', reason: 'test' };
    await gateway.admin.change('certificates.import', file);
    const senders = Array.from({ length: SENDERS }, (_, i) => sendWhile(gateway, load, i, acknowledged));
    await killAtRandom(gateway, kills, seed, budgetMs, done);
    load.running = false;
    await Promise.all(senders);
    const before = (): string =>
      `seed ${seed}: ${missing(gateway, acknowledged).length} of ${acknowledged.size} not settled\n${gateway.output().slice(-4000)}`;
    await until(() => missing(gateway, acknowledged).length === 0, SETTLE_MS, before).catch(() => {});
    return count(gateway, acknowledged, done, seed);
  } finally {
    load.running = false;
    await gateway.remove();
    partner.remove();
  }
}

/** Mails one after the other; most are passed on, some are encrypted, some go back to their sender. */
async function sendWhile(
  gateway: Gateway,
  load: { readonly running: boolean },
  sender: number,
  acknowledged: Map<string, string>,
): Promise<void> {
  for (let n = 0; load.running; n += 1) {
    const inside = n % 10 === 3 || n % 10 === 7;
    const to = !inside ? alice : n % 10 === 3 ? bob : nobody;
    const from = inside ? alice : 'someone@sender.example';
    const id = `<kill-${sender}-${n}@fault.example>`;
    const mail = `From: ${from}\r\nTo: ${to}\r\nSubject: load\r\nMessage-ID: ${id}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nmail ${n}\r\n`;
    const port = inside ? gateway.insidePort : gateway.outsidePort;
    const reply = await submit(port, { from, to: [to], mail }).catch(() => null);
    if (reply?.startsWith('250')) acknowledged.set(id, spoolIdIn(reply));
    await new Promise((resolve) => setTimeout(resolve, reply === null ? 100 : 40));
  }
}

const spoolIdIn = (reply: string): string => /(\S+\.\d+\.[0-9A-Z]{26})/.exec(reply)?.[1] ?? '';

async function killAtRandom(
  gateway: Gateway,
  kills: number,
  seed: number,
  budgetMs: number,
  done: Kill[],
): Promise<void> {
  const random = seededRandom(seed);
  const end = performance.now() + budgetMs;
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50 + random() * 400));
  while (done.length < kills && performance.now() < end) {
    await rest();
    const supervisor = gateway.process().pid;
    if (supervisor === undefined) throw new Error('the gateway does not run');
    const children = childrenOf(supervisor).filter(({ name }) => name !== 'start'); // Not yet itself.
    if (done.length % (KILLS_PER_ROUND + 1) === KILLS_PER_ROUND) {
      const gone = gateway.stop('SIGKILL'); // The supervisor first, or it would start others.
      for (const child of children) killNow(child.pid);
      await gone;
      done.push({ name: 'all', atMs: performance.now() });
      await gateway.start();
    } else {
      const victim = children[Math.floor(random() * children.length)];
      if (victim === undefined || !killNow(victim.pid)) continue;
      done.push({ name: victim.name, atMs: performance.now() });
    }
  }
}

function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false; // It had just ended by itself.
    throw error;
  }
}

interface Arrivals {
  /** By id: when copies of it arrived. */
  readonly delivered: Map<string, number[]>;
  readonly returned: Map<string, number[]>;
  /** Mails looked at. */
  seen: number;
}

const found = new WeakMap<Gateway, Arrivals>();

/** Each mail is looked at once: this is asked again and again. */
function arrivals(gateway: Gateway): Arrivals {
  const known = found.get(gateway) ?? { delivered: new Map(), returned: new Map(), seen: 0 };
  found.set(gateway, known);
  for (const mail of gateway.delivered.slice(known.seen)) {
    known.seen += 1;
    const id = /<kill-\d+-\d+@fault\.example>/.exec(mail.text)?.[0];
    if (id === undefined) continue;
    const isReport = mail.sender === '' && mail.text.includes('multipart/report');
    const into = isReport ? known.returned : known.delivered;
    into.set(id, [...(into.get(id) ?? []), mail.atMs]);
  }
  return known;
}

function heldSpoolIds(gateway: Gateway): Set<string> {
  const folder = gateway.layout.spoolHold;
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Set(files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).spoolId));
}

function missing(gateway: Gateway, acknowledged: ReadonlyMap<string, string>): string[] {
  const { delivered, returned } = arrivals(gateway);
  const held = heldSpoolIds(gateway);
  return [...acknowledged]
    .filter(([id, spoolId]) => !delivered.has(id) && !returned.has(id) && !held.has(spoolId))
    .map(([id]) => id);
}

function count(
  gateway: Gateway,
  acknowledged: ReadonlyMap<string, string>,
  done: readonly Kill[],
  seed: number,
): KillCount {
  const { delivered, returned } = arrivals(gateway);
  const held = heldSpoolIds(gateway);
  const twice = [...delivered, ...returned].filter(([, times]) => times.length > 1);
  /** Kills between which and the first copy lies less than what is unmarked, before the second copy. */
  const around = (times: readonly number[]): string[] => {
    const [first = 0, again = 0] = times;
    return done
      .filter(({ atMs }) => Math.abs(atMs - first) < UNMARKED_MS && atMs < again)
      .map(({ name }) => name);
  };
  const duplicatedBy: Record<string, number> = {};
  for (const [, times] of twice) {
    const names = [...new Set(around(times))].sort().join('+');
    duplicatedBy[names] = (duplicatedBy[names] ?? 0) + 1;
  }
  const kills: Record<string, number> = {};
  for (const { name } of done) kills[name] = (kills[name] ?? 0) + 1;
  const ids = [...acknowledged.keys()];
  return {
    seed,
    kills,
    acknowledged: ids.length,
    delivered: ids.filter((id) => delivered.has(id)).length,
    returned: ids.filter((id) => returned.has(id)).length,
    held: [...acknowledged.values()].filter((spoolId) => held.has(spoolId)).length,
    duplicated: twice.length,
    duplicatedBy,
    unexplained: twice.filter(([, times]) => around(times).length === 0).map(([id]) => id),
    lost: missing(gateway, acknowledged),
    traces: missing(gateway, acknowledged).flatMap((id) => tracesOf(gateway, acknowledged.get(id) ?? '')),
  };
}

function tracesOf(gateway: Gateway, spoolId: string): string[] {
  const { root, trace } = gateway.layout;
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const records = all
    .filter((name) => join(root, name).startsWith(trace) && name.endsWith('l'))
    .flatMap((name) => readFileSync(join(root, name), 'utf8').split('\n'))
    .concat(gateway.output().split('\n'));
  return [spoolId, ...all, ...records].filter((line) => line.includes(spoolId));
}
