/**
 * R1 (targets.md): random processes of the running gateway, and all of them at once, are killed under load; 0 lost.
 *
 * SEALGATE_FAULT_KILLS sets how many (default 50), SEALGATE_FAULT_SEED repeats a run.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killUnderLoad } from './kill-load.ts';

const KILLS = Number(process.env.SEALGATE_FAULT_KILLS ?? 50);
const SEED = Number(process.env.SEALGATE_FAULT_SEED ?? Date.now() % 1_000_000);
const BUDGET_MS = 170_000; // Of kills; a busy machine that makes fewer says so.

describe('a gateway whose processes are killed under load (R1)', () => {
  it(`loses nothing in ${KILLS} kills, seed ${SEED}`, { timeout: 600_000 }, async (t) => {
    const counted = await killUnderLoad(KILLS, SEED, BUDGET_MS);
    t.diagnostic(JSON.stringify(counted));
    assert.deepEqual(counted.lost, [], JSON.stringify(counted));
    assert.deepEqual(counted.unexplained, [], JSON.stringify(counted));
    const made = Object.values(counted.kills).reduce((sum, n) => sum + n, 0);
    assert.ok(made >= KILLS / 2, `${made} kills in the time that a busy machine gave`);
    assert.ok(counted.acknowledged > KILLS);
    assert.ok(counted.delivered > counted.acknowledged / 2, 'mail flows meanwhile');
  });
});
