/**
 * What follows from the answers of next hops: marks, reports, the next attempt, the end of a mail.
 *
 * The order is the promise: a report is durable in the queue before its recipient is marked as failed; a mark is durable
 * before the file is removed. So a crash repeats a step or a delivery whose mark was not yet written, and loses nothing.
 */
import type { Log } from '#node/log.ts';
import { QueueWriteError } from '#node/queue/queue-writer.ts';
import type { NewsClient } from '#node/shadow/news-client.ts';
import type { SpareKeeper } from '#node/spool/spare-files.ts';
import { spoolIdIn } from '#node/spool/spool-id.ts';
import { type Answer, answerOfReply, ownAnswer } from './answer.ts';
import type { Link } from './link.ts';
import type { ReportKind, Reports } from './reports.ts';
import { afterDeferral, type RetrySettings } from './retry-schedule.ts';
import { noteAnswer, type Round, recipientAt, stateAfter, waitingOf } from './round.ts';
import type { SendTrace, SendTraceRecord } from './send-trace.ts';
import type { StateJournal } from './state-journal.ts';

export interface SettlementPorts {
  readonly journal: StateJournal;
  readonly reports: Reports;
  readonly trace: SendTrace;
  readonly retry: RetrySettings;
  readonly now: () => number;
  readonly pathOf: (queueId: string) => string;
  readonly spares: SpareKeeper;
  /** For the copy on another gateway. */
  readonly news: Pick<NewsClient, 'tell'>;
  readonly log: Log;
}

export interface Settlement {
  /** The answers of one destination for the recipients at `indices`. `link` is null when none was reached. */
  answered(
    round: Round,
    indices: readonly number[],
    answers: readonly Answer[],
    link: Link | null,
  ): Promise<void>;
  /** All destinations have answered: the mail is done, or waits. */
  ended(round: Round): Promise<void>;
  /** The mail leaves the queue without having been delivered. */
  removed(queueId: string): Promise<void>;
  /** Removes the file of a mail that has left already. */
  dropFile(queueId: string): void;
}

