/** The sending process as the supervisor starts it: a child under the permission model, with a settings file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '#node/config/load-settings.ts';
import { sendPermissions } from '#node/send/permissions.ts';
import type { Route, SendFolder } from './running-send.ts';

const MAIN = fileURLToPath(new URL('../../../node/main.ts', import.meta.url));

export interface SendChild {
  readonly pid: number;
  /** Resolves with the signal or the exit code. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): Promise<string>;
  /** The most memory it ever used. */
  peakBytes(): number;
}

export function writeSettings(folder: SendFolder, routes: readonly Route[], send: object = {}): string {
  const path = join(folder.root, 'sealgate.yaml');
  writeFileSync(path, JSON.stringify({ data: folder.root, send: { routes, ...send } })); // JSON is YAML.
  return path;
}

/** Resolves when it says that it is ready. */
export async function sendChild(folder: SendFolder, settingsFile: string): Promise<SendChild> {
  const settings = loadSettings(settingsFile, undefined);
  const args = [...sendPermissions(settings, folder.layout), MAIN, 'send', '--config', settingsFile];
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, SEALGATE_LOG_LEVEL: 'fatal', NODE_NO_WARNINGS: '1' },
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  const ready = new Promise<void>((resolve) => child.once('message', () => resolve()));
  await Promise.race([
    ready,
    ended.then((how) => Promise.reject(new Error(`ended before it was ready: ${how}`))),
  ]);
  const pid = child.pid as number;
  return {
    pid,
    ended,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
    peakBytes() {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
      return Number(peak?.[1]) * 1024;
    },
  };
}
