/** The try-out as a newcomer starts it, but for ports that are free and a data folder that is removed afterwards. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../free-port.ts';
import { until } from '../gateway/until.ts';

const READY_MS = 60_000;

export interface TryOut {
  readonly folder: string;
  readonly webUrl: string;
  readonly insidePort: number;
  readonly outsidePort: number;
  /** What the newcomer reads. */
  output(): string;
  remove(): Promise<void>;
}

export async function runTryOut(): Promise<TryOut> {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-try-out-'));
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const [insidePort, outsidePort, webPort, mailboxPort] = ports as [number, number, number, number];
  const file = join(folder, 'sealgate.yaml');
  const settings = {
    tryOut: true,
    mailboxPort,
    receive: {
      listeners: [
        { name: 'inside', port: insidePort, zone: 'inside' },
        { name: 'outside', port: outsidePort, zone: 'outside' },
      ],
    },
    web: { port: webPort },
  };
  writeFileSync(file, stringify(settings));
  const child = spawn(process.execPath, ['node/main.ts', 'start', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SEALGATE_LOG_LEVEL: 'warn' },
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += piece.toString('utf8');
    });
  }
  async function remove(): Promise<void> {
    child.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    await until(
      () => output.includes('is ready') && output.includes('First sign-in'),
      READY_MS,
      () => `not ready:\n${output}`,
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    folder,
    webUrl: `http://127.0.0.1:${webPort}`,
    insidePort,
    outsidePort,
    output: () => output,
    remove,
  };
}
