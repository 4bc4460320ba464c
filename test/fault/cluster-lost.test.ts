/**
 * R8–R10 (targets.md): the leader of three gateways stands still; a gateway is lost with accepted mail in its spool,
 * and a new one takes its place.
 *
 * SEALGATE_FAULT_SEED repeats a run; `npm run fault -- cluster-lost` makes many.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stopAndLose } from './cluster-lost.ts';
import { wrongOf } from './cluster-stage.ts';

const SEED = Number(process.env.SEALGATE_FAULT_SEED ?? Date.now() % 1_000_000);
const PAST = 5000; // Events before the new one joins: more than one piece of the log.

describe('a cluster whose gateways stand still or are lost (R8–R10)', () => {
  it(`loses nothing, seed ${SEED}`, { timeout: 600_000 }, async (t) => {
    const result = await stopAndLose({ pauses: 1, losses: 1, past: PAST }, SEED);
    t.diagnostic(JSON.stringify(result));
    assert.deepEqual(wrongOf(result), [], JSON.stringify(result));
    assert.ok(result.caughtUp && result.caughtUp.events > PAST && result.caughtUp.shown.length > 0);
    assert.ok(result.accepted > 30 && result.changes > 30, JSON.stringify(result));
  });
});
