/** Copies of accepted mails on another gateway: made before 250, dropped when the mail is done, adopted when its owner is gone. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { readDone } from '#node/shadow/done-recipients.ts';
import { newSpoolId } from '#node/spool/spool-id.ts';
import { until } from '../../gateway/until.ts';
import { FakeCluster, type FakeGateway } from './fake-cluster.ts';

const WITHIN_MS = 20_000;

let cluster: FakeCluster;
afterEach(() => cluster?.remove());

const sgf = (id: string): string => `${id}.sgf`;
const mailOf = (node: string): string => newSpoolId(node, 1, Date.now());
const copies = (gateway: FakeGateway): string[] =>
  gateway.names(gateway.layout.shadow).filter((name) => name.endsWith('.sgf'));
const waiting = (what: string) => () => what;

/** The line has made one queued copy of it, and the original is kept. */
async function decide(gateway: FakeGateway, id: string, ...recipients: string[]): Promise<string> {
  const queueId = `${id}.0.0123456789ab`;
  const { layout } = gateway;
  writeFileSync(join(layout.queueReady, sgf(queueId)), 'queued');
  writeFileSync(join(layout.spoolKept, sgf(id)), readFileSync(join(layout.spoolReady, sgf(id))));
  rmSync(join(layout.spoolReady, sgf(id)));
  await gateway.tell({
    type: 'decided',
    spoolId: id,
    recipients: recipients.map((recipient) => ({
      recipient,
      copies: [{ queueId, deliverTo: recipient }],
      open: false,
    })),
    queued: [queueId],
    held: false,
  });
  return queueId;
}

describe('a mail with a copy', () => {
  it('lies octet by octet on another gateway before it is accepted, small and large', async () => {
    cluster = await FakeCluster.of(['a', 'b', 'c']);
    const a = cluster.at('a');
    for (const size of [10, 3_000_000]) {
      const [id, octets] = [mailOf('a'), randomBytes(size)];
      assert.equal(await a.accept(id, octets), true);
      const holder = [cluster.at('b'), cluster.at('c')].filter((one) => copies(one).includes(sgf(id)));
      assert.equal(holder.length, 1);
      assert.deepEqual(readFileSync(join(holder[0]!.layout.shadow, 'a', '1', sgf(id))), octets);
    }
    assert.deepEqual([a.shadow.counts().mirrored, a.shadow.counts().unmirrored], [2, 0]);
  });

  it('loses it when everything that was made of it has left', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const [a, b] = [cluster.at('a'), cluster.at('b')];
    const id = mailOf('a');
    await a.accept(id, Buffer.from('mail'));
    const queueId = await decide(a, id, 'x@example.com');
    await a.tell({ type: 'reported', spoolId: id, queueId: `${queueId}.f1.0` });
    await a.tell({ type: 'gone', spoolId: id, queueId });
    assert.deepEqual(copies(b), [sgf(id)]);
    await a.tell({ type: 'gone', spoolId: id, queueId: `${queueId}.f1.0` });
    await until(() => copies(b).length === 0, WITHIN_MS, waiting('copy still there'));
    assert.deepEqual(a.names(a.layout.spoolKept), []);
  });

  it('is adopted by its holder when the owner is gone, without who has it already', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const [a, b] = [cluster.at('a'), cluster.at('b')];
    const [whole, partly] = [mailOf('a'), mailOf('a')];
    await a.accept(whole, Buffer.from('whole'));
    await a.accept(partly, Buffer.from('partly'));
    const queueId = await decide(a, partly, 'x@example.com', 'y@example.com');
    await a.tell({ type: 'delivered', spoolId: partly, queueId, to: ['x@example.com'] });
    await until(
      () => readFileSync(join(b.layout.shadow, 'a', 'progress.jsonl'), { flag: 'a+' }).length > 0,
      WITHIN_MS,
      waiting('no progress'),
    );
    await cluster.end('a');
    await until(() => b.shadow.counts().adopted === 2, WITHIN_MS, waiting('not adopted'));
    assert.deepEqual(b.names(b.layout.spoolReady), [sgf(whole), sgf(partly)].sort());
    assert.deepEqual(cluster.spoolOf('a'), { epoch: 2, owner: 'b' });
    assert.deepEqual([...(readDone(b.layout, partly)?.recipients ?? [])], ['x@example.com']);
    assert.equal(readDone(b.layout, whole), null);
  });

  it('is copied to a third gateway after adoption', async () => {
    cluster = await FakeCluster.of(['a', 'b', 'c']);
    const id = mailOf('a');
    await cluster.at('a').accept(id, Buffer.from('mail'));
    const [holder, third] = copies(cluster.at('b')).length === 1 ? ['b', 'c'] : ['c', 'b'];
    await cluster.end('a');
    await until(() => copies(cluster.at(third)).includes(sgf(id)), WITHIN_MS, waiting('no third copy'));
    assert.ok(cluster.at(holder).names(cluster.at(holder).layout.spoolReady).includes(sgf(id)));
    assert.deepEqual(
      readFileSync(join(cluster.at(third).layout.shadow, holder, '1', sgf(id)), 'utf8'),
      'mail',
    );
  });
});

