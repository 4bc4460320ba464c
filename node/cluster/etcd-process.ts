/**
 * An etcd member as a process of its own: started detached, found again by the next gateway, ended only on request
 * (replication.md, requirement 16). A gateway that ends or is killed takes nothing with it.
 *
 * In the folder given: `etcd.pid` (process id and the kernel's start time, so that a reused id is nobody) and
 * `etcd.log`, what etcd writes to stderr. Under systemd the gateway's unit must let it live (`KillMode=process`).
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PID_FILE = 'etcd.pid';
const LOG_FILE = 'etcd.log';
const LOG_BYTES_MAX = 16 * 1024 * 1024; // Moved aside at the next start; about a year of an undisturbed member.
const ASK_EVERY_MS = 50;
const WORDS_MAX = 300; // Characters; one line of a status.

export interface EtcdProcess {
  readonly pid: number;
  /** True when it ran already. */
  readonly adopted: boolean;
}

export interface EtcdCommand {
  /** Path of the program. */
  readonly binary: string;
  readonly line: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Holds pid file and log; created 0700. */
  readonly folder: string;
}

/** The member that runs for this folder, or a new one. Throws when the program cannot be started at all. */
export async function ensureEtcd(command: EtcdCommand): Promise<EtcdProcess> {
  const running = runningEtcd(command.folder);
  if (running !== null) return { pid: running, adopted: true };
  const { folder, binary, line, environment } = command;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = openLog(join(folder, LOG_FILE));
  try {
    const child = spawn(binary, line, {
      detached: true,
      stdio: ['ignore', log, log],
      env: environment,
      cwd: folder,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid!;
    try {
      writeWhole(join(folder, PID_FILE), `${pid} ${startTimeOf(pid) ?? ''}\n`);
    } catch (error) {
      child.kill('SIGKILL'); // The disk is full: nobody would find it again, and it would keep the ports.
      throw error;
    }
    return { pid, adopted: false };
  } finally {
    closeSync(log);
  }
}

/** Process id of the member that was started for this folder, while it lives. */
export function runningEtcd(folder: string): number | null {
  const [pid, startTime] = read(join(folder, PID_FILE)).trim().split(' ');
  if (!pid || !startTime || startTimeOf(Number(pid)) !== startTime) return null;
  return Number(pid);
}

/** What it wrote last, without the time; empty when it wrote nothing. */
export function lastWords(folder: string): string {
  const last = read(join(folder, LOG_FILE)).trimEnd().split('\n').at(-1) ?? '';
  try {
    const { msg, error } = JSON.parse(last) as { msg?: string; error?: string };
    return [msg, error].filter(Boolean).join(': ').slice(0, WORDS_MAX);
  } catch {
    return last.replace(/^[\d-]+ [\d:.]+ \w \| /, '').slice(0, WORDS_MAX); // etcd 3.4 before its logger is there.
  }
}

/** Ends it in order, by force after `graceMs`. Returns false when none ran. */
export async function stopEtcd(folder: string, graceMs: number): Promise<boolean> {
  const pid = runningEtcd(folder);
  if (pid === null) return false;
  process.kill(pid, 'SIGTERM');
  const endMs = performance.now() + graceMs;
  while (runningEtcd(folder) !== null) {
    if (performance.now() > endMs) process.kill(pid, 'SIGKILL');
    await pause(ASK_EVERY_MS);
  }
  rmSync(join(folder, PID_FILE), { force: true });
  return true;
}

/** proc(5), stat: state is field 3, starttime (clock ticks since boot) field 22. Null: there is none, or it has ended. */
function startTimeOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function openLog(path: string): number {
  try {
    if (statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return openSync(path, 'a', 0o600);
}

function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.tmp`, content, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** Empty when there is none. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
