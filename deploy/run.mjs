/**
 * Runs a TypeScript program of the tree with Node 24: `node deploy/run.mjs test/run.ts test/domain`.
 */
import { spawnSync } from 'node:child_process';
import { ensureInstalled, ensurePageBuilt, node24, ROOT } from './prepare.mjs';

ensureInstalled({ withTools: true });
ensurePageBuilt();
const result = spawnSync(node24(), process.argv.slice(2), { cwd: ROOT, stdio: 'inherit' });
process.exitCode = result.status ?? 1;
