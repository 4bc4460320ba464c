/**
 * The gateway at a past moment, and what changed between two: folded from the log alone (features.md X2).
 *
 * Errors: `MomentError` when the log does not reach that far; EventFormatError when a newer program wrote the log.
 */
import type { LedgerPort } from '#node/ledger/port.ts';
import { type GatewayState, gatewayState } from '#projections/gateway-state.ts';
import { ReadModels } from '#projections/read-models.ts';
import { type RowDifference, stateDifference } from '#projections/state-difference.ts';
import { type AuditLimit, readUntil } from './read-until.ts';

/** A position of the log, or a moment of the commands' clocks; null = now. */
export type Moment = Exclude<AuditLimit, 'from'> | null;

export class MomentError extends Error {
  readonly code = 'no-such-moment';
}

export interface PastState extends GatewayState {
  /** Of the last event that counts; null before the first. */
  readonly atMs: number | null;
}

/** An event without its payload. */
export interface ChangeRow {
  readonly position: string;
  readonly atMs: number;
  readonly kind: string;
  readonly actor: string;
  readonly reason: string;
}

export interface Changes {
  readonly from: PastState;
  readonly to: PastState;
  readonly differences: readonly RowDifference[];
  /** The events after `from` up to `to`, grouped by stream, in the order in which the streams were first touched. */
  readonly streams: readonly { readonly stream: string; readonly events: readonly ChangeRow[] }[];
}

type Log = Pick<LedgerPort, 'read' | 'head'>;

export async function stateAt(ledger: Log, moment: Moment): Promise<PastState> {
  const fold = new Fold();
  await fold.goOn(ledger, moment);
  return fold.state();
}

/** `to` is not before `from`. */
export async function changesBetween(ledger: Log, from: Moment, to: Moment): Promise<Changes> {
  const fold = new Fold();
  await fold.goOn(ledger, from);
  const before = fold.state();
  const streams = new Map<string, ChangeRow[]>();
  await fold.goOn(ledger, to, (stream, row) => {
    const rows = streams.get(stream);
    if (rows) rows.push(row);
    else streams.set(stream, [row]);
  });
  const after = fold.state();
  return {
    from: before,
    to: after,
    differences: stateDifference(before, after),
    streams: [...streams].map(([stream, events]) => ({ stream, events })),
  };
}

class Fold {
  readonly #models = new ReadModels();
  #atMs: number | null = null;

  async goOn(ledger: Log, moment: Moment, on?: (stream: string, row: ChangeRow) => void): Promise<void> {
    const head = (await ledger.head()).position;
    const limit = moment ?? { position: head };
    if ('position' in limit && limit.position > head)
      throw new MomentError(`the log ends at position ${head}`);
    if ('position' in limit && limit.position < this.#models.position)
      throw new MomentError(`position ${limit.position} is before ${this.#models.position}`);
    for await (const event of readUntil(ledger, { ...limit, from: this.#models.position + 1n })) {
      this.#models.apply(event);
      this.#atMs = event.atMs;
      const { position, atMs, kind, actor, reason } = event;
      on?.(event.stream, { position: String(position), atMs, kind, actor, reason });
    }
  }

  state(): PastState {
    return { ...gatewayState(this.#models), atMs: this.#atMs };
  }
}
