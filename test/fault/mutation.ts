/** Mutations of real input, from a seed: the same run again for the same seed (targets.md R15). */
import assert from 'node:assert/strict';

/** Mulberry32: whole numbers below the given one. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof randomOf>;

/** One to six changes: a bit, an octet, a token, a cut, a repetition, a piece of another input. */
function mutated(corpus: readonly Buffer[], tokens: readonly Buffer[], random: Random): Buffer {
  const pick = (): Buffer => corpus[random(corpus.length)] as Buffer;
  let bytes: Buffer = Buffer.from(pick());
  for (let count = 1 + random(6); count > 0 && bytes.length > 0; count--) {
    const at = random(bytes.length);
    const to = Math.min(bytes.length, at + 1 + random(40));
    const other = pick();
    const from = random(other.length);
    const middle = [
      () => Buffer.from([(bytes[at] as number) ^ (1 << random(8)), ...bytes.subarray(at + 1, to)]),
      () => Buffer.from([random(256), ...bytes.subarray(at + 1, to)]),
      () => tokens[random(tokens.length)] as Buffer,
      () => Buffer.alloc(0),
      () => Buffer.concat([bytes.subarray(at, to), bytes.subarray(at, to)]),
      () => other.subarray(from, from + random(300)),
    ][random(6)]?.() as Buffer;
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(to)]);
  }
  return bytes;
}

/** Generous for a loaded machine; what is fed here takes some milliseconds. */
const CASE_MS_MAX = 10_000;

export interface FuzzOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly corpus: readonly Buffer[];
  readonly tokens: readonly Buffer[];
  /** Throws, or rejects, for what must never happen. */
  readonly feed: (input: Buffer, random: Random) => Promise<void> | void;
}

/** The number of cases. Rejects with the seed and the input of the first that fails or takes too long. */
export async function fuzz({ seconds, seed, corpus, tokens, feed }: FuzzOptions): Promise<number> {
  const random = randomOf(seed);
  const end = performance.now() + seconds * 1000;
  let cases = 0;
  for (; performance.now() < end; cases++) {
    const input = mutated(corpus, tokens, random);
    const named = `seed ${seed}, case ${cases}: ${input.toString('base64')}`;
    const begun = performance.now();
    try {
      await feed(input, random);
    } catch (error) {
      throw new Error(named, { cause: error });
    }
    assert.ok(performance.now() - begun < CASE_MS_MAX, `too slow: ${named}`);
  }
  return cases;
}

export const fuzzSeconds = (usual: number): number => Number(process.env.SEALGATE_FUZZ_SECONDS ?? usual);
export const fuzzSeed = (usual: number): number => Number(process.env.SEALGATE_FUZZ_SEED ?? usual);
