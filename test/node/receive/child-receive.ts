/** The receiving process as a program of its own, under the permission model, as the supervisor starts it. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '#node/config/load-settings.ts';
import { receivePermissions } from '#node/receive/permissions.ts';
import { freePort } from '../../free-port.ts';
import type { SpoolFolder } from './running-receive.ts';

const MAIN = fileURLToPath(new URL('../../../node/main.ts', import.meta.url));

export interface ChildReceive {
  readonly port: number;
  /** Of the process, or of the program that runs it. */
  readonly pid: number;
  /** Lines of its log. */
  readonly log: string[];
  readonly gone: Promise<void>;
  /** Sends the signal to the process itself and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Node's arguments for the process: permissions, and the settings file that names the folder. */
export function receiveArguments(folder: SpoolFolder, port: number, freeBytesMin = 0): string[] {
  const config = join(folder.root, 'sealgate.yaml');
  const listener = `{ name: inside, port: ${port}, zone: inside }`;
  writeFileSync(
    config,
    `hostname: gateway.test.example\ndata: ${folder.root}\nreceive:\n  freeBytesMin: ${freeBytesMin}\n  listeners: [${listener}]\n`,
  );
  const settings = loadSettings(config, undefined);
  return [...receivePermissions(settings, folder.layout), MAIN, 'receive', '--config', config];
}

export interface ChildOptions {
  /** A program that runs Node, such as strace with its arguments. */
  readonly before?: readonly string[];
  readonly freeBytesMin?: number;
  /** Of the thread pool, where the syncs run. */
  readonly threads?: number;
}

const running = new Set<ChildReceive>();
/** For `after`: a test that failed leaves no process behind. */
export async function endAllChildren(): Promise<void> {
  await Promise.all([...running].map((receive) => receive.end('SIGKILL')));
}

export async function childReceive(
  folder: SpoolFolder,
  { before = [], freeBytesMin = 0, threads = 16 }: ChildOptions = {},
): Promise<ChildReceive> {
  mkdirSync(folder.layout.trace, { recursive: true });
  const port = await freePort();
  const command = [...before, process.execPath, ...receiveArguments(folder, port, freeBytesMin)];
  const env = {
    ...process.env,
    UV_THREADPOOL_SIZE: String(threads),
    NODE_NO_WARNINGS: '1',
    NODE_TEST_CONTEXT: undefined,
  };
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], env });
  const log: string[] = [];
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`receive ended with ${code}: ${log.join('\n')}`)));
    let text = '';
    child.stderr!.on('data', (chunk) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop()!;
      log.push(...lines);
      if (lines.some((line) => line.includes('"msg":"listening"'))) resolve();
    });
  });
  const receive: ChildReceive = {
    port,
    pid: child.pid!,
    log,
    gone,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const own = child.pid!;
      const below = before.length > 0 ? readFileSync(`/proc/${own}/task/${own}/children`, 'utf8').trim() : '';
      process.kill(below ? Number(below) : own, signal);
      await gone;
    },
  };
  running.add(receive);
  void gone.then(() => running.delete(receive));
  return receive;
}
