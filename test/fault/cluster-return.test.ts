/**
 * R11, R12 (targets.md): three gateways restart one by one; one comes back with a harmed, an old, a forged log.
 *
 * SEALGATE_FAULT_SEED repeats a run; `npm run fault -- cluster-return` makes many.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comeBackAll } from './cluster-return.ts';
import { wrongOf } from './cluster-stage.ts';

const SEED = Number(process.env.SEALGATE_FAULT_SEED ?? Date.now() % 1_000_000);

describe('a cluster whose gateways come back (R11, R12)', () => {
  it(`loses nothing, seed ${SEED}`, { timeout: 600_000 }, async (t) => {
    const result = await comeBackAll(1, SEED);
    t.diagnostic(JSON.stringify(result));
    assert.deepEqual(wrongOf(result), [], JSON.stringify(result));
    assert.ok(result.accepted > 30 && result.changes > 30, JSON.stringify(result));
  });
});
