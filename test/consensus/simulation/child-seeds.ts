/**
 * Runs seeds of the simulation and ends with one line, JSON: how many, and the failing ones.
 *
 *   child-seeds.ts <from> <to> [control]
 */

import type { Control } from './sim-gateway.ts';
import { type SimReport, simulate } from './simulate.ts';

const FAILURES_MAX = 5; // The first ones tell enough.

export interface SeedsReport {
  readonly runs: number;
  readonly events: number;
  readonly rogues: number;
  readonly failures: readonly { readonly seed: number; readonly message: string }[];
}

Error.stackTraceLimit = 0; // Most errors here are answers that are expected, and made by the million.
const [from = '1', to = '2', control = 'none'] = process.argv.slice(2);
const failures: { seed: number; message: string }[] = [];
let runs = 0;
let events = 0;
let rogues = 0;
for (let seed = Number(from); seed < Number(to) && failures.length < FAILURES_MAX; seed++) {
  runs += 1;
  try {
    const report: SimReport = await simulate(seed, control as Control);
    events += report.events;
    if (report.rogue) rogues += 1;
  } catch (error) {
    failures.push({ seed, message: (error as Error).message });
  }
}
console.log(JSON.stringify({ runs, events, rogues, failures } satisfies SeedsReport));
