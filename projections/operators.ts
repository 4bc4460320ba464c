/**
 * Operators with their roles and password hashes; only the sign-in reads the latter.
 */
import { decodeEvent } from '#domain/decider.ts';
import { type Operator, type OperatorEvent, operatorDecider } from '#domain/operators/operator.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export type KnownOperator = Exclude<Operator, { status: 'absent' }> & { readonly createdAtMs: number };

export class OperatorsProjection implements Projection<ReadonlyMap<string, KnownOperator>> {
  readonly #all = new Map<string, KnownOperator>();

  apply(event: RecordedEvent): void {
    const id = streamId(event, 'operator');
    if (id === null) return;
    const before = this.#all.get(id);
    const change = decodeEvent<OperatorEvent>(operatorDecider, event);
    const after = operatorDecider.evolve(before ?? operatorDecider.zero, change);
    if (after.status !== 'absent')
      this.#all.set(id, { ...after, createdAtMs: before?.createdAtMs ?? event.atMs });
  }

  save(): ReadonlyMap<string, KnownOperator> {
    return this.#all;
  }

  restore(saved: ReadonlyMap<string, KnownOperator>): void {
    refill(this.#all, saved);
  }

  get(id: string): KnownOperator | null {
    return this.#all.get(id) ?? null;
  }

  all(): Iterable<KnownOperator> {
    return this.#all.values();
  }
}
