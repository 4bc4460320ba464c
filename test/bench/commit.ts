/**
 * P16 and P17: an event in the replicated log of three members, recorded by a majority and on the own disk, against the
 * bare engine: one transaction that puts as many octets and moves a head (one writer), a put for each event (32 writers).
 */
import { type BenchRow, type Round, rowOf } from './bench-row.ts';
import { BareWriter, barePut, replicatedSide } from './replicated-side.ts';

const ROUNDS = 5;
const COMMITS = 400;
const WRITERS = 32;
const ROUND_MS = 2_000;

export async function bench(): Promise<BenchRow[]> {
  const side = await replicatedSide();
  try {
    const bare = new BareWriter(side.bare);
    await times(() => side.append(), COMMITS / 4);
    await times(() => bare.append(), COMMITS / 4);
    const p50: Round[] = [];
    const p99: Round[] = [];
    const rate: Round[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const product = await times(() => side.append(), COMMITS);
      const anchor = await times(() => bare.append(), COMMITS);
      p50.push({ product: product[COMMITS >> 1]!, anchor: anchor[COMMITS >> 1]! });
      const last = Math.floor(COMMITS * 0.99);
      p99.push({ product: product[last]!, anchor: anchor[last]! });
      rate.push({
        product: await perSecond(() => side.append()),
        anchor: await perSecond(() => barePut(side.bare)),
      });
    }
    return [
      rowOf('P16', 'commit, 3 members, one writer, p50, against the bare engine', 'ms', p50),
      rowOf('P16', 'commit, 3 members, one writer, p99, against the bare engine', 'ms', p99),
      rowOf('P17', `commits, 3 members, ${WRITERS} writers, against the bare engine`, 'events/s', rate),
    ];
  } finally {
    await side.dispose();
  }
}

/** Milliseconds of each, in ascending order. */
async function times(commit: () => Promise<unknown>, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await commit();
    took.push(performance.now() - started);
  }
  return took.sort((a, b) => a - b);
}

async function perSecond(commit: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let done = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() - started < ROUND_MS) {
      await commit();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return (done / (performance.now() - started)) * 1000;
}