export function settlement(ports: SettlementPorts): Settlement {
  const { journal, reports, now } = ports;

  function trace(
    round: Round,
    event: SendTraceRecord['event'],
    recipients: readonly string[],
    reply: string,
    link: Link | null,
  ): void {
    if (recipients.length === 0) return;
    ports.trace({
      atMs: now(),
      event,
      spoolId: round.header.spoolId,
      queueId: round.queueId,
      traceId: round.header.traceId,
      recipients,
      nextHop: link?.nextHop ?? round.nextHop,
      reply,
      tls: link?.tls ?? null,
      attempts: round.attempts,
    });
  }

  /** False: the queue could not take the report now, so its recipients must not be marked yet. */
  async function told(
    round: Round,
    kind: ReportKind,
    indices: readonly number[],
    answers: readonly Answer[],
    serial: string,
  ): Promise<boolean> {
    const recipients = indices.map((index, n) => ({
      recipient: recipientAt(round, index),
      answer: answers[n] as Answer,
      nextHop: round.nextHop,
    }));
    const retryUntilMs = kind === 'delayed' ? round.expiresAtMs : null;
    try {
      const report = { kind, about: round.header, recipients, nowMs: now(), retryUntilMs };
      const queueId = await reports.report(report, serial);
      if (queueId !== null) ports.news.tell({ type: 'reported', spoolId: round.header.spoolId, queueId });
      return true;
    } catch (error) {
      if (!(error instanceof QueueWriteError)) throw error;
      ports.log.error({ queueId: round.queueId, error: error.message }, 'report cannot be queued');
      return false;
    }
  }

  /** Those of `indices` whose answer has this outcome, with their answers. */
  function only(
    indices: readonly number[],
    answers: readonly Answer[],
    outcome: Answer['outcome'],
  ): [number[], Answer[]] {
    const picked = answers.flatMap((answer, n) => (answer.outcome === outcome ? [n] : []));
    return [picked.map((n) => indices[n] as number), picked.map((n) => answers[n] as Answer)];
  }

  function addresses(round: Round, indices: readonly number[]): string[] {
    return indices.map((index) => recipientAt(round, index).address);
  }

  async function answered(
    round: Round,
    indices: readonly number[],
    answers: readonly Answer[],
    link: Link | null,
  ): Promise<void> {
    if (link) round.nextHop = link.nextHop;
    const [done, doneAnswers] = only(indices, answers, 'accepted');
    const [failed, failedAnswers] = only(indices, answers, 'refused');
    const [later, laterAnswers] = only(indices, answers, 'later');
    const serial = `${round.attempts}.${indices[0] ?? 0}`;
    trace(round, 'delivered', addresses(round, done), doneAnswers[0]?.text ?? '', link);
    if (link && !link.offer.dsn) await told(round, 'relayed', done, doneAnswers, `r${serial}`);
    for (const [n, index] of done.entries()) noteAnswer(round, index, doneAnswers[n] as Answer);
    const { queueId } = round;
    if (done.length > 0) {
      ports.news.tell({
        type: 'delivered',
        spoolId: round.header.spoolId,
        queueId,
        to: addresses(round, done),
      });
    }
    for (const [n, index] of later.entries()) noteAnswer(round, index, laterAnswers[n] as Answer);
    if (failed.length > 0 && (await told(round, 'failed', failed, failedAnswers, `f${serial}`))) {
      trace(round, 'bounced', addresses(round, failed), failedAnswers[0]?.text ?? '', link);
      for (const [n, index] of failed.entries()) noteAnswer(round, index, failedAnswers[n] as Answer);
    }
    // With other destinations still under way the marks cannot wait for them.
    if (round.openJobs > 1 && done.length + failed.length > 0) {
      const { delayTold } = round;
      await journal.put(stateAfter(round, { nextAtMs: now(), held: false, delayTold }));
    }
  }

  async function ended(round: Round): Promise<void> {
    const waiting = waitingOf(round);
    if (waiting.length === 0) return leave(round.queueId);
    if (round.wish === 'delete') return leave(round.queueId);
    if (round.wish === 'hold' || round.unreadable) {
      const { delayTold } = round;
      await journal.put(stateAfter(round, { nextAtMs: now(), held: true, delayTold }));
      return;
    }
    const age = {
      queuedAtMs: round.header.createdAtMs,
      expiresAtMs: round.expiresAtMs,
      attempts: round.attempts,
      delayTold: round.delayTold,
    };
    const step = afterDeferral(age, now(), round.unreachable?.untilMs ?? 0, ports.retry);
    const answers = waiting.map((index) => lastAnswerOf(round, index));
    if (step.giveUp && (await giveUp(round, waiting, answers))) return leave(round.queueId);
    const delayTold =
      round.delayTold || (step.tellDelay && (await told(round, 'delayed', waiting, answers, 'd')));
    trace(round, 'deferred', addresses(round, waiting), round.lastAnswer, null);
    if (delayTold && !round.delayTold) trace(round, 'delayed', addresses(round, waiting), '', null);
    await journal.put(stateAfter(round, { nextAtMs: step.nextAtMs, held: false, delayTold }));
  }

  async function giveUp(
    round: Round,
    waiting: readonly number[],
    answers: readonly Answer[],
  ): Promise<boolean> {
    // RFC 3463 §3.5: X.4.7, delivery time expired.
    const expired = answers.map((answer): Answer => ({ ...answer, outcome: 'refused', status: '4.4.7' }));
    if (!(await told(round, 'failed', waiting, expired, 'x'))) return false;
    trace(round, 'bounced', addresses(round, waiting), `lifetime over: ${round.lastAnswer}`, null);
    return true;
  }

  async function leave(queueId: string): Promise<void> {
    await journal.gone(queueId);
    dropFile(queueId);
    const spoolId = spoolIdIn(queueId);
    if (spoolId !== null) ports.news.tell({ type: 'gone', spoolId, queueId });
  }

  function dropFile(queueId: string): void {
    ports.spares.end(ports.pathOf(queueId)).catch((error: Error) => {
      ports.log.warn({ queueId, error: error.message }, 'a mail that has left cannot be removed');
    });
  }

  return { answered, ended, removed: leave, dropFile };
}

/** A restarted sender knows the text of the last answer only. */
function lastAnswerOf(round: Round, index: number): Answer {
  const text = round.recipients[index]?.answer || round.lastAnswer || 'not tried yet';
  return /^[45]\d\d[ -]/.test(text) ? answerOfReply(text, false) : ownAnswer('later', '4.4.1', text);
}
