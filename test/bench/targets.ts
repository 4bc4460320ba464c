/** What each figure has to reach (`must`) and where it is going (`aim`). */
import type { BenchRow } from './bench-row.ts';

export interface Target {
  readonly id: string;
  /** Part of the row's measure, where one id has several rows. */
  readonly measure: string;
  readonly must: number;
  readonly aim: number;
  /** Whether more or less is better, of `ratio`. */
  readonly better: 'more' | 'less';
}

const more = (id: string, measure: string, must: number, aim: number): Target => ({
  id,
  measure,
  must,
  aim,
  better: 'more',
});
const less = (id: string, measure: string, must: number, aim: number): Target => ({
  id,
  measure,
  must,
  aim,
  better: 'less',
});

/** The comparison with Postfix in P1 and P2 is only an aim. */
const TARGETS: readonly Target[] = [
  more('P1', 'Haraka', 0.8, 0.8),
  more('P1', 'Postfix', 0, 1),
  more('P2', 'Haraka', 0.8, 0.8),
  more('P2', 'Postfix', 0, 1),
  more('P3', '', 4, 8),
  more('P4', '', 3, 6),
  more('P5', '', 4, 8),
  more('P6', '', 1, 1.2),
  more('P7', 'RSA-2048', 0.45, 0.65),
  more('P7', 'RSA-3072', 0.75, 0.9),
  more('P8', '', 1.7, 1.9),
  more('P9', '', 1.5, 3),
  less('P11', 'ack', 25, 10),
  less('P11', 'delivery, pass-through', 50, 20),
  less('P11', 'delivery, S/MIME', 100, 40),
  less('P12', '', 5, 2.5),
  less('P13', 'above idle', 150, 64),
  less('P13', '100 MB', 1.1, 1.1),
  less('P14', '', 400, 250),
  less('P15', 'replay', 2, 1.2),
  less('P15', 'snapshot', 1, 1),
  less('P16', 'p50', 2, 1.2),
  less('P16', 'p99', 3, 1.2),
  more('P17', '', 0.5, 2),
  less('P18', '', 1.5, 1.1),
  more('P20', 'throughput', 0.5, 0.8),
  less('P20', 'p50', 3, 1.5),
  less('P22', '', 5, 1),
  less('P25', 'gzip', 150, 75),
  less('P25', 'paint', 1500, 750),
  // Of replication.md §8, 26: leases of 15 s.
  less('R9', '', 25, 20),
];

export function targetOf(row: BenchRow): Target {
  const found = TARGETS.find((t) => t.id === row.id && row.measure.includes(t.measure));
  if (!found) throw new Error(`no target for ${row.id} ${row.measure}`);
  return found;
}

export function reaches(row: BenchRow, target: Target): 'aim' | 'must' | 'no' {
  const good = (bar: number): boolean => (target.better === 'more' ? row.ratio >= bar : row.ratio <= bar);
  if (good(target.aim)) return 'aim';
  return good(target.must) ? 'must' : 'no';
}
