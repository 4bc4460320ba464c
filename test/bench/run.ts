/**
 * `npm run bench [-- NAME …] [--write]`: the short set, or some of it, as one table; `--write` puts it into
 * docs/benchmarks.md. Needs Postfix (with smtp-source and smtp-sink), OpenSSL, GnuPG, qpdf, etcd and root, and npm for Haraka.
 */
import { parseArgs } from 'node:util';
import type { BenchRow } from './bench-row.ts';
import { tableOf, writeReport } from './report.ts';

const BENCHES: Record<string, () => Promise<{ bench(): Promise<BenchRow[]> }>> = {
  'pass-through': () => import('./pass-through.ts'),
  smime: () => import('./smime.ts'),
  openpgp: () => import('./openpgp.ts'),
  cms: () => import('./cms.ts'),
  pdf: () => import('./pdf.ts'),
  portal: () => import('./portal.ts'),
  latency: () => import('./latency.ts'),
  memory: () => import('./memory.ts'),
  log: () => import('./log.ts'),
  decision: () => import('./decision.ts'),
  commit: () => import('./commit.ts'),
  failover: () => import('./failover.ts'),
  'replicated-spool': () => import('./replicated-spool.ts'),
  takeover: () => import('./takeover.ts'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`no bench '${unknown}'; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const rows: BenchRow[] = [];
const failed: string[] = [];
for (const name of names) {
  const started = performance.now();
  try {
    const { bench } = await BENCHES[name]!();
    rows.push(...(await bench()));
  } catch (error) {
    failed.push(name);
    console.error(`${name}: ${(error as Error).stack}`);
  }
  console.error(`${name}: ${Math.round((performance.now() - started) / 1000)} s`);
}
console.log(tableOf(rows));
if (values.write) writeReport(rows);
process.exit(failed.length > 0 ? 1 : 0);
