/**
 * Ports of the loopback for what a test starts later, stops, and starts again: nobody else gets them meanwhile.
 *
 * They lie below those that the kernel gives to whoever connects or listens on port 0 (`ip_local_port_range`), which may be
 * in use by anybody at the second start. Test files run side by side, so a file that names its process reserves each.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FIRST = 20_000;
const LAST = 32_000;
const FOLDER = join(tmpdir(), `sealgate-test-ports-${process.getuid?.() ?? 0}`);
const reserved: string[] = [];
process.once('exit', () => {
  for (const path of reserved) rmSync(path, { force: true });
});

/** It stays this process's own until that ends. */
export async function freePort(): Promise<number> {
  mkdirSync(FOLDER, { recursive: true });
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (reserve(port) && (await isFree(port))) return port;
  }
}

function reserve(port: number): boolean {
  const path = join(FOLDER, String(port));
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    reserved.push(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (hasEnded(path)) rmSync(path, { force: true });
    return false;
  }
}

/** Of a process that was killed. */
function hasEnded(path: string): boolean {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0); // 0, ourselves: it is being written.
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
