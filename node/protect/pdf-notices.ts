/**
 * The mails that a PDF brings with it: the notice to the sender, and the invitation of a partner.
 *
 * The notice goes to the envelope sender, who is inside (the plan makes a PDF for nobody else's mail).
 */
import { createHash } from 'node:crypto';
import type { OutgoingNotice, ProtectedMail } from '#domain/mail/line.ts';
import { buildNotice } from '#domain/mail/notice.ts';
import { INVITATION_TEXTS } from '#domain/pdf/carrier-texts.ts';
import { type NoticePassword, type RecipientOutcome, senderNotice } from '#domain/pdf/sender-notice.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { LinePorts } from './line-ports.ts';
import type { PdfPassed } from './protect-pdf.ts';

type Unnoticed = Omit<ProtectedMail, 'notices'>;

export function pdfNotices(
  mail: Unnoticed,
  passed: ReadonlyMap<string, PdfPassed>,
  ports: LinePorts,
): OutgoingNotice[] {
  const { envelope, pdfWaited = false } = mail.header;
  const { sender } = envelope;
  if (sender === null || (passed.size === 0 && !pdfWaited)) return [];
  const notices: OutgoingNotice[] = [];
  for (const [recipient, { answer }] of passed) {
    if (answer.kind !== 'waits' || answer.invitationLink === null) continue;
    notices.push(invitation(mail, { sender, recipient, answer, link: answer.invitationLink }, ports));
  }
  const worthTelling = [...passed.values()].some(
    ({ answer }) => answer.kind === 'waits' || answer.isNew || answer.stated !== null,
  );
  const wentOn = pdfWaited && mail.outgoing.length > 0;
  if (worthTelling || wentOn) notices.push(noticeTo(sender, mail, passed, ports));
  return notices;
}

function noticeTo(
  sender: string,
  mail: Unnoticed,
  passed: ReadonlyMap<string, PdfPassed>,
  ports: LinePorts,
): OutgoingNotice {
  const answers = [...passed.values()].map(({ answer }) => answer);
  const language = answers[0]?.senderLanguage ?? mail.senderLanguage ?? 'en';
  // Not the notice that told that it waits: that one may still be on its way.
  const { envelope, pdfWaited } = mail.header;
  const whose = pdfWaited ? ` ${envelope.recipients.map(({ address }) => address).join(' ')}` : '';
  const key = `pdf-notice${whose}`;
  const { subject, text } = senderNotice({
    language,
    receivedAtMs: mail.header.session.receivedAtMs,
    recipients: mail.plans.map(({ recipient }) => ({
      address: recipient,
      outcome: outcomeOf(recipient, mail, passed),
    })),
    stated: answers.find(({ stated }) => stated !== null)?.stated ?? null,
  });
  const pieces = buildNotice({
    from: `MAILER-DAEMON@${ports.settings.hostname}`,
    to: sender,
    subject,
    text,
    nowMs: Date.now(),
    messageId: messageIdOf(mail, key, sender, ports),
    kind: 'auto-replied',
    original: mail.entity.header,
  });
  return { key, kind: 'notice', sender: null, to: sender, zone: 'inside', pieces };
}

/** What one recipient got, of all passes the last: archive copies come before. */
function outcomeOf(
  recipient: string,
  mail: Unnoticed,
  passed: ReadonlyMap<string, PdfPassed>,
): RecipientOutcome {
  const pdf = passed.get(recipient);
  if (pdf?.answer.kind === 'waits') {
    const { why, untilMs } = pdf.answer;
    return why === 'registration' ? { kind: 'registration', until: untilMs } : { kind: 'waiting' };
  }
  if (mail.held.some((h) => h.recipient.address === recipient)) return { kind: 'held' };
  if (mail.returned.some((r) => r.recipient.address === recipient)) return { kind: 'returned' };
  const last = mail.outgoing.filter((o) => o.plannedFor.includes(recipient)).at(-1);
  if (!last) return { kind: 'deleted' };
  const { encrypt } = last.copy.protection;
  if (encrypt === 'pdf' && pdf) return { kind: 'pdf', password: passwordOf(pdf) };
  return { kind: encrypt === 'smime' || encrypt === 'openpgp' ? encrypt : 'clear' };
}

function passwordOf({ answer, password }: PdfPassed): NoticePassword {
  if (answer.kind !== 'ready' || answer.origin === 'chosen') return { kind: 'chosen' };
  if (password === null || !answer.isNew) return { kind: 'known' };
  if (answer.origin === 'stated') return { kind: 'stated' };
  return answer.delivery === 'messenger' ? { kind: 'messenger' } : { kind: 'told', text: password };
}

interface Inviting {
  readonly sender: string;
  readonly recipient: string;
  readonly answer: { readonly partnerLanguage: Language; readonly untilMs: number };
  readonly link: string;
}

function invitation(mail: Unnoticed, inviting: Inviting, ports: LinePorts): OutgoingNotice {
  const { sender, recipient, answer, link } = inviting;
  const key = `pdf-invitation ${recipient}`;
  const pieces = invitationMail({
    sender,
    recipient,
    language: answer.partnerLanguage,
    link,
    untilMs: answer.untilMs,
    reminder: false,
    nowMs: Date.now(),
    messageId: messageIdOf(mail, key, recipient, ports),
  });
  return { key, kind: 'mail', sender, to: recipient, zone: 'outside', pieces };
}

/** From the sender, since a partner knows nobody else here; a bounce of it goes there, too. */
export function invitationMail(facts: {
  readonly sender: string;
  readonly recipient: string;
  readonly language: Language;
  readonly link: string;
  readonly untilMs: number;
  readonly reminder: boolean;
  readonly nowMs: number;
  readonly messageId: string;
}): Uint8Array[] {
  const texts = INVITATION_TEXTS[facts.language];
  const until = new Date(facts.untilMs).toISOString().slice(0, 10);
  return buildNotice({
    from: facts.sender,
    to: facts.recipient,
    subject: (facts.reminder ? texts.reminder : texts.subject)(facts.sender),
    text: texts.text(facts.sender, facts.link, until),
    nowMs: facts.nowMs,
    messageId: facts.messageId,
    kind: 'auto-generated',
  });
}

/** The same on a second run. */
function messageIdOf(mail: Unnoticed, key: string, to: string, ports: LinePorts): string {
  const digest = createHash('sha256').update(`${mail.header.spoolId}|${key}|${to}`).digest('hex');
  return `<${digest.slice(0, 32)}@${ports.settings.hostname}>`;
}
