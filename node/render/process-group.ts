/** A program and all that it started: how much memory they have, and their end. */
import { readdirSync, readFileSync } from 'node:fs';

const PAGE_BYTES = 4096; // Of the kernel's counts on x86; on machines with larger pages the budget is larger, too.

/** Resident memory of all processes of a group, in octets; pages that they share count for each. */
export function memoryOf(group: number): number {
  let pages = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    // proc(5): behind the name in parentheses, state is field 3, the group 5, resident pages 24.
    if (fields !== null && Number(fields[2]) === group) pages += Number(fields[21]);
  }
  return pages * PAGE_BYTES;
}

function statOf(name: string): string[] | null {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null; // It has ended.
  }
}

export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
