/** The rule book of the management: state, draft, publication, dry run (features.md P16). */

import { recipientFacts } from '#domain/mail/classify.ts';
import type { Zone } from '#domain/mail/envelope.ts';
import { wordsInBraces } from '#domain/mail/subject.ts';
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { compileRuleBook } from '#domain/policy/compile.ts';
import { directionOf, type MailFacts, type RecipientFacts } from '#domain/policy/facts.ts';
import { planRecipient, type RecipientPlan } from '#domain/policy/plan.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import { RULE_BOOK_STREAM, ruleBookDecider } from '#domain/policy/rule-book-record.ts';
import type { RecipientKeys } from '#node/protect/facts.ts';
import { AdminRefusal } from '#node/web/admin-request.ts';
import type { DryRunDecision, DryRunMail, PolicyPort } from '#node/web/policy-admin-port.ts';
import { type PortParts, perform } from './parts.ts';
import { addressOf } from './people-port.ts';

/** Keys of a recipient as the mail line would find them now, for a mail of that sender from there. */
export type KeysOfRecipient = (
  address: string,
  mail: { readonly sender: string | null; readonly zone: Zone },
) => Promise<RecipientKeys>;

export function policyPort(parts: PortParts, keysOf: KeysOfRecipient): PolicyPort {
  const { policy } = parts.models;
  const unchanged = (version: number): void => {
    if (version !== policy.version) {
      throw new AdminRefusal('conflict', 'The rule book was changed meanwhile. Look at it again.');
    }
  };
  return {
    async state() {
      const { published, draft, version } = policy;
      return {
        published: published && { ...published, position: published.position.toString() },
        draft,
        version,
      };
    },
    async saveDraft({ book, version }, by) {
      unchanged(version);
      const command = { type: 'SaveRuleBookDraft' as const, book, at: by.atMs };
      await perform(parts, ruleBookDecider, RULE_BOOK_STREAM, command, by);
    },
    async discardDraft({ version }, by) {
      unchanged(version);
      await perform(
        parts,
        ruleBookDecider,
        RULE_BOOK_STREAM,
        { type: 'DiscardRuleBookDraft', at: by.atMs },
        by,
      );
    },
    async publish({ version }, by) {
      unchanged(version);
      await perform(
        parts,
        ruleBookDecider,
        RULE_BOOK_STREAM,
        { type: 'PublishRuleBookDraft', at: by.atMs },
        by,
      );
    },
    async explain({ mail, book }) {
      const chosen = (book === 'draft' ? policy.draft : policy.published)?.book;
      if (!chosen)
        throw new AdminRefusal('unknown', book === 'draft' ? 'There is no draft.' : 'There is no rule book.');
      const sender = mail.sender === '' ? null : addressOf(mail.sender);
      const facts = factsOf(mail, sender, chosen, parts);
      return Promise.all(
        mail.recipients.map(async (text) => {
          const keys = await keysOf(addressOf(text), { sender, zone: mail.zone });
          return decisionOf(chosen, facts, recipientFacts(keys));
        }),
      );
    },
  };
}

function factsOf(mail: DryRunMail, sender: string | null, book: RuleBook, parts: PortParts): MailFacts {
  const { people } = parts.models;
  const given = new Set(wordsInBraces(mail.subject));
  const words = Object.entries(book.commands).filter(([, text]) => given.has(text.toLowerCase()));
  return {
    zone: mail.zone,
    listener: mail.listener,
    peerTls: false,
    sender,
    senderIsOurs: sender !== null && people.domainOf(sender) !== null,
    senderEnrolled: sender !== null && people.person(sender) !== null,
    subject: mail.subject,
    sizeBytes: mail.sizeBytes,
    attachments: mail.attachments,
    priority: 'normal',
    sensitivity: null,
    isEncrypted: mail.encrypted,
    isSigned: mail.signed,
    isCalendar: false,
    commands: new Set(mail.zone === 'inside' ? words.map(([word]) => word) : []),
    header: (name) =>
      mail.headers
        .filter((h) => h.name.toLowerCase() === name.toLowerCase())
        .map((h) => decodeEncodedWords(h.value)),
  };
}

function decisionOf(book: RuleBook, mail: MailFacts, recipient: RecipientFacts): DryRunDecision {
  const compiled = compileRuleBook(book);
  const plan = planRecipient(compiled, mail, recipient);
  const reasons: { rule: string; matched: boolean; why: string }[] = [];
  for (const { rule, matches } of compiled.rules) {
    const matched = matches(mail, recipient);
    reasons.push({
      rule: rule.name,
      matched,
      why: matched ? 'its condition holds' : 'its condition does not hold',
    });
    if (matched) break;
  }
  return {
    recipient: recipient.address,
    direction: directionOf(mail.zone, recipient.isOurs),
    rule: plan.rule,
    actions: plan.reasons.slice(2),
    reasons,
    result: resultOf(plan),
  };
}

function resultOf(plan: RecipientPlan): string {
  if (plan.end.kind === 'hold') return `held: ${plan.end.reason}`;
  if (plan.end.kind === 'back-to-sender') return `back to the sender: ${plan.end.failure}`;
  if (plan.end.kind === 'deleted') return 'deleted';
  const words = plan.copies.map(({ untouched, decrypt, protection }) => {
    if (untouched) return 'passed on as it is';
    if (protection.encrypt === 'pdf')
      return protection.sign ? 'encrypted PDF, its carrier signed' : 'encrypted PDF';
    if (protection.encrypt) return `encrypted by ${protection.encrypt}${protection.sign ? ', signed' : ''}`;
    if (protection.sign) return `signed by ${protection.sign}, not encrypted`;
    return decrypt ? 'opened and delivered' : 'in clear';
  });
  return words.join('; ');
}
