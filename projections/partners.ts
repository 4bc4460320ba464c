/**
 * Partners by address: what they announced and what an operator chose for them.
 */
import { decodeEvent } from '#domain/decider.ts';
import { addressKey } from '#domain/mail/address.ts';
import { type Partner, type PartnerEvent, partnerDecider } from '#domain/partners/partner.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export class PartnersProjection implements Projection<ReadonlyMap<string, Partner>> {
  readonly #byKey = new Map<string, Partner>();

  apply(event: RecordedEvent): void {
    const key = streamId(event, 'partner');
    if (key === null) return;
    const change = decodeEvent<PartnerEvent>(partnerDecider, event);
    this.#byKey.set(key, partnerDecider.evolve(this.#byKey.get(key) ?? partnerDecider.zero, change));
  }

  save(): ReadonlyMap<string, Partner> {
    return this.#byKey;
  }

  restore(saved: ReadonlyMap<string, Partner>): void {
    refill(this.#byKey, saved);
  }

  /** The state of its stream, also when nothing was recorded yet. */
  ofAddress(address: string): Partner {
    return this.#byKey.get(addressKey(address)) ?? partnerDecider.zero;
  }

  all(): Iterable<Partner> {
    return this.#byKey.values();
  }
}
