#!/usr/bin/env node
/**
 * The launcher: `sealgate <word> …`, started by any Node ≥ 18.
 *
 * Puts packages, Node 24 and the page in place, then becomes `node/main.ts` under Node 24 without core dumps
 * (an open mail or a key must not end up in one).
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, ensurePageBuilt, node24, ROOT, supervisorEnvironment } from './prepare.mjs';

ensureInstalled({ withTools: false });
if (process.argv[2] === 'start') ensurePageBuilt();

const child = spawn(
  '/bin/sh',
  ['-c', 'ulimit -c 0; exec "$0" "$@"', node24(), join(ROOT, 'node/main.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit', env: process.argv[2] === 'start' ? supervisorEnvironment() : process.env },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
