/**
 * What a word of the command line is, and how its answers look: text for people, JSON with `--json`.
 */
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import type { AdminClient } from './admin-client.ts';

export interface CommandContext {
  readonly layout: Layout;
  readonly settings: Settings;
  readonly admin: AdminClient;
  /** Positional words behind the command's own. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Prints the answer: `value` with `--json`, else the lines. */
  print(value: unknown, lines: readonly string[]): void;
}

export interface Command {
  /** One line for `help`, beginning with the words. */
  readonly usage: string;
  readonly does: string;
  /** Names of options that take a value; others are switches. */
  readonly options?: readonly string[];
  readonly switches?: readonly string[];
  /** True when nothing was wrong; false ends with exit code 1. */
  run(context: CommandContext): Promise<boolean>;
}

/** Wrong use: exit code 2. */
export class UsageError extends Error {}

export function needed(context: CommandContext, option: string): string {
  const value = context.options[option];
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${option} is needed`);
  return value;
}

const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** For the terminal: what strangers wrote (addresses, answers of servers) must not steer it or forge a line. */
export function printable(text: string): string {
  return text.replace(CONTROL, ' ');
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], given: readonly (readonly string[])[]): string[] {
  const rows = given.map((cells) => cells.map(printable));
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((c, i) => c.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

export function timeText(ms: number | null): string {
  return ms === null ? '-' : new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}
