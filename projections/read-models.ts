/**
 * All read models of one process, fed together, so that every answer is of one log position.
 */
import { AuthoritiesProjection } from './authorities.ts';
import { CertificatesProjection } from './certificates.ts';
import { GatewaysProjection } from './gateways.ts';
import { OperatorsProjection } from './operators.ts';
import { OwnKeysProjection } from './own-keys.ts';
import { PartnerKeysProjection } from './partner-keys.ts';
import { PartnersProjection } from './partners.ts';
import { PdfProjection } from './pdf.ts';
import { PeopleProjection } from './people.ts';
import { PolicyProjection } from './policy.ts';
import type { Projection, RecordedEvent } from './recorded-event.ts';

/** Of what `save` gives: raised with every change of a projection's rows or of a state of domain/ that they hold. */
export const READ_MODELS_FORMAT = 6;

interface SavedModels {
  readonly position: bigint;
  /** In the order of the projections below. */
  readonly parts: readonly unknown[];
}

export class ReadModels implements Projection<SavedModels> {
  readonly certificates = new CertificatesProjection();
  readonly ownKeys = new OwnKeysProjection();
  readonly partnerKeys = new PartnerKeysProjection();
  readonly people = new PeopleProjection();
  readonly authorities = new AuthoritiesProjection();
  readonly policy = new PolicyProjection();
  readonly operators = new OperatorsProjection();
  readonly partners = new PartnersProjection();
  readonly gateways = new GatewaysProjection();
  readonly pdf = new PdfProjection();
  /** The last position that was applied; 0 before the first event. */
  position = 0n;

  readonly #all: readonly Projection[] = [
    this.certificates,
    this.ownKeys,
    this.partnerKeys,
    this.people,
    this.authorities,
    this.policy,
    this.operators,
    this.partners,
    this.gateways,
    this.pdf,
  ];

  /** Throws when events do not come one after the other: a fold with a hole would serve a wrong policy. */
  apply(event: RecordedEvent): void {
    if (event.position !== this.position + 1n) {
      throw new Error(`event ${event.position} after ${this.position}`);
    }
    for (const projection of this.#all) projection.apply(event);
    this.position = event.position;
  }

  save(): SavedModels {
    return { position: this.position, parts: this.#all.map((projection) => projection.save()) };
  }

  restore({ position, parts }: SavedModels): void {
    for (const [index, projection] of this.#all.entries()) projection.restore(parts[index]);
    this.position = position;
  }
}
