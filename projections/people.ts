/**
 * Our mail domains and the people in them who hold a seat.
 */
import { decodeEvent } from '#domain/decider.ts';
import {
  type MailDomain,
  type MailDomainEvent,
  type MailDomainSettings,
  mailDomainDecider,
} from '#domain/people/mail-domain.ts';
import { type Person, type PersonEvent, personDecider } from '#domain/people/person.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export type EnrolledPerson = Extract<Person, { status: 'enrolled' }> & { readonly sinceMs: number };
export interface OurDomain {
  readonly domain: string;
  readonly settings: MailDomainSettings;
  readonly sinceMs: number;
}

interface SavedPeople {
  readonly people: ReadonlyMap<string, { state: Person; sinceMs: number }>;
  readonly domains: ReadonlyMap<string, { state: MailDomain; sinceMs: number }>;
}

export class PeopleProjection implements Projection<SavedPeople> {
  readonly #people = new Map<string, { state: Person; sinceMs: number }>();
  readonly #domains = new Map<string, { state: MailDomain; sinceMs: number }>();

  apply(event: RecordedEvent): void {
    const domain = streamId(event, 'mail-domain');
    if (domain !== null) {
      const before = this.#domains.get(domain);
      const change = decodeEvent<MailDomainEvent>(mailDomainDecider, event);
      const state = mailDomainDecider.evolve(before?.state ?? mailDomainDecider.zero, change);
      this.#domains.set(domain, { state, sinceMs: before?.sinceMs ?? event.atMs });
      return;
    }
    const address = streamId(event, 'person');
    if (address === null) return;
    const key = address.toLowerCase();
    const before = this.#people.get(key);
    const change = decodeEvent<PersonEvent>(personDecider, event);
    const state = personDecider.evolve(before?.state ?? personDecider.zero, change);
    this.#people.set(key, { state, sinceMs: before?.sinceMs ?? event.atMs });
  }

  save(): SavedPeople {
    return { people: this.#people, domains: this.#domains };
  }

  restore(saved: SavedPeople): void {
    refill(this.#people, saved.people);
    refill(this.#domains, saved.domains);
  }

  domainOf(address: string): OurDomain | null {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    const row = this.#domains.get(domain);
    return row?.state.status === 'ours' ? { ...row.state, sinceMs: row.sinceMs } : null;
  }

  person(address: string): EnrolledPerson | null {
    const row = this.#people.get(address.toLowerCase());
    return row?.state.status === 'enrolled' ? { ...row.state, sinceMs: row.sinceMs } : null;
  }

  *people(): Iterable<EnrolledPerson> {
    for (const { state, sinceMs } of this.#people.values()) {
      if (state.status === 'enrolled') yield { ...state, sinceMs };
    }
  }

  *domains(): Iterable<OurDomain> {
    for (const { state, sinceMs } of this.#domains.values()) {
      if (state.status === 'ours') yield { domain: state.domain, settings: state.settings, sinceMs };
    }
  }
}
