/**
 * A mail domain of ours: added, its settings changed, removed. Only people of these domains are ever enrolled.
 *
 * Stream `mail-domain/<domain>`; the domain is in its canonical form, lower-case A-labels.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';

export const mailDomainStream = (domain: string): string => `mail-domain/${domain}`;

export type Language = 'en' | 'de' | 'nl' | 'fr';

export interface MailDomainSettings {
  /** People of the domain are enrolled at their first need, without an operator. */
  readonly enrolAtFirstNeed: boolean;
  /** features.md S4: two = signature and encryption apart. */
  readonly certificatesPerPerson: 'one' | 'two';
  /** Of notices, until a person has another. */
  readonly language: Language;
}

export type MailDomainCommand =
  | {
      readonly type: 'AddMailDomain';
      readonly domain: string;
      readonly settings: MailDomainSettings;
      readonly at: Instant;
    }
  | { readonly type: 'ChangeMailDomain'; readonly settings: MailDomainSettings; readonly at: Instant }
  | { readonly type: 'RemoveMailDomain'; readonly at: Instant };

export type MailDomainEvent =
  | {
      readonly type: 'MailDomainAdded';
      readonly domain: string;
      readonly settings: MailDomainSettings;
      readonly at: Instant;
    }
  | { readonly type: 'MailDomainChanged'; readonly settings: MailDomainSettings; readonly at: Instant }
  | { readonly type: 'MailDomainRemoved'; readonly at: Instant };

export type MailDomainRefusal = 'already-ours' | 'not-ours' | 'not-a-domain';

export type MailDomain =
  | { readonly status: 'absent' | 'removed' }
  | { readonly status: 'ours'; readonly domain: string; readonly settings: MailDomainSettings };

export const mailDomainDecider: Decider<MailDomainCommand, MailDomainEvent, MailDomain, MailDomainRefusal> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: { MailDomainAdded: 1, MailDomainChanged: 1, MailDomainRemoved: 1 },
};

/** RFC 5321 §2.3.5, RFC 1035 §2.3.4: labels of 1–63 letters, digits, hyphens; 253 octets in all; lower case. */
const CANONICAL_DOMAIN =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

function decide(command: MailDomainCommand, state: MailDomain): Decision<MailDomainEvent, MailDomainRefusal> {
  if (command.type === 'AddMailDomain') {
    if (state.status === 'ours') return refuse('already-ours');
    if (!CANONICAL_DOMAIN.test(command.domain)) return refuse('not-a-domain');
    const settings = settingsOf(command.settings);
    return accept({ type: 'MailDomainAdded', domain: command.domain, settings, at: command.at });
  }
  if (state.status !== 'ours') return refuse('not-ours');
  switch (command.type) {
    case 'ChangeMailDomain': {
      const settings = settingsOf(command.settings);
      if (sameSettings(settings, state.settings)) return accept();
      return accept({ type: 'MailDomainChanged', settings, at: command.at });
    }
    case 'RemoveMailDomain':
      return accept({ type: 'MailDomainRemoved', at: command.at });
  }
}

function evolve(state: MailDomain, event: MailDomainEvent): MailDomain {
  switch (event.type) {
    case 'MailDomainAdded':
      return { status: 'ours', domain: event.domain, settings: event.settings };
    case 'MailDomainChanged':
      return state.status === 'ours' ? { ...state, settings: event.settings } : state;
    case 'MailDomainRemoved':
      return { status: 'removed' };
  }
}

function settingsOf(source: MailDomainSettings): MailDomainSettings {
  const { enrolAtFirstNeed, certificatesPerPerson, language } = source;
  return { enrolAtFirstNeed, certificatesPerPerson, language };
}

function sameSettings(a: MailDomainSettings, b: MailDomainSettings): boolean {
  return (
    a.enrolAtFirstNeed === b.enrolAtFirstNeed &&
    a.certificatesPerPerson === b.certificatesPerPerson &&
    a.language === b.language
  );
}
