/**
 * A rolling upgrade (R12, §8 24): three gateways under load, upgraded one after the other, the old version and the new one
 * side by side. While one is old nobody writes what it does not read; afterwards the old version does not start any more.
 *
 * The old version is the same program that announces, writes and accepts format 1 of the log only
 * (SEALGATE_TEST_READS_FORMAT, node/ledger/own-format.ts): a real older one is not to be had in a checkout without history.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { PdfPolicy } from '#domain/pdf/pdf-policy.ts';
import { ClusterStage, wrongOf } from '../fault/cluster-stage.ts';
import type { Gateway } from '../gateway/run-gateway.ts';

const OLD = '1';
const SEED = 12;
let stage: ClusterStage;

function installed(version: 'old' | 'new'): void {
  if (version === 'old') process.env.SEALGATE_TEST_READS_FORMAT = OLD;
  else delete process.env.SEALGATE_TEST_READS_FORMAT;
}

before(async () => {
  installed('old');
  stage = await ClusterStage.start(SEED, {});
});
after(async () => {
  installed('new');
  await stage?.remove();
});

/** An event that came with format 2. */
async function writeNew(on: Gateway, chosenCharactersMin: number): Promise<void> {
  const { policy } = await on.admin.query<{ policy: PdfPolicy }>('pdf.policy');
  await on.admin.change('pdf.setPolicy', { policy: { ...policy, chosenCharactersMin }, reason: 'test' });
}

async function upgrade(gateway: Gateway): Promise<void> {
  const beganMs = performance.now();
  stage.endLoadOn(gateway);
  await gateway.stop();
  await stage.goesOn(stage.others(gateway), beganMs);
  await gateway.start();
  await stage.cluster.whole(gateway);
  const endedMs = performance.now();
  stage.fault('upgraded', { beganMs, endedMs });
  stage.loadOn(gateway);
  await stage.goesOn(stage.gateways, endedMs);
}

it('loses and refuses nothing, and writes no newer form before the last gateway reads it', {
  timeout: 600_000,
}, async (t) => {
  const [first, second, third] = stage.gateways as [Gateway, Gateway, Gateway];
  installed('new');
  for (const gateway of [first, second]) {
    await upgrade(gateway);
    await assert.rejects(
      writeNew(first, 20),
      /gw-3 \(.*would not read it \(format 2 of the log\): upgrade all gateways/,
    );
    const { progress } = await stage.cluster.status(gateway);
    assert.ok(
      progress.some((step) => step.startsWith('gw-3')),
      progress.join('\n'),
    );
  }
  await upgrade(third);
  await stage.cluster.settled(first, ({ progress }) => !progress.some((step) => step.includes('upgraded')));
  await writeNew(first, 21);
  const result = await stage.end(1);
  t.diagnostic(JSON.stringify(result));
  assert.deepEqual(wrongOf(result), []);
  assert.ok(result.accepted > 30 && result.changes > 30);
});

it('has no way back for what would not read the log any more', async () => {
  const third = stage.gateways[2]!;
  await third.stop();
  installed('old');
  const started = third.start();
  const refuses = (): boolean =>
    /the log holds events of format 2, this version \(.*\) reads format 1 at most/.test(third.output());
  await stage.wait(refuses, 'the older version does not refuse');
  await stage.cluster.settled(stage.gateways[0]!, ({ writable }) => writable);
  await third.stop();
  installed('new');
  await third.start();
  await started; // It has waited for a gateway that is ready.
  await stage.cluster.whole(third);
});
