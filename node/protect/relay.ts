/**
 * Stage `relay`: queues what leaves, returns what cannot be protected, holds what waits; durable when it resolves.
 */
import { createHash } from 'node:crypto';
import { buildDsn } from '#domain/mail/dsn.ts';
import type { EnvelopeRecipient } from '#domain/mail/envelope.ts';
import type { OutgoingNotice, ProtectedMail } from '#domain/mail/line.ts';
import { enhancedCode, FAILURES } from '#domain/mail/outcome.ts';
import { reportLanguages } from '#domain/mail/report-texts.ts';
import type { RecipientPlan } from '#domain/policy/plan.ts';
import { type QueueHeader, queueIdOf } from '#node/queue/queue-header.ts';
import type { QueueCopy } from '#node/queue/queue-writer.ts';
import { dropStaleHolds } from '#node/spool/hold-folder.ts';
import { type HoldReason, holdMail } from './hold-mail.ts';
import type { LinePorts } from './line-ports.ts';
import type { RecipientReport } from './report.ts';

export interface Relayed {
  readonly recipients: readonly RecipientReport[];
  /** Queue ids of what goes back to the sender. */
  readonly reports: readonly string[];
}

/** `again`: an earlier try of this mail may have held what is not held any more. */
export async function relayMail(mail: ProtectedMail, again: boolean, ports: LinePorts): Promise<Relayed> {
  const { header } = mail;
  const copies: QueueCopy[] = [];
  const byRecipient = new Map<string, RecipientReport['copies'][number][]>();
  for (const outgoing of mail.outgoing) {
    const addresses = outgoing.recipients.map((r) => r.address);
    const queueId = queueIdOf(header.spoolId, outgoing.index, addresses);
    const envelope = {
      ...header.envelope,
      recipients: outgoing.recipients,
      body: outgoing.sevenBit ? ('7BIT' as const) : header.envelope.body,
      // What was opened here must not be quoted in a bounce of a later server (RFC 3461 §4.3).
      dsn:
        mail.facts.zone === 'outside'
          ? { ...header.envelope.dsn, ret: 'HDRS' as const }
          : header.envelope.dsn,
    };
    copies.push({
      header: queueHeader(mail, queueId, envelope, outgoing.zone, 'mail'),
      pieces: outgoing.pieces,
    });
    for (const planned of outgoing.plannedFor) {
      const list = byRecipient.get(planned) ?? [];
      byRecipient.set(planned, list);
      list.push({ queueId, deliverTo: outgoing.copy.deliverTo, protection: protectionWord(outgoing.copy) });
    }
  }
  const report = returnReport(mail, ports);
  const notices = mail.notices.map((notice, i) => noticeCopy(mail, notice, i));
  if (report) notices.push(report);
  copies.push(...notices);
  // First what can be done twice without anyone noticing: a copy that is queued is soon gone, and would leave again.
  const { layout } = ports.settings;
  const kept = new Set<string>();
  for (const { recipients, ...why } of heldByReason(mail)) {
    kept.add((await holdMail(layout, header, mail.octets, recipients, why)).holdId);
  }
  if (again) {
    const all = header.envelope.recipients.map((r) => r.address);
    dropStaleHolds(layout, header.spoolId, all, kept);
  }
  // Of an adopted mail some copies have left already, from the gateway that is gone.
  await ports.queue.write(copies.filter(({ header: { queueId } }) => !ports.left.has(queueId)));
  return {
    recipients: mail.plans.map((plan) => recipientReport(plan, mail, byRecipient.get(plan.recipient) ?? [])),
    reports: notices.map(({ header: { queueId } }) => queueId),
  };
}

/** Those who wait for the same thing share one file: a large mail to many is not written once for each. */
function heldByReason(mail: ProtectedMail): (HoldReason & { recipients: EnvelopeRecipient[] })[] {
  const groups = new Map<string, HoldReason & { recipients: EnvelopeRecipient[] }>();
  for (const { recipient, ...why } of mail.held) {
    const key = JSON.stringify(why);
    const group = groups.get(key) ?? { ...why, recipients: [] as EnvelopeRecipient[] };
    groups.set(key, group);
    group.recipients.push(recipient);
  }
  return [...groups.values()];
}

