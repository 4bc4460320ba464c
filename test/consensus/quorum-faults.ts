/** What can go wrong between a gateway and the fake quorum: decided here for each request and each piece of a watch. */
import type { WatchChange } from '#consensus/key-value-quorum.ts';
import type { Revision } from './fake-store.ts';

export type RequestKind = 'read' | 'write';

/**
 * `lost`: surely not done, and said so. `unclear-undone`, `unclear-done`: no answer. `unclear-late`: no answer, and done
 * `delayMs` after the caller has given up.
 */
export type Fate = 'ok' | 'lost' | 'unclear-undone' | 'unclear-done' | 'unclear-late';

export interface QuorumFaults {
  /** Milliseconds of the given clock until the request is at the store, and again until its answer is back. */
  latencyMs(): number;
  fate(kind: RequestKind): Fate;
  /** How much later a late request arrives. */
  lateMs(): number;
  /** Pieces that a watcher is given for one revision: usually that one; none, repeated or older ones when it errs. */
  deliver(revision: Revision, history: readonly Revision[]): readonly (readonly WatchChange[])[];
  /** True: the watch breaks before this revision is told. */
  breakWatch(): boolean;
}

export const NO_FAULTS: QuorumFaults = {
  latencyMs: () => 0,
  fate: () => 'ok',
  lateMs: () => 0,
  deliver: ({ changes }) => [changes],
  breakWatch: () => false,
};

export interface FaultRates {
  readonly latencyMsMax: number;
  readonly lost: number;
  readonly unclear: number;
  readonly watchLost: number;
  readonly watchRepeated: number;
  readonly watchOld: number;
  readonly watchShuffled: number;
  readonly watchBroken: number;
}

/** Faults by chance; `random` in [0, 1) makes them repeatable. */
export function chanceOfFaults(rates: FaultRates, random: () => number): QuorumFaults {
  const happens = (rate: number): boolean => random() < rate;
  const someOf = (history: readonly Revision[]): readonly WatchChange[] =>
    history[Math.floor(random() * history.length)]?.changes ?? [];
  return {
    latencyMs: () => random() * rates.latencyMsMax,
    lateMs: () => random() * 40 * rates.latencyMsMax,
    fate() {
      if (happens(rates.lost)) return 'lost';
      if (!happens(rates.unclear)) return 'ok';
      const kinds = ['unclear-undone', 'unclear-done', 'unclear-late'] as const;
      return kinds[Math.floor(random() * kinds.length)]!;
    },
    deliver({ changes }, history) {
      if (happens(rates.watchLost)) return [];
      const pieces: (readonly WatchChange[])[] = [];
      if (happens(rates.watchOld)) pieces.push(someOf(history));
      pieces.push(happens(rates.watchShuffled) ? [...changes].reverse() : changes);
      if (happens(rates.watchRepeated)) pieces.push(changes);
      if (happens(rates.watchOld)) pieces.push(someOf(history));
      return pieces;
    },
    breakWatch: () => happens(rates.watchBroken),
  };
}
