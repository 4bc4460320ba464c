/**
 * What must be in place before anything of Sealgate runs: the packages of the lockfile, Node 24, the built page.
 *
 * Runs on any Node ≥ 18. Everything is done only when its inputs changed since the last time (stamps in `.build/`),
 * so that a second start costs milliseconds.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMPS = join(ROOT, '.build');

function hashOf(paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const full = join(ROOT, path);
    if (!existsSync(full)) return;
    try {
      hash.update(`${path}\0`).update(readFileSync(full));
    } catch (error) {
      if (error.code !== 'EISDIR') throw error;
      for (const name of readdirSync(full).sort()) visit(join(path, name));
    }
  };
  for (const path of paths) visit(path);
  return hash.digest('hex');
}

function stampIs(name, value) {
  const file = join(STAMPS, name);
  return existsSync(file) && readFileSync(file, 'utf8') === value;
}

function stamp(name, value) {
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(join(STAMPS, name), value);
}

function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) {
    console.error(`${what} failed (${result.error?.message ?? `exit code ${result.status}`})`);
    process.exit(1);
  }
}

/** Installs the packages of the lockfile; `withTools` adds what only tests and checks need. */
export function ensureInstalled({ withTools }) {
  const lock = hashOf(['package-lock.json', 'package.json', 'admin-ui/package.json']);
  const wanted = withTools ? ['installed-all'] : ['installed-all', 'installed'];
  if (existsSync(join(ROOT, 'node_modules')) && wanted.some((name) => stampIs(name, lock))) return;
  console.error(withTools ? 'Installing packages and test tools …' : 'Installing packages …');
  // npm judges "engines" by the Node that starts it; what runs the product is the Node 24 installed here.
  run(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(withTools ? [] : ['--omit=dev'])],
    'npm ci',
  );
  stamp(withTools ? 'installed-all' : 'installed', lock);
}

/** The Node 24 binary that came with the packages. */
export function node24() {
  const path = join(ROOT, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  if (existsSync(path)) return path;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  console.error(`Node 24 is needed and there is no package of it for ${process.platform}-${process.arch}.`);
  process.exit(1);
}

/** Builds the admin page when its sources changed. */
export function ensurePageBuilt() {
  const ui = ['index.html', 'package.json', 'vite.config.ts', 'src', 'public'].map((p) =>
    join('admin-ui', p),
  );
  const sources = hashOf([...ui, 'package-lock.json']);
  if (existsSync(join(ROOT, 'admin-ui/dist/index.html')) && stampIs('page', sources)) return;
  console.error('Building the admin page …');
  run(
    node24(),
    ['node_modules/vite/bin/vite.js', 'build', 'admin-ui', '--logLevel', 'warn'],
    'The build of the page',
  );
  stamp('page', sources);
}

/**
 * Of the supervisor: what Node made of its sources is kept, so that it need not have the compiler of TypeScript in memory.
 * Its processes have caches of their own, or none (node/supervisor.ts).
 */
export function supervisorEnvironment() {
  return {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(STAMPS, 'compile-cache'),
  };
}
