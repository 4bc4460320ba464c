/**
 * Runs the test files with node:test and ends with the line `N passed, N failed`.
 *
 *   run.ts [path prefix or file …]     default: every `*.test.ts` under test/
 */
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const CONCURRENCY = Number(process.env.SEALGATE_TEST_CONCURRENCY ?? 2); // The smallest machine that must pass has two cores.
const FUZZ_MS = 1000 * Number(process.env.SEALGATE_FUZZ_SECONDS ?? 0);
const TEST_TIMEOUT_MS = 660_000 + FUZZ_MS; // Ten minutes are many times what the longest needs. A hang fails the test, not the run.

const wanted = process.argv.slice(2);
const files = globSync('test/**/*.test.ts')
  .filter((file) => wanted.length === 0 || wanted.some((w) => file.startsWith(w.replace(/^\.\//, ''))))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}

let passed = 0;
let failed = 0;
let skipped = 0;
// `forceExit`: a file whose tests have ended, with hooks, ends; a forgotten handle must not hold up the whole run.
const stream = run({ files, concurrency: CONCURRENCY, timeout: TEST_TIMEOUT_MS, forceExit: true });
stream.on('test:pass', (event) => {
  if (event.details.type === 'suite') return;
  if (event.skip !== undefined) skipped += 1;
  else passed += 1;
});
stream.on('test:fail', (event) => {
  if (event.details.type !== 'suite') failed += 1;
});
stream.compose(spec).pipe(process.stdout);
stream.on('end', () => {
  setImmediate(() => {
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  });
});
