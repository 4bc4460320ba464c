/**
 * The replicated engine's core under simulation: gateways over a quorum that errs, callers, crashes, a stranger; 10,000
 * seeds in a run. A failing seed is printed with the command that plays it again:
 *
 *   SEALGATE_SEED=<seed> node deploy/run.mjs test/run.ts test/consensus/simulation
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SeedsReport } from './child-seeds.ts';
import { type Control, controls } from './sim-gateway.ts';
import { simulate } from './simulate.ts';

const SEEDS = Number(process.env.SEALGATE_SEEDS ?? 10_000);
const CHILDREN = 2; // The smallest machine that must pass has two cores.
const CONTROL_SEEDS = 150; // Each control fails in one of fifty, or more often.
const child = fileURLToPath(new URL('./child-seeds.ts', import.meta.url));
const only = process.env.SEALGATE_SEED;

async function run(from: number, to: number, control: Control = 'none'): Promise<SeedsReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [child, `${from}`, `${to}`, control]);
  return JSON.parse(stdout) as SeedsReport;
}

describe('the replicated engine under simulation', () => {
  if (only !== undefined) {
    it(`seed ${only}`, async () => {
      console.log(await simulate(Number(only)));
    });
    return;
  }

  it(`keeps its promises in ${SEEDS} runs`, async () => {
    const share = Math.ceil(SEEDS / CHILDREN);
    const reports = await Promise.all(
      Array.from({ length: CHILDREN }, (_, i) => run(1 + i * share, 1 + (i + 1) * share)),
    );
    for (const { seed, message } of reports.flatMap(({ failures }) => failures)) {
      const command = `SEALGATE_SEED=${seed} node deploy/run.mjs test/run.ts test/consensus/simulation`;
      assert.fail(`seed ${seed}: ${message}\nplay it again: ${command}`);
    }
    const sum = (of: (report: SeedsReport) => number): number =>
      reports.reduce((all, one) => all + of(one), 0);
    assert.ok(sum(({ runs }) => runs) >= SEEDS);
    assert.ok(sum(({ events }) => events) > 5 * SEEDS, 'the callers get somewhere');
    assert.ok(sum(({ rogues }) => rogues) > SEEDS / 50, 'the stranger is there');
  });

  it('is the same run for the same seed', async () => {
    assert.deepEqual(await simulate(4711), await simulate(4711));
  });

  for (const control of controls) {
    it(`fails with ${control} switched off`, async () => {
      const { failures } = await run(1, 1 + CONTROL_SEEDS, control);
      assert.notEqual(failures.length, 0);
    });
  }
});