describe('a mail without a copy', () => {
  it('is refused by three gateways of which two are gone, within the limit', async () => {
    cluster = await FakeCluster.of(['a', 'b', 'c']);
    await cluster.end('b');
    await cluster.end('c');
    const began = performance.now();
    assert.equal(await cluster.at('a').accept(mailOf('a'), Buffer.from('mail')), false);
    assert.ok(performance.now() - began > 5000, 'it was not tried for long');
  });

  it('is accepted by a pair at once, and copied when the other is back', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    await cluster.end('b');
    const a = cluster.at('a');
    const id = mailOf('a');
    assert.equal(await a.accept(id, Buffer.from('mail')), false);
    assert.equal(a.shadow.counts().unmirrored, 1);
    const b = await cluster.start('b');
    await until(() => copies(b).includes(sgf(id)), WITHIN_MS, waiting('not copied'));
    await until(() => a.shadow.counts().mirrored === 1, WITHIN_MS, waiting('not counted'));
  });

  it('is copied again, from its kept original, when its holder is gone', async () => {
    cluster = await FakeCluster.of(['a', 'b', 'c']);
    const a = cluster.at('a');
    const id = mailOf('a');
    await a.accept(id, Buffer.from('mail'));
    await decide(a, id, 'x@example.com');
    const [holder, third] = copies(cluster.at('b')).length === 1 ? ['b', 'c'] : ['c', 'b'];
    await cluster.end(holder);
    await until(() => copies(cluster.at(third)).includes(sgf(id)), 60_000, waiting('not copied again'));
  });
});

describe('a gateway that comes back', () => {
  it('drops what another has adopted, and goes on with what nobody had, under a new epoch', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const [a, b] = [cluster.at('a'), cluster.at('b')];
    const [adopted, queued, alone] = [mailOf('a'), mailOf('a'), mailOf('a')];
    await a.accept(adopted, Buffer.from('adopted'));
    await a.accept(queued, Buffer.from('queued'));
    const queueId = await decide(a, queued, 'x@example.com');
    cluster.cutLink('a', 'b');
    assert.equal(await a.accept(alone, Buffer.from('alone')), false);
    await cluster.end('a');
    await until(() => b.names(b.layout.spoolReady).length === 2, WITHIN_MS, waiting('not adopted'));

    const back = await cluster.start('a');
    assert.deepEqual(await back.verdicts(adopted, queued, alone), ['wait', 'wait', 'wait']);
    await until(() => cluster.spoolOf('a').owner === 'a', WITHIN_MS, waiting('not renewed'));
    assert.equal(cluster.spoolOf('a').epoch, 3);
    assert.deepEqual(await back.verdicts(alone), ['wait'], 'the claimant has said nothing yet');
    cluster.mendLink('a', 'b');
    await until(() => !back.shadow.counts().returning, WITHIN_MS, waiting('still returning'));
    assert.deepEqual(await back.verdicts(adopted, queued, alone), ['drop', 'drop', 'go']);
    assert.deepEqual(back.names(back.layout.spoolReady), [sgf(alone)]);
    assert.deepEqual(back.names(back.layout.spoolKept), []);
    const commands = back.names(back.layout.queueCommands);
    assert.match(readFileSync(join(back.layout.queueCommands, commands[0]!), 'utf8'), new RegExp(queueId));
    await until(() => copies(b).includes(sgf(alone)), WITHIN_MS, waiting('not copied'));
  });

  it('is refused copies under its old epoch', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const [a, b] = [cluster.at('a'), cluster.at('b')];
    await a.accept(mailOf('a'), Buffer.from('mail'));
    cluster.cutOff('a');
    await until(() => b.names(b.layout.spoolReady).length === 1, WITHIN_MS, waiting('not adopted'));
    const late = mailOf('a');
    assert.equal(await a.accept(late, Buffer.from('late')), false);
    assert.equal(copies(b).length, 0);
    assert.equal(a.shadow.counts().returning, true, 'it has learnt of it from the holder');
    assert.deepEqual(await a.verdicts(late), ['wait']);
    cluster.rejoin('a');
    await until(() => !a.shadow.counts().returning, WITHIN_MS, waiting('still returning'));
    assert.deepEqual(await a.verdicts(late), ['go']);
  });
});

describe('a gateway that is cut off from the engine', () => {
  it('goes on while the holder of its copies promises to leave them, and is not taken over', async () => {
    cluster = await FakeCluster.of(['a', 'b']);
    const [a, b] = [cluster.at('a'), cluster.at('b')];
    const id = mailOf('a');
    await a.accept(id, Buffer.from('mail'));
    cluster.lapse('a');
    await until(async () => (await a.verdicts(id))[0] === 'go', WITHIN_MS, waiting('it may not go on'));
    cluster.cutOff('a');
    for (let looks = 0; looks < 20; looks++) {
      cluster.tellAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(b.names(b.layout.spoolReady), []);
    assert.deepEqual(cluster.spoolOf('a'), { epoch: 1, owner: 'a' });
  });
});
