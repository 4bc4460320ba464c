/** The admin page as it is built for the gateway: once, for all tests, when its sources have changed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BUILD = `import { ensurePageBuilt } from './deploy/prepare.mjs'; ensurePageBuilt();`;

/** Its folder. */
export function builtPage(): string {
  const build = spawnSync(process.execPath, ['--input-type=module', '-e', BUILD], { encoding: 'utf8' });
  if (build.status !== 0) throw new Error(build.stderr);
  return join(process.cwd(), 'admin-ui', 'dist');
}
