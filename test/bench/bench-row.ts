/**
 * One measured line of the benchmarks, and how rounds become one: product and anchor in turns, ratio by round.
 */

export interface BenchRow {
  /** Of docs/benchmarks.md and the project's list of targets. */
  readonly id: string;
  readonly measure: string;
  readonly product: number;
  /** null where the target is a figure of its own, not a comparison. */
  readonly anchor: number | null;
  /** Median of the rounds' ratios, and the lowest and highest; without an anchor the product itself. */
  readonly ratio: number;
  readonly range: readonly [number, number];
  readonly unit: string;
}

export interface Round {
  readonly product: number;
  readonly anchor: number;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number;

export function rowOf(id: string, measure: string, unit: string, rounds: readonly Round[]): BenchRow {
  const ratios = rounds.map(({ product, anchor }) => product / anchor);
  return {
    id,
    measure,
    product: median(rounds.map((round) => round.product)),
    anchor: median(rounds.map((round) => round.anchor)),
    ratio: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)],
    unit,
  };
}

/** A figure that is compared with a fixed bar: the median of what was measured. */
export function figureOf(id: string, measure: string, unit: string, values: readonly number[]): BenchRow {
  const product = median(values);
  return {
    id,
    measure,
    product,
    anchor: null,
    ratio: product,
    range: [Math.min(...values), Math.max(...values)],
    unit,
  };
}

/** `sides` one after the other in every round, so that a neighbour's load hits all of them. */
export async function inTurns<T extends readonly (() => Promise<number>)[]>(
  rounds: number,
  sides: T,
): Promise<number[][]> {
  const values: number[][] = [];
  for (let i = 0; i < rounds; i++) {
    const round: number[] = [];
    for (const side of sides) round.push(await side());
    values.push(round);
  }
  return values;
}
