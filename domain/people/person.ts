/**
 * Life of one person of ours: enrolled (holds a seat), equipped with keys and certificates, changed, removed.
 *
 * Stream `person/<address>`, the canonical address in lower case. All that gives a person keys is appended with an expectation on
 * this stream, so two gateways never equip the same person at the same time.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import { addressKey } from '../mail/address.ts';
import type { Language } from './mail-domain.ts';

/** One stream for all spellings that reach the same person. */
export const personStream = (address: string): string => `person/${addressKey(address)}`;

/** A key of ours with the certificate for it. */
export interface CertifiedKey {
  readonly keyId: string;
  /** Hex SHA-256 of the certificate. */
  readonly certificate: string;
}

export interface SmimeEquipment {
  readonly signature: CertifiedKey;
  /** The same as `signature` where one certificate serves both. */
  readonly encryption: CertifiedKey;
  /** End of the first of them. */
  readonly notAfter: Instant;
}

interface OpenPgpEquipment {
  readonly keyId: string;
  /** Hex, lower case. */
  readonly fingerprint: string;
  /** Null = never. */
  readonly notAfter: Instant | null;
}

export type PersonCommand =
  | {
      readonly type: 'EnrolPerson';
      readonly address: string;
      readonly name: string;
      readonly language: Language;
      /** By a mail, not by an operator: whoever was removed is not enrolled again that way. */
      readonly atFirstNeed?: boolean;
      readonly at: Instant;
    }
  | {
      readonly type: 'ChangePerson';
      readonly name: string;
      readonly language: Language;
      readonly at: Instant;
    }
  | { readonly type: 'EquipWithSmime'; readonly smime: SmimeEquipment; readonly at: Instant }
  | { readonly type: 'EquipWithOpenPgp'; readonly openPgp: OpenPgpEquipment; readonly at: Instant }
  | { readonly type: 'RemovePerson'; readonly at: Instant };

export type PersonEvent =
  | {
      readonly type: 'PersonEnrolled';
      readonly address: string;
      readonly name: string;
      readonly language: Language;
      readonly at: Instant;
    }
  | {
      readonly type: 'PersonChanged';
      readonly name: string;
      readonly language: Language;
      readonly at: Instant;
    }
  | { readonly type: 'PersonEquippedWithSmime'; readonly smime: SmimeEquipment; readonly at: Instant }
  | { readonly type: 'PersonEquippedWithOpenPgp'; readonly openPgp: OpenPgpEquipment; readonly at: Instant }
  | { readonly type: 'PersonRemoved'; readonly at: Instant };

export type PersonRefusal = 'not-enrolled' | 'withdrawn' | 'malformed-address' | 'malformed-name';

export type Person =
  | { readonly status: 'absent' | 'removed' }
  | {
      readonly status: 'enrolled';
      readonly address: string;
      readonly name: string;
      readonly language: Language;
      readonly smime: SmimeEquipment | null;
      readonly openPgp: OpenPgpEquipment | null;
    };

export const personDecider: Decider<PersonCommand, PersonEvent, Person, PersonRefusal> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: {
    PersonEnrolled: 1,
    PersonChanged: 1,
    PersonEquippedWithSmime: 1,
    PersonEquippedWithOpenPgp: 1,
    PersonRemoved: 1,
  },
};

const NAME_CHARACTERS_MAX = 64; // ub-common-name of RFC 5280 appendix A.1: the name goes into certificates.

function decide(command: PersonCommand, person: Person): Decision<PersonEvent, PersonRefusal> {
  if (command.type === 'EnrolPerson') {
    const { address, name, language, at } = command;
    if (person.status === 'enrolled') return accept();
    if (person.status === 'removed' && command.atFirstNeed) return refuse('withdrawn');
    // The strict address parser has been at work before; this only keeps what was never parsed out of the log.
    if (!/^[^\s@]+@[^\s@]+$/.test(address)) return refuse('malformed-address');
    if (!isDisplayName(name)) return refuse('malformed-name');
    return accept({ type: 'PersonEnrolled', address, name, language, at });
  }
  if (person.status !== 'enrolled') {
    return command.type === 'RemovePerson' && person.status === 'removed' ? accept() : refuse('not-enrolled');
  }
  switch (command.type) {
    case 'ChangePerson': {
      const { name, language, at } = command;
      if (!isDisplayName(name)) return refuse('malformed-name');
      if (name === person.name && language === person.language) return accept();
      return accept({ type: 'PersonChanged', name, language, at });
    }
    case 'EquipWithSmime':
      return accept({ type: 'PersonEquippedWithSmime', smime: command.smime, at: command.at });
    case 'EquipWithOpenPgp':
      return accept({ type: 'PersonEquippedWithOpenPgp', openPgp: command.openPgp, at: command.at });
    case 'RemovePerson':
      return accept({ type: 'PersonRemoved', at: command.at });
  }
}

/** No control characters (threat 31) and not too long; empty = no name. */
function isDisplayName(name: string): boolean {
  return !/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(name) && [...name].length <= NAME_CHARACTERS_MAX;
}

function evolve(person: Person, event: PersonEvent): Person {
  if (event.type === 'PersonEnrolled') {
    const { address, name, language } = event;
    return { status: 'enrolled', address, name, language, smime: null, openPgp: null };
  }
  if (person.status !== 'enrolled') return person;
  switch (event.type) {
    case 'PersonChanged':
      return { ...person, name: event.name, language: event.language };
    case 'PersonEquippedWithSmime':
      return { ...person, smime: event.smime };
    case 'PersonEquippedWithOpenPgp':
      return { ...person, openPgp: event.openPgp };
    case 'PersonRemoved':
      return { status: 'removed' };
  }
}
