/** People and mail domains for the management. */
import type { Actor, Page, PageRequest } from './admin-request.ts';

export interface PersonRow {
  readonly address: string;
  readonly name: string;
  readonly enrolled: boolean;
  /** Ids of usable own keys. */
  readonly smime: number;
  readonly openpgp: number;
  readonly sinceMs: number;
}

export type MailLanguage = 'en' | 'de' | 'nl' | 'fr';

export interface MailDomainRow {
  readonly domain: string;
  /** Of the status and the reports that its people get. */
  readonly language: MailLanguage;
  readonly people: number;
  readonly sinceMs: number;
}

export interface PeoplePort {
  list(request: PageRequest): Promise<Page<PersonRow>>;
  enroll(request: { address: string; name: string }, by: Actor): Promise<void>;
  /** Takes the seat; keys stay for reading old mail. */
  withdraw(request: { address: string }, by: Actor): Promise<void>;
  domains(): Promise<readonly MailDomainRow[]>;
  addDomain(request: { domain: string }, by: Actor): Promise<void>;
  setDomainLanguage(request: { domain: string; language: MailLanguage }, by: Actor): Promise<void>;
  removeDomain(request: { domain: string }, by: Actor): Promise<void>;
}

// ── Policy ──────────────────────────────────────────────────────────────────────────────────────────────────────────
