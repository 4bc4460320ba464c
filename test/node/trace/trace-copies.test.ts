/** Copies of trace journals on another gateway: complete, resumed, bounded, and gone when nobody can ask for them any more. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { type PushTraces, pushTraces } from '#node/trace/push-traces.ts';
import { type TraceCopies, traceCopies } from '#node/trace/trace-copies.ts';

const log = pino({ level: 'silent' });

describe('the copy of a trace journal', () => {
  let root: string;
  let journals: string;
  const holders = new Map<string, TraceCopies>();
  let alive: string[];
  let asks: number;
  let pushing: PushTraces;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sealgate-trace-copies-'));
    journals = join(root, 'own');
    mkdirSync(journals);
    alive = ['b'];
    asks = 0;
    pushing = pushTraces({ folder: journals, client, view: () => view(), log });
  });
  afterEach(async () => {
    await pushing.stop();
    for (const holder of holders.values()) holder.close();
    holders.clear();
    rmSync(root, { recursive: true, force: true });
  });

  const view = (): ClusterView =>
    ({
      self: 'a',
      members: ['a', ...alive].map((node) => ({ node, alive: true, role: 'gateway', site: '' })),
    }) as unknown as ClusterView;

  function holder(node: string): TraceCopies {
    const known = holders.get(node) ?? traceCopies(join(root, node));
    holders.set(node, known);
    return known;
  }

  const client: Pick<PeerClient, 'request'> = {
    async request(node, { path, body }) {
      asks += 1;
      const url = new URL(path, 'https://peer');
      const [, , ...rest] = url.pathname.split('/');
      const answer = await holder(node).route.handle({
        from: 'a',
        path: rest,
        query: url.searchParams,
        headers: {},
        body: Readable.from([body as Buffer]),
      });
      return {
        status: answer.status,
        headers: {},
        body: Buffer.from((answer.body as Buffer | undefined) ?? ''),
      };
    },
  };

  const write = (text: string, file = 'send.jsonl'): void => appendFileSync(join(journals, file), text);
  const copied = (node = 'b', file = 'send.jsonl'): string =>
    readFileSync(join(root, node, 'a', file), 'utf8');

  it('gets the complete lines, and later ones once, across a rotation and restarts on both sides', async () => {
    write('1\n2\nhal');
    await pushing.push();
    assert.equal(copied(), '1\n2\n');
    write('f\n');
    renameSync(join(journals, 'send.jsonl'), join(journals, 'send.1.jsonl'));
    write('4\n');
    await pushing.push();
    assert.equal(copied(), '1\n2\nhalf\n4\n');
    holder('b').close();
    holders.delete('b');
    await pushing.stop();
    pushing = pushTraces({ folder: journals, client, view: () => view(), log });
    write('5\n');
    await pushing.push();
    assert.equal(copied(), '1\n2\nhalf\n4\n5\n');
    const before = asks;
    await pushing.push();
    assert.equal(asks, before, 'nothing new, nobody is asked');
  });

  it('begins anew with another holder, and goes on with the first one when that is back', async () => {
    write('1\n');
    await pushing.push();
    alive = ['c'];
    write('2\n');
    await pushing.push();
    assert.equal(copied('c'), '1\n2\n');
    alive = ['b'];
    write('3\n');
    await pushing.push();
    assert.equal(copied('b'), '1\n2\n3\n');
    alive = [];
    write('4\n');
    await pushing.push();
    assert.equal(copied('b'), '1\n2\n3\n');
  });

  it('is taken from its owner only, under known names', async () => {
    const put = (from: string, path: string[], query = 'from=start&at=1.1') =>
      holder('b').route.handle({
        from,
        path,
        query: new URLSearchParams(query),
        headers: {},
        body: Readable.from([Buffer.from('x\n')]),
      });
    for (const path of [['a', 'send'], ['b', '..'], ['b', 'web'], ['b']]) {
      assert.equal((await put('b', path)).status, 400, path.join('/'));
    }
    assert.equal((await put('b', ['b', 'send'], 'from=start&at=../x')).status, 400);
    assert.equal((await put('b', ['b', 'send'])).status, 204);
    assert.equal((await put('b', ['b', 'send'])).status, 409, 'the same piece is not taken twice');
  });

  it('is removed when its gateway has been silent for longer than traces are kept', () => {
    const old = join(root, 'b', 'gone');
    const young = join(root, 'b', 'here');
    for (const folder of [old, young]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'send.jsonl'), '1\n');
    }
    const longAgo = new Date(Date.now() - 91 * 86_400_000);
    utimesSync(join(old, 'send.jsonl'), longAgo, longAgo);
    holder('b');
    assert.ok(!existsSync(old));
    assert.deepEqual(readdirSync(young), ['send.jsonl']);
  });
});
