/**
 * R7 (targets.md): the wires of three gateways are cut.
 *
 * SEALGATE_FAULT_SEED repeats a run; `npm run fault -- cluster-partition` makes many.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cutWires } from './cluster-partition.ts';
import { wrongOf } from './cluster-stage.ts';

const SEED = Number(process.env.SEALGATE_FAULT_SEED ?? Date.now() % 1_000_000);
const ROUNDS = 2;

describe('a cluster whose wires are cut (R7)', () => {
  it(`keeps one history and loses nothing, seed ${SEED}`, { timeout: 600_000 }, async (t) => {
    const result = await cutWires(ROUNDS, SEED);
    t.diagnostic(JSON.stringify(result));
    assert.deepEqual(wrongOf(result), [], JSON.stringify(result));
    assert.ok(result.accepted > 30 && result.changes > 30, JSON.stringify(result));
  });
});
