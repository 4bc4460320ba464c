/**
 * One round of a mail: its waiting recipients, tried once at each of their destinations. Pure but for its own fields.
 */
import type { EnvelopeRecipient } from '#domain/mail/envelope.ts';
import type { QueueHeader } from '#node/queue/queue-header.ts';
import type { QueuedState, RecipientState } from '#node/queue/queue-state.ts';
import type { Answer } from './answer.ts';

/** What an operator asked for while the mail was under way. */
export type Wish = 'hold' | 'delete';

export interface Round {
  readonly queueId: string;
  readonly header: QueueHeader;
  readonly expiresAtMs: number;
  /** In the order of the envelope. */
  readonly recipients: RecipientState[];
  /** With this round; one in which the destination was left alone counts, so that waits grow. */
  readonly attempts: number;
  readonly delayTold: boolean;
  openJobs: number;
  /** The destination that could not be reached, and until when it is left alone. */
  unreachable: { readonly key: string; readonly untilMs: number } | null;
  /** Why it waits. */
  lastAnswer: string;
  nextHop: string;
  unreadable: boolean;
  wish: Wish | null;
}

export function newRound(header: QueueHeader, known: QueuedState | null, lifetimeMs: number): Round {
  return {
    queueId: header.queueId,
    header,
    expiresAtMs: known?.expiresAtMs ?? header.expiresAtMs ?? header.createdAtMs + lifetimeMs,
    recipients: header.envelope.recipients.map(
      (recipient, index) =>
        known?.recipients[index] ?? { address: recipient.address, state: 'waiting', answer: '' },
    ),
    attempts: (known?.attempts ?? 0) + 1,
    delayTold: known?.delayTold ?? false,
    openJobs: 0,
    unreachable: null,
    lastAnswer: known?.lastAnswer ?? '',
    nextHop: '',
    unreadable: false,
    wish: null,
  };
}

/** Indices of the recipients that are neither delivered nor failed. */
export function waitingOf(round: Round): number[] {
  return round.recipients.flatMap((recipient, index) => (recipient.state === 'waiting' ? [index] : []));
}

export function recipientAt(round: Round, index: number): EnvelopeRecipient {
  return round.header.envelope.recipients[index] as EnvelopeRecipient;
}

const STATES = { accepted: 'delivered', refused: 'failed', later: 'waiting' } as const;

export function noteAnswer(round: Round, index: number, answer: Answer): void {
  const address = recipientAt(round, index).address;
  round.recipients[index] = { address, state: STATES[answer.outcome], answer: answer.text };
  if (answer.outcome === 'later') round.lastAnswer = answer.text;
}

/** The record for the journal. */
export function stateAfter(
  round: Round,
  change: { readonly nextAtMs: number; readonly held: boolean; readonly delayTold: boolean },
): QueuedState {
  const { header } = round;
  return {
    queueId: round.queueId,
    spoolId: header.spoolId,
    traceId: header.traceId,
    kind: header.kind,
    sender: header.envelope.sender,
    queuedAtMs: header.createdAtMs,
    expiresAtMs: round.expiresAtMs,
    attempts: round.attempts,
    nextAtMs: change.nextAtMs,
    held: change.held,
    delayTold: change.delayTold,
    unreachable: round.unreachable?.key ?? null,
    recipients: round.recipients,
    lastAnswer: round.lastAnswer,
  };
}

/** The record of a mail whose header cannot be read: it is held, so that an operator sees it. */
export function unknownState(queueId: string, nowMs: number, lifetimeMs: number): QueuedState {
  return {
    queueId,
    spoolId: '',
    traceId: '',
    kind: 'mail',
    sender: null,
    queuedAtMs: nowMs,
    expiresAtMs: nowMs + lifetimeMs,
    attempts: 0,
    nextAtMs: nowMs,
    held: true,
    delayTold: false,
    unreachable: null,
    recipients: [],
    lastAnswer: '',
  };
}
