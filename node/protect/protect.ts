/**
 * Stage `protect`: one mail for each group of recipients with the same outcome, signed and encrypted as planned.
 *
 * A signature is made once for all groups that sign the same octets with the same key. What cannot be signed or
 * encrypted after all (a key withdrawn meanwhile) goes back or waits, never out.
 */
import type { EnvelopeRecipient } from '#domain/mail/envelope.ts';
import { groupCopies, type RecipientTraits } from '#domain/mail/groups.ts';
import type {
  HeldRecipient,
  OutgoingMail,
  PdfWait,
  PlannedMail,
  ProtectedMail,
  ReturnedRecipient,
} from '#domain/mail/line.ts';
import type { FailureName } from '#domain/mail/outcome.ts';
import { sendingClass } from '#node/crypto/cms/choose-algorithms.ts';
import type { FactsAnswer } from './facts.ts';
import type { LinePorts } from './line-ports.ts';
import { pdfNotices } from './pdf-notices.ts';
import { openPgpProtector } from './protect-openpgp.ts';
import { pdfProtection } from './protect-pdf.ts';
import { smimeProtector } from './protect-smime.ts';
import type { Protected } from './protector.ts';
import { stampVersion } from './stamp.ts';

const WAIT_TEXTS = {
  registration: 'the partner was asked to choose a password',
  quorum: 'the log takes no new password now',
  messenger: 'the messenger has not taken the password yet',
} as const;

export async function protectMail(
  mail: PlannedMail,
  facts: FactsAnswer,
  commands: ReadonlySet<string>,
  ports: LinePorts,
): Promise<ProtectedMail> {
  const keysOf = new Map(facts.recipients.map((r) => [r.address, r]));
  const signers = { smime: smimeProtector(mail, ports), openpgp: openPgpProtector(mail, ports) };
  const pdf = await pdfProtection(mail, facts, commands, ports, signers);
  const protectors = { ...signers, pdf: pdf.protect };
  const outgoing: OutgoingMail[] = [];
  const returned: ReturnedRecipient[] = [];
  const held: HeldRecipient[] = [];
  const traits: RecipientTraits = {
    abilities: (address) => sendingClass(keysOf.get(address)?.capabilities ?? null),
    language: (address) => keysOf.get(address)?.language ?? 'en',
  };
  for (const [recipient, { answer }] of pdf.passed) {
    if (answer.kind === 'waits') held.push(waiting(mail, recipient, answer.why));
  }
  const waits = new Set(held.map(({ recipient }) => recipient.address));
  const plans = mail.plans.map((plan) => (waits.has(plan.recipient) ? { ...plan, copies: [] } : plan));
  for (const group of groupCopies({ ...mail, plans }, traits)) {
    const recipients = group.encryptTo.map((address) => keysOf.get(address)).filter((k) => k !== undefined);
    const version = await stampVersion(
      group,
      mail,
      { commands, language: recipients[0]?.language ?? 'en' },
      ports,
    );
    const { sign, encrypt } = group.copy.protection;
    const method = encrypt ?? sign;
    const done: Protected = method
      ? await protectors[method](version, group, recipients)
      : { pieces: version.octets.chunks(), sevenBit: false };
    if ('pieces' in done) {
      outgoing.push({
        index: group.index,
        recipients: group.recipients,
        plannedFor: group.encryptTo,
        copy: group.copy,
        zone: recipients.every((r) => r.isOurs) ? 'inside' : 'outside',
        ...done,
      });
    } else {
      for (const address of group.encryptTo) giveBack(mail, address, done, returned, held);
    }
  }
  for (const plan of mail.plans) {
    const recipient = recipientOf(mail, plan.recipient);
    if (plan.end.kind === 'hold') {
      const { reason, waitsFor = [] } = plan.end;
      held.push({ recipient, reason, waitsFor });
    }
    if (plan.end.kind === 'back-to-sender') {
      returned.push({ recipient, failure: plan.end.failure, text: plan.end.text });
    }
  }
  const senderLanguage = facts.sender?.isOurs ? facts.sender.language : undefined;
  const done = { ...mail, outgoing, returned, held, senderLanguage };
  return { ...done, notices: pdfNotices(done, pdf.passed, ports) };
}

/** Named in the reason, so that it is held apart from the others and goes on alone. */
function waiting(mail: PlannedMail, recipient: string, why: PdfWait['why']): HeldRecipient {
  const plan = mail.plans.find((one) => one.recipient === recipient);
  return {
    recipient: recipientOf(mail, recipient),
    reason: `PDF for ${recipient} waits: ${WAIT_TEXTS[why]}`,
    waitsFor: [...new Set(plan?.copies.flatMap((copy) => copy.protection.preferred ?? []))],
    pdfWait: { why, sender: mail.header.envelope.sender ?? '', recipient },
  };
}

function giveBack(
  mail: PlannedMail,
  address: string,
  failed: { failure: FailureName; detail: string },
  returned: ReturnedRecipient[],
  held: HeldRecipient[],
): void {
  const recipient = recipientOf(mail, address);
  if (mail.header.envelope.sender === null) {
    held.push({ recipient, reason: `${failed.failure}: ${failed.detail}`, waitsFor: [] });
  } else {
    returned.push({ recipient, failure: failed.failure, text: '' });
  }
}

function recipientOf(mail: PlannedMail, address: string): EnvelopeRecipient {
  return mail.header.envelope.recipients.find((r) => r.address === address) ?? { address };
}
