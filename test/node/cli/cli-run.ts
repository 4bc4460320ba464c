/** The command line inside the test's own process: its words, and what it printed and ended with. */
import assert from 'node:assert/strict';
import { format } from 'node:util';
import { commandLine } from '#node/cli/command-line.ts';

export interface CliEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export type Cli = (...words: readonly string[]) => Promise<CliEnd>;

/** `everywhere` are options that each call gets. One call at a time: it borrows the console. */
export function cli(...everywhere: readonly string[]): Cli {
  return async (...words) => {
    const { log, error } = console;
    let out = '';
    let err = '';
    console.log = (...args: unknown[]) => {
      out += `${format(...args)}\n`;
    };
    console.error = (...args: unknown[]) => {
      err += `${format(...args)}\n`;
    };
    try {
      const code = await commandLine([...words, ...everywhere]);
      return { code, out, err };
    } finally {
      Object.assign(console, { log, error });
    }
  };
}

/** The output of a call that must end well. */
export async function good(end: Promise<CliEnd>): Promise<string> {
  const { code, out, err } = await end;
  assert.equal(code, 0, `${err}\n${out}`);
  return out;
}

/** What a call with `--json` printed. */
export async function json<T>(end: Promise<CliEnd>): Promise<T> {
  return JSON.parse(await good(end)) as T;
}
