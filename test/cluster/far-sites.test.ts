/**
 * Three voters at three places, 100 ms apart (round trip): one log, a second copy of each mail at another place before
 * 250, and changes that go on when the place of the leader is lost.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { leaderOf, lose } from '../fault/cluster-nemesis.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { addDomain, ScratchCluster } from './run-cluster.ts';
import { Wires } from './wires.ts';

const LENGTH_MS = 50; // Each way, as between continents; a timer may be early by a millisecond.
const WITHIN_MS = 120_000;
const TO = 'someone@known.example';
let cluster: ScratchCluster;

before(async () => {
  const wires = new Wires({ lengthMs: LENGTH_MS });
  const settings = { spool: { shadow: 'require' } };
  cluster = await ScratchCluster.voters(3, { wires, settings });
});
after(() => cluster?.remove());

async function send(by: Gateway, words: string): Promise<number> {
  const began = performance.now();
  const mail = `From: a@b.example\r\nTo: ${TO}\r\nSubject: test\r\n\r\n${words}\r\n`;
  await submit(by.outsidePort, { from: 'a@b.example', to: [TO], mail });
  const tookMs = performance.now() - began;
  await by.arrival(TO, ({ text }) => text.includes(words));
  return tookMs;
}

const accepts = (by: Gateway, words: string): Promise<void> =>
  until(
    () => send(by, words).then(Boolean, () => false),
    WITHIN_MS,
    () => cluster.output(),
  );

describe('gateways far from each other', () => {
  it('share every change', async () => {
    for (const [n, gateway] of cluster.gateways.entries()) {
      await addDomain(gateway, `from-${n}.example`);
      for (const other of cluster.gateways) await cluster.appears(other, `from-${n}.example`);
    }
    await addDomain(cluster.first, 'known.example');
  });

  it('answer 250 only when the mail lies at another place, too', async () => {
    for (const gateway of cluster.gateways) await accepts(gateway, 'until the domain is known');
    for (const gateway of cluster.gateways) {
      const tookMs = await send(gateway, 'across');
      assert.ok(tookMs >= 1.8 * LENGTH_MS, `${tookMs} ms: no copy can have been there`);
    }
  });

  it('go on when the place of the leader is lost', async () => {
    const leader = await leaderOf(cluster.gateways);
    assert.ok(leader);
    await lose(leader);
    const [one, two] = cluster.gateways.filter((gateway) => gateway !== leader) as [Gateway, Gateway];
    await until(
      () =>
        addDomain(one, 'without-a-place.example').then(
          () => true,
          () => false,
        ),
      WITHIN_MS,
      () => cluster.output(),
    );
    await cluster.appears(two, 'without-a-place.example');
    await accepts(two, 'without a place');
  });
});
