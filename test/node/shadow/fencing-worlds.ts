/**
 * Runs worlds of claims and fencing and prints what happened, one JSON line a world. A program of its own: within
 * node:test every promise is tracked, which makes the worlds ten times slower.
 *
 *   fencing-worlds.ts <first seed> <last seed> [controls as JSON]       ends early at the first violation with controls
 */
import { type Controls, FencingWorld } from './fencing-world.ts';

const FAULTS_MS = 240_000;
const PEACE_MS = 240_000;

const [first = '1', last = first, given] = process.argv.slice(2);
const controls: Controls = given ? (JSON.parse(given) as Controls) : {};
for (let seed = Number(first); seed <= Number(last); seed++) {
  const outcome = await new FencingWorld(seed, controls).run(FAULTS_MS, PEACE_MS);
  console.log(JSON.stringify({ seed, ...outcome }));
  if (given && outcome.violations.length > 0) break;
}
