/**
 * `npm run check`: types, lint, import arrows, dead code, tests; the first failing kind ends it.
 *
 * With arguments: the same, but only the tests whose path starts with one of them.
 */
import { spawnSync } from 'node:child_process';

const node = process.execPath;

function step(name: string, args: readonly string[]): string {
  const started = Date.now();
  const result = spawnSync(node, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0) {
    process.stdout.write(`${result.stdout}\n${result.stderr}\n`);
    console.log(`${name}: failed`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
  console.log(`${name}: ok (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return result.stdout;
}

step('types', ['node_modules/typescript/bin/tsc', '-p', '.']);
step('types of the page', ['node_modules/typescript/bin/tsc', '-p', 'admin-ui']);
step('lint', ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '--error-on-warnings', '.']);
const arrows = step('import arrows', [
  'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
  '--config',
  '.dependency-cruiser.cjs',
  'node',
  'domain',
  'consensus',
  'projections',
  'admin-ui/src',
]);
// With a TypeScript it does not know, dependency-cruiser sees no module and passes.
const modules = Number(/(\d+) modules/.exec(arrows)?.[1] ?? 0);
if (modules < 50) {
  console.log(`import arrows: only ${modules} modules seen\n0 passed, 1 failed`);
  process.exit(1);
}
step('dead code', ['node_modules/knip/bin/knip.js', '--no-config-hints']);

const tests = spawnSync(node, ['test/run.ts', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = tests.status ?? 1;
