/**
 * Claims and fencing under partitions, pauses and restarts, with a seed for each world: no gateway begins to deliver a
 * copied mail that another one has adopted, and none is lost. `SEALGATE_SEED=n` runs one world again.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Controls, FencingWorld, type Outcome } from './fencing-world.ts';

const FAULTS_MS = 240_000;
const PEACE_MS = 240_000;
const { SEALGATE_SEED, SEALGATE_SEEDS = '60' } = process.env;

async function run(seed: number, controls: Controls = {}): Promise<Outcome> {
  return new FencingWorld(seed, controls).run(FAULTS_MS, PEACE_MS);
}

const seeds = SEALGATE_SEED
  ? [Number(SEALGATE_SEED)]
  : Array.from({ length: Number(SEALGATE_SEEDS) }, (_, n) => n + 1);

/** True when some world shows it. */
async function isSeen(controls: Controls): Promise<boolean> {
  for (let seed = 1; seed <= 40; seed++) if ((await run(seed, controls)).violations.length > 0) return true;
  return false;
}

describe('mails of gateways that are cut off, paused and restarted', () => {
  it(`are never delivered by whom they were taken from, and never lost (${seeds.length} worlds)`, async () => {
    const all = { accepted: 0, adopted: 0, doubled: 0, promises: 0 };
    for (const seed of seeds) {
      const outcome = await run(seed);
      assert.deepEqual(outcome.violations, [], `seed ${seed}`);
      assert.deepEqual(outcome.lost, [], `seed ${seed}`);
      all.accepted += outcome.accepted;
      all.adopted += outcome.adopted;
      all.doubled += outcome.doubled;
      all.promises += outcome.promises;
    }
    console.log(JSON.stringify(all));
    assert.ok(all.accepted > 10 * seeds.length, 'mails were accepted');
    assert.ok(all.adopted > 0 && all.promises > 0, 'there was something to see');
    assert.ok(all.doubled < all.accepted / 20, `${all.doubled} of ${all.accepted} doubled`);
  });

  it('are, when the engine does not compare the epoch: the check sees it', async () => {
    assert.ok(await isSeen({ claimsWithoutCompare: true }));
  });

  it('are, when a gateway does not look whether its spool was taken over: the check sees it', async () => {
    assert.ok(await isSeen({ blindToClaims: true }));
  });
});