function queueHeader(
  mail: ProtectedMail,
  queueId: string,
  envelope: QueueHeader['envelope'],
  zone: QueueHeader['zone'],
  kind: QueueHeader['kind'],
): QueueHeader {
  const { spoolId, session } = mail.header;
  return {
    v: 1,
    queueId,
    spoolId,
    envelope,
    createdAtMs: session.receivedAtMs,
    zone,
    kind,
    traceId: spoolId,
    ...(mail.senderLanguage && { language: mail.senderLanguage }),
  };
}

function protectionWord(copy: ProtectedMail['outgoing'][number]['copy']): string {
  const { sign, encrypt } = copy.protection;
  if (copy.untouched) return 'untouched';
  if (encrypt === 'pdf') return sign ? `pdf, carrier signed with ${sign}` : 'pdf';
  if (encrypt) return sign ? `${encrypt} signed and encrypted` : `${encrypt} encrypted`;
  return sign ? `${sign} signed` : 'clear';
}

/** Behind the copies in number, so that no name meets another. */
function noticeCopy(mail: ProtectedMail, notice: OutgoingNotice, index: number): QueueCopy {
  const { key, kind, sender, to, zone, pieces } = notice;
  const queueId = queueIdOf(mail.header.spoolId, mail.outgoing.length + 1 + index, [to, key]);
  const recipient: EnvelopeRecipient =
    kind === 'notice' ? { address: to, notify: ['NEVER'] } : { address: to };
  const envelope = {
    ...mail.header.envelope,
    sender,
    recipients: [recipient],
    requireTls: false,
    body: '7BIT' as const,
    dsn: {},
  };
  return { header: queueHeader(mail, queueId, envelope, zone, kind), pieces };
}

/** One report to the sender for all recipients that the mail could not go to (RFC 3464); quotes nothing but headers. */
function returnReport(mail: ProtectedMail, ports: LinePorts): QueueCopy | null {
  const { sender, smtpUtf8, dsn } = mail.header.envelope;
  const returned = mail.returned.filter((r) => !r.recipient.notify?.includes('NEVER'));
  if (returned.length === 0 || sender === null) return null;
  const id = createHash('sha256').update(`dsn|${mail.header.spoolId}`).digest('hex').slice(0, 32);
  const pieces = buildDsn({
    kind: 'failed',
    languages: reportLanguages(mail.senderLanguage),
    reportingMta: ports.settings.hostname,
    sender,
    envid: dsn.envid ?? null,
    arrivalMs: mail.header.session.receivedAtMs,
    nowMs: mail.header.session.receivedAtMs,
    messageId: `<${id}@${ports.settings.hostname}>`,
    boundary: `dsn-${id}`,
    original: mail.entity.header,
    recipients: returned.map((r) => ({
      address: r.recipient.address,
      orcpt: r.recipient.orcpt ?? null,
      status: enhancedCode(r.failure),
      text: r.text || FAILURES[r.failure].text,
    })),
  });
  // With its recipients: a second run may return the mail for more of them, and that report must not pass for this one.
  const about = returned.map((r) => r.recipient.address);
  const queueId = queueIdOf(mail.header.spoolId, mail.outgoing.length, [sender, 'dsn', ...about]);
  const to: EnvelopeRecipient = { address: sender, notify: ['NEVER'] };
  const envelope = {
    ...mail.header.envelope,
    sender: null,
    recipients: [to],
    smtpUtf8,
    requireTls: false,
    body: '7BIT' as const,
    dsn: {},
  };
  return { header: queueHeader(mail, queueId, envelope, mail.header.session.zone, 'dsn'), pieces };
}

/** What was not quite as it was asked for, once each. */
function notesFor({ outgoing }: ProtectedMail, recipient: string): Set<string> {
  const own = outgoing.filter(({ plannedFor }) => plannedFor.includes(recipient));
  return new Set(own.flatMap(({ note }) => (note === undefined ? [] : [note])));
}

function recipientReport(
  plan: RecipientPlan,
  mail: ProtectedMail,
  copies: RecipientReport['copies'],
): RecipientReport {
  const { recipient, rule } = plan;
  const reasons = [...plan.reasons, ...notesFor(mail, recipient)];
  const held = mail.held.find((h) => h.recipient.address === recipient);
  const returned = mail.returned.find((r) => r.recipient.address === recipient);
  if (held) return { recipient, rule, reasons, end: 'hold', why: held.reason, copies };
  if (returned) return { recipient, rule, reasons, end: 'back-to-sender', why: returned.failure, copies };
  const end = plan.end.kind === 'deleted' ? 'deleted' : 'delivered';
  return { recipient, rule, reasons, end, why: '', copies };
}
