/** People and mail domains of the management, from the read models; changes by their deciders. */
import { canonicalDomain, parseMailbox } from '#domain/mail/address.ts';
import { mailDomainDecider, mailDomainStream } from '#domain/people/mail-domain.ts';
import { personDecider, personStream } from '#domain/people/person.ts';
import { AdminRefusal } from '#node/web/admin-request.ts';
import type { PeoplePort } from '#node/web/people-admin-port.ts';
import { matches, type PortParts, page, perform } from './parts.ts';

export function addressOf(text: string): string {
  const parsed = parseMailbox(text);
  if (!parsed.ok) throw new AdminRefusal('malformed', `${text} is not a mail address (${parsed.reason}).`);
  return parsed.address.text;
}

function domainOf(text: string): string {
  const domain = canonicalDomain(text);
  if (domain === null) throw new AdminRefusal('malformed', `${text} is not a domain name.`);
  return domain;
}

export function peoplePort(parts: PortParts): PeoplePort {
  const { models } = parts;
  return {
    async list(request) {
      const rows = [...models.people.people()]
        .filter((person) => matches(request.search, person.address, person.name))
        .sort((a, b) => (a.address < b.address ? -1 : 1))
        .map((person) => ({
          address: person.address,
          name: person.name,
          enrolled: true,
          smime: person.smime ? 1 : 0,
          openpgp: person.openPgp ? 1 : 0,
          sinceMs: person.sinceMs,
        }));
      return page(rows, request);
    },
    async enroll({ address, name }, by) {
      const canonical = addressOf(address);
      const domain = models.people.domainOf(canonical);
      if (!domain) throw new AdminRefusal('not-allowed', 'This address is in none of our mail domains.');
      const { language } = domain.settings;
      const command = { type: 'EnrolPerson' as const, address: canonical, name, language, at: by.atMs };
      await perform(parts, personDecider, personStream(canonical), command, by);
    },
    async withdraw({ address }, by) {
      const canonical = addressOf(address);
      await perform(parts, personDecider, personStream(canonical), { type: 'RemovePerson', at: by.atMs }, by);
    },
    async domains() {
      const people = [...models.people.people()];
      return [...models.people.domains()].map(({ domain, settings, sinceMs }) => ({
        domain,
        language: settings.language,
        sinceMs,
        people: people.filter((p) => p.address.toLowerCase().endsWith(`@${domain}`)).length,
      }));
    },
    async addDomain({ domain }, by) {
      const canonical = domainOf(domain);
      const settings = {
        enrolAtFirstNeed: true,
        certificatesPerPerson: 'two' as const,
        language: 'en' as const,
      };
      const command = { type: 'AddMailDomain' as const, domain: canonical, settings, at: by.atMs };
      await perform(parts, mailDomainDecider, mailDomainStream(canonical), command, by);
    },
    async setDomainLanguage({ domain, language }, by) {
      const canonical = domainOf(domain);
      const known = [...models.people.domains()].find((row) => row.domain === canonical);
      if (!known) throw new AdminRefusal('unknown', 'This mail domain is not ours.');
      const settings = { ...known.settings, language };
      const command = { type: 'ChangeMailDomain' as const, settings, at: by.atMs };
      await perform(parts, mailDomainDecider, mailDomainStream(canonical), command, by);
    },
    async removeDomain({ domain }, by) {
      const canonical = domainOf(domain);
      await perform(
        parts,
        mailDomainDecider,
        mailDomainStream(canonical),
        { type: 'RemoveMailDomain', at: by.atMs },
        by,
      );
    },
  };
}
