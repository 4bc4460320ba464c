/**
 * Claims and fencing under partitions, pauses and restarts, with a seed for each world: no gateway begins to deliver a
 * copied mail that another one has adopted, and none is lost. `SEALGATE_SEED=n` runs one world again,
 * `SEALGATE_SEEDS=n` more of them.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Controls, Outcome } from './fencing-world.ts';

const PROGRAM = fileURLToPath(new URL('./fencing-worlds.ts', import.meta.url));
const { SEALGATE_SEED, SEALGATE_SEEDS = '100' } = process.env;
const [first, last] = SEALGATE_SEED ? [SEALGATE_SEED, SEALGATE_SEED] : ['1', SEALGATE_SEEDS];
const CONTROL_SEEDS = '60';

async function worlds(
  from: string,
  to: string,
  controls?: Controls,
): Promise<(Outcome & { seed: number })[]> {
  const args = [PROGRAM, from, to, ...(controls ? [JSON.stringify(controls)] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome & { seed: number });
}

async function isSeen(controls: Controls): Promise<boolean> {
  return (await worlds('1', CONTROL_SEEDS, controls)).some(({ violations }) => violations.length > 0);
}

describe('mails of gateways that are cut off, paused and restarted', () => {
  it(`are never delivered by whom they were taken from, and never lost (worlds ${first} to ${last})`, async () => {
    const outcomes = await worlds(first, last);
    for (const { seed, violations, lost } of outcomes) {
      assert.deepEqual([violations, lost], [[], []], `SEALGATE_SEED=${seed}`);
    }
    if (SEALGATE_SEED) return;
    const total = (what: 'accepted' | 'adopted' | 'doubled' | 'promises'): number =>
      outcomes.reduce((sum, outcome) => sum + outcome[what], 0);
    assert.ok(total('accepted') > 10 * outcomes.length, 'mails were accepted');
    assert.ok(total('adopted') > 0 && total('promises') > 0, 'there was something to see');
    assert.ok(
      total('doubled') < total('accepted') / 20,
      `${total('doubled')} of ${total('accepted')} doubled`,
    );
  });

  it('are, when the engine does not compare the epoch: the check sees it', async () => {
    assert.ok(await isSeen({ claimsWithoutCompare: true }));
  });

  it('are, when a gateway does not look whether its spool was taken over: the check sees it', async () => {
    assert.ok(await isSeen({ blindToClaims: true }));
  });
});
