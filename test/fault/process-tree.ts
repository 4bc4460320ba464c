/** The processes that a supervisor has started, by /proc: their ids, and which part of the gateway each is. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ChildProcessFound {
  readonly pid: number;
  /** `receive`, `protect`, …: the word behind main.ts. */
  readonly name: string;
}

export function childrenOf(supervisor: number): ChildProcessFound[] {
  const found: ChildProcessFound[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = read(`/proc/${entry}/stat`);
    // `pid (name) state ppid`: the name may hold anything, so what counts stands behind the last bracket.
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== supervisor) continue;
    const words = read(`/proc/${entry}/cmdline`).split('\0');
    const name = words[words.findIndex((word) => word.endsWith('main.ts')) + 1];
    if (name) found.push({ pid: Number(entry), name });
  }
  return found;
}

/** Empty when the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
