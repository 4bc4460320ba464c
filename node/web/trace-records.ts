/**
 * The records of the trace journals, as `receive`, `protect` and `send` write them, and their fold into one mail's story.
 * Pure. A line that is none of them (torn by a crash, of a newer version) gives null.
 */
import { z } from 'zod';
import type { Verdict } from '#domain/mail/verdict.ts';
import type { JournalName } from '#node/trace/journal.ts';
import { type DeliveryAttempt, type MailTrace, stateOf } from './trace-model.ts';

const ATTEMPTS_KEPT = 40; // Five days of hourly retries are 120; the page shows the last ones.

/** Of `receive`: a mail that got its 250 (receive/transaction.ts). What was refused is no mail of ours. */
const receivedSchema = z.looseObject({
  event: z.literal('received'),
  spoolId: z.string(),
  atMs: z.number(),
  sender: z.string().nullable(),
  recipients: z.array(z.string()),
  sizeBytes: z.number(),
  zone: z.enum(['inside', 'outside']),
  listener: z.string(),
  peer: z.string(),
  helo: z.string(),
  tls: z.string().nullable(),
});

/** Of `protect`: what the line decided (protect/report.ts). */
const decidedSchema = z.looseObject({
  spoolId: z.string(),
  atMs: z.number(),
  messageId: z.string(),
  sender: z.string().nullable(),
  sizeBytes: z.number(),
  position: z.string(),
  ruleBookPosition: z.string(),
  verdict: z.custom<Verdict>((value) => typeof value === 'object' && value !== null && 'layers' in value),
  recipients: z.array(
    z.object({
      recipient: z.string(),
      rule: z.string().nullable(),
      reasons: z.array(z.string()),
      end: z.enum(['delivered', 'deleted', 'hold', 'back-to-sender']),
      why: z.string(),
      copies: z.array(z.object({ queueId: z.string(), deliverTo: z.string(), protection: z.string() })),
    }),
  ),
  stages: z.array(z.object({ stage: z.string(), us: z.number() })),
});

/** Of `send`: one attempt, or what an operator did (send/send-trace.ts). */
const sentSchema = z.looseObject({
  traceId: z.string(),
  queueId: z.string(),
  atMs: z.number(),
  event: z.enum(['delivered', 'deferred', 'bounced', 'delayed', 'held', 'released', 'removed']),
  recipients: z.array(z.string()),
  nextHop: z.string(),
  reply: z.string(),
  tls: z.string().nullable(),
  /** Who wanted it, when it was no server: `operator/<id>`, `cli`, or `cluster`: another gateway has the mail now. */
  by: z.string().optional(),
});

type Received = z.infer<typeof receivedSchema>;
type Decided = z.infer<typeof decidedSchema>;
type Sent = z.infer<typeof sentSchema>;

/** What is known of one mail; parts arrive in any order. */
export interface MailParts {
  readonly received: Received | null;
  readonly decided: Decided | null;
  readonly sent: readonly Sent[];
}

/** The same, from another gateway. */
export const mailPartsSchema = z.object({
  received: receivedSchema.nullable(),
  decided: decidedSchema.nullable(),
  sent: z.array(sentSchema).readonly(),
});

export const NO_PARTS: MailParts = { received: null, decided: null, sent: [] };

export type TraceRecord =
  | { readonly of: 'receive'; readonly spoolId: string; readonly record: Received }
  | { readonly of: 'protect'; readonly spoolId: string; readonly record: Decided }
  | { readonly of: 'send'; readonly spoolId: string; readonly record: Sent };

export function readTraceLine(journal: JournalName, line: string): TraceRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  switch (journal) {
    case 'receive': {
      const { data } = receivedSchema.safeParse(value);
      return data ? { of: journal, spoolId: data.spoolId, record: data } : null;
    }
    case 'protect': {
      const { data } = decidedSchema.safeParse(value);
      return data ? { of: journal, spoolId: data.spoolId, record: data } : null;
    }
    case 'send': {
      const { data } = sentSchema.safeParse(value);
      return data ? { of: journal, spoolId: data.traceId, record: data } : null;
    }
  }
}

