/**
 * What a gateway needs before its first mail: an authority with a CRL, a rule book; in the try-out a mail domain too.
 *
 * Idempotent: run at every start, by whichever process comes first; a crash half-way is finished at the next start.
 */

import { mailDomainDecider, mailDomainStream } from '#domain/people/mail-domain.ts';
import { DEFAULT_RULE_BOOK } from '#domain/policy/default-rule-book.ts';
import { RULE_BOOK_STREAM, ruleBookDecider } from '#domain/policy/rule-book-record.ts';
import type { CertificateAuthority } from '#node/ca/certificate-authority.ts';
import type { Settings } from '#node/config/settings.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';

const TRY_OUT_DOMAIN = 'example.org';

export async function ensureFoundations(
  ledger: LedgerPort,
  authority: CertificateAuthority,
  settings: Settings,
  atMs: number,
): Promise<void> {
  const meta = (step: string): CommandMeta => ({
    requestId: `first-start|${step}`, // The same on every gateway: whoever comes second records nothing.
    actor: 'system',
    reason: 'first start',
    atMs,
  });
  await authority.ensure(meta('authority'));
  const { length } = await ledger.readStream(RULE_BOOK_STREAM);
  if (length < 2) {
    const save = { type: 'SaveRuleBookDraft' as const, book: DEFAULT_RULE_BOOK, at: atMs };
    if (length === 0) await execute(ledger, ruleBookDecider, RULE_BOOK_STREAM, save, meta('draft'));
    const publish = { type: 'PublishRuleBookDraft' as const, at: atMs };
    await execute(ledger, ruleBookDecider, RULE_BOOK_STREAM, publish, meta('publish'));
  }
  if (!settings.tryOut) return;
  const stream = mailDomainStream(TRY_OUT_DOMAIN);
  if ((await ledger.readStream(stream)).length > 0) return;
  const domainSettings = {
    enrolAtFirstNeed: true,
    certificatesPerPerson: 'two' as const,
    language: 'en' as const,
  };
  const add = { type: 'AddMailDomain' as const, domain: TRY_OUT_DOMAIN, settings: domainSettings, at: atMs };
  await execute(ledger, mailDomainDecider, stream, add, meta('domain'));
}
