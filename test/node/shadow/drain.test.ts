/** A gateway that gives away its mails: each is with one other gateway afterwards, also when an answer is lost on its way. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import type { DrainState } from '#node/shadow/drain-protocol.ts';
import { spoolPolicyFrom } from '#node/shadow/spool-policy.ts';
import { newSpoolId } from '#node/spool/spool-id.ts';
import { until } from '../../gateway/until.ts';
import { FakeCluster, type FakeGateway } from './fake-cluster.ts';

const WITHIN_MS = 20_000;
let cluster: FakeCluster;
afterEach(() => cluster?.remove());

const mailOf = (node: string): string => newSpoolId(node, 1, Date.now());
const sgf = (id: string): string => `${id}.sgf`;

/** The line has held it whole, and keeps the original. */
async function held(gateway: FakeGateway, id: string): Promise<void> {
  const { spoolReady, spoolKept, spoolHold } = gateway.layout;
  writeFileSync(join(spoolHold, `${id}.0123456789ab.sgf`), 'held');
  renameSync(join(spoolReady, sgf(id)), join(spoolKept, sgf(id)));
  await gateway.tell({
    type: 'decided',
    spoolId: id,
    recipients: [{ recipient: 'x@example.com', copies: [], open: true }],
    queued: [],
    held: true,
  });
}

const state = (of: string): Promise<DrainState> =>
  cluster.ask('b', of, 'GET', '/drain') as Promise<DrainState>;
const drain = (of: string, on: boolean): Promise<DrainState> =>
  cluster.ask('b', of, 'POST', '/drain', { on }) as Promise<DrainState>;

async function reached(of: string, holds: (now: DrainState) => boolean): Promise<void> {
  let last: DrainState | null = null;
  const asked = async (): Promise<boolean> => {
    last = await state(of);
    return holds(last);
  };
  await until(asked, WITHIN_MS, () => JSON.stringify(last));
}

const accepting = ({ layout }: FakeGateway): boolean | undefined =>
  spoolPolicyFrom(layout.spoolPolicy, assert.fail).current()?.accepting;

describe('a gateway that is to leave', () => {
  it('accepts no mail, hands over what it holds, and goes on as before when it is told to stay', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const [a, b] = [cluster.at('a'), cluster.at('b')];
    const id = mailOf('a');
    assert.ok(await a.accept(id, Buffer.from('sealed')));
    await held(a, id);
    assert.equal(accepting(a), true);
    await drain('a', true);
    assert.equal(accepting(a), false);
    await reached('a', ({ left, handedOver }) => left === 0 && handedOver === 1);
    assert.deepEqual(b.names(b.layout.spoolReady), [sgf(id)]);
    assert.equal(readFileSync(join(b.layout.spoolReady, sgf(id)), 'utf8'), 'sealed');
    assert.deepEqual([...a.names(a.layout.spoolHold), ...a.names(a.layout.spoolKept)], []);
    assert.deepEqual(await a.verdicts(id), ['drop']);
    await drain('a', false);
    assert.equal(accepting(a), true);
  });

  it('does nothing about a mail whose taking was not answered, and asks again', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const [a, b] = [cluster.at('a'), cluster.at('b')];
    const id = mailOf('a');
    await a.accept(id, Buffer.from('sealed'));
    await held(a, id);
    cluster.loseAnswers('/shadow/take');
    await drain('a', true);
    await until(
      () => b.names(b.layout.spoolReady).length === 1,
      WITHIN_MS,
      () => 'not taken',
    );
    await reached('a', ({ waitsFor }) => waitsFor === 'b has copies of mails and does not answer');
    assert.ok(existsSync(join(a.layout.shadow, 'handing.json')), 'a restart must ask again, too');
    assert.deepEqual(await a.verdicts(id), ['wait']);
    assert.equal((await state('a')).left, 1);
    cluster.loseAnswers(null);
    await reached('a', ({ left, handedOver }) => left === 0 && handedOver === 1);
    assert.deepEqual(await a.verdicts(id), ['drop']);
    assert.deepEqual(b.names(b.layout.spoolReady), [sgf(id)]);
  });

  it('says that nobody takes its mails', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const a = cluster.at('a');
    cluster.cutLink('a', 'b');
    const id = mailOf('a');
    await a.accept(id, Buffer.from('sealed'));
    await held(a, id);
    await cluster.ask('a', 'a', 'POST', '/drain', { on: true });
    let last: DrainState | null = null;
    const told = async (): Promise<boolean> => {
      last = (await cluster.ask('a', 'a', 'GET', '/drain')) as DrainState;
      return last.waitsFor !== '';
    };
    await until(told, WITHIN_MS, () => JSON.stringify(last));
    assert.match(
      last!.waitsFor as string,
      /no other gateway takes 1 mails|get a copy on another gateway first/,
    );
    assert.equal(last!.left as number, 1);
  });
});