/** The same record twice changes nothing. */
export function withRecord(parts: MailParts, { of, record }: TraceRecord): MailParts {
  if (of === 'receive') return { ...parts, received: record };
  if (of === 'protect') {
    // A part that was held and released is decided again, for its own recipients only.
    const others = parts.decided?.recipients.filter(
      (earlier) => !record.recipients.some((r) => r.recipient === earlier.recipient),
    );
    return { ...parts, decided: { ...record, recipients: [...(others ?? []), ...record.recipients] } };
  }
  const known = parts.sent.some(
    (s) => s.atMs === record.atMs && s.queueId === record.queueId && s.event === record.event,
  );
  return known ? parts : { ...parts, sent: [...parts.sent, record].slice(-ATTEMPTS_KEPT) };
}

/** What two gateways know of one mail: the second one took it over from the first. The same twice changes nothing. */
export function mergedParts(a: MailParts, b: MailParts): MailParts {
  const [older, newer] = (a.decided?.atMs ?? 0) <= (b.decided?.atMs ?? 0) ? [a, b] : [b, a];
  const records: TraceRecord[] = [
    ...(newer.decided ? [{ of: 'protect' as const, spoolId: '', record: newer.decided }] : []),
    ...newer.sent.map((record) => ({ of: 'send' as const, spoolId: '', record })),
  ];
  const { received, decided, sent } = records.reduce(withRecord, older);
  return {
    received: received ?? newer.received,
    decided,
    sent: [...sent].sort((x, y) => x.atMs - y.atMs),
  };
}

const OUTCOMES: Partial<Record<Sent['event'], DeliveryAttempt['outcome']>> = {
  delivered: 'delivered',
  deferred: 'deferred',
  held: 'deferred',
  bounced: 'failed',
  removed: 'failed',
};

function attemptsOf(sent: readonly Sent[]): DeliveryAttempt[] {
  return sent.flatMap(({ event, atMs, nextHop, reply, tls, by }) => {
    const outcome = by === 'cluster' ? undefined : OUTCOMES[event];
    return outcome ? [{ atMs, host: nextHop, answer: reply, outcome, tls: tls ?? '' }] : [];
  });
}

/** What left because of the mail and is no copy of it. */
function reportsOf({ decided, sent }: MailParts): MailTrace['reports'] {
  const copies = new Set(decided?.recipients.flatMap((r) => r.copies.map((copy) => copy.queueId)));
  const reports = Object.groupBy(
    decided ? sent.filter((record) => !copies.has(record.queueId)) : [],
    (record) => record.queueId,
  );
  return Object.entries(reports).map(([queueId, records = []]) => ({
    queueId,
    recipients: [...new Set(records.flatMap((record) => record.recipients))],
    attempts: attemptsOf(records),
  }));
}

/** When the mail came, as far as is known yet. */
export function timeOf({ received, decided, sent }: MailParts): number {
  return received?.atMs ?? decided?.atMs ?? sent[0]?.atMs ?? 0;
}

export function addressesOf({ received, decided }: MailParts): string[] {
  const sender = received?.sender ?? decided?.sender ?? null;
  const recipients = received?.recipients ?? decided?.recipients.map((r) => r.recipient) ?? [];
  return [...(sender === null ? [] : [sender]), ...recipients].map((address) => address.toLowerCase());
}

export function traceOf(spoolId: string, parts: MailParts): MailTrace {
  const { received, decided } = parts;
  const decision = decided && {
    atMs: decided.atMs,
    position: decided.position,
    ruleBookPosition: decided.ruleBookPosition,
    verdict: decided.verdict,
    stages: decided.stages,
    recipients: decided.recipients.map((r) => ({
      ...r,
      copies: r.copies.map((copy) => ({
        ...copy,
        attempts: attemptsOf(
          parts.sent.filter((s) => s.queueId === copy.queueId && s.recipients.includes(copy.deliverTo)),
        ),
      })),
    })),
  };
  return {
    spoolId,
    atMs: timeOf(parts),
    sender: received?.sender ?? decided?.sender ?? null,
    recipients: received?.recipients ?? decided?.recipients.map((r) => r.recipient) ?? [],
    messageId: decided?.messageId ?? '',
    sizeBytes: received?.sizeBytes ?? decided?.sizeBytes ?? 0,
    session: received && {
      zone: received.zone,
      listener: received.listener,
      peerAddress: received.peer,
      helo: received.helo,
      tls: received.tls ?? '',
    },
    decision,
    reports: reportsOf(parts),
    state: stateOf(decision),
  };
}
