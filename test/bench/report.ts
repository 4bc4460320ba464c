/** The table of a run: on the terminal, and as the measured part of docs/benchmarks.md. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { BenchRow } from './bench-row.ts';
import { reaches, targetOf } from './targets.ts';

const FILE = 'docs/benchmarks.md';
const BEGIN = '<!-- measured: written by `npm run bench -- --write` -->';
const END = '<!-- end of measured -->';

const HEAD = ['id', 'measure', 'product', 'anchor', 'ratio (range)', 'must', 'aim', 'reaches'];

const digits = (value: number): string =>
  value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

function cellsOf(row: BenchRow): string[] {
  const target = targetOf(row);
  const sign = target.better === 'more' ? '≥' : '≤';
  const range = `(${digits(row.range[0])}–${digits(row.range[1])})`;
  return [
    row.id,
    row.measure,
    `${digits(row.product)} ${row.unit}`,
    row.anchor === null ? '–' : `${digits(row.anchor)} ${row.unit}`,
    `${row.anchor === null ? '' : `${digits(row.ratio)} `}${range}`,
    target.must === 0 ? '–' : `${sign} ${target.must}`,
    `${sign} ${target.aim}`,
    target.must === 0 && reaches(row, target) === 'must' ? '–' : reaches(row, target),
  ];
}

export function tableOf(rows: readonly BenchRow[]): string {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const text = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`);
  return [text[0], `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...text.slice(1)].join(
    '\n',
  );
}

/** Date, commit, machine: without them a figure says nothing. */
function circumstances(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
  const memory = Math.round(totalmem() / 1024 ** 3);
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
  return `${date} UTC, commit ${commit}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${memory} GB, load average ${load} at the end, Node ${process.versions.node}.`;
}

/** Replaces the measured part. */
export function writeReport(rows: readonly BenchRow[]): void {
  const before = readFileSync(FILE, 'utf8');
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (from === -1 || to === -1) throw new Error(`${FILE}: no measured part`);
  const measured = `${BEGIN}\n\n${circumstances()}\n\n${tableOf(rows)}\n\n`;
  writeFileSync(FILE, before.slice(0, from) + measured + before.slice(to));
}
