/** What a round does when a destination has a connection for it: read the mail, ask the fence, carry, say what came of it. */
import type { Log } from '#node/log.ts';
import type { DeliveryFence } from '#node/shadow/delivery-fence.ts';
import { SealedFileError } from '#node/spool/sealed-file.ts';
import { spoolIdIn } from '#node/spool/spool-id.ts';
import { ownAnswer } from './answer.ts';
import { carryMail } from './carry.ts';
import type { Job } from './destination.ts';
import type { Link } from './link.ts';
import { type OpenMail, openMail } from './open-mail.ts';
import type { OpenBox } from './queue-key.ts';
import { type Round, recipientAt, waitingOf } from './round.ts';
import type { SendTrace } from './send-trace.ts';
import type { Settlement } from './settlement.ts';

const HELD_BYTES_MAX = 32 * 1024 * 1024; // Contents of waiting mails; beyond it they are read again at their turn.
export const DAMAGED = 'queued mail is damaged';

/** A queue id that no mail line has made stands for itself. */
export const spoolIdOf = (queueId: string): string => spoolIdIn(queueId) ?? queueId;

export interface RoundJobPorts {
  readonly settlement: Settlement;
  readonly fence: DeliveryFence;
  readonly trace: SendTrace;
  readonly openBox: OpenBox;
  readonly pathOf: (queueId: string) => string;
  readonly now: () => number;
  readonly log: Log;
  /** One job of the round is over when `answered` is. */
  readonly finish: (round: Round, answered: Promise<void>) => void;
  /** This destination could not be reached. */
  readonly onUnreachable: (key: string) => void;
}

export interface RoundJobs {
  /** May the content stay in memory till its turn? */
  mayKeep(bytes: number): boolean;
  /** `kept`: the content, counted from here on; null: it is read at its turn. */
  jobOf(round: Round, indices: readonly number[], kept: OpenMail | null, key: string): Job;
}

export function roundJobs(ports: RoundJobPorts): RoundJobs {
  const { settlement, fence, finish, log } = ports;
  let heldBytes = 0;

  function jobOf(round: Round, indices: readonly number[], kept: OpenMail | null, key: string): Job {
    heldBytes += kept?.heldBytes ?? 0;
    const release = (): void => {
      heldBytes -= kept?.heldBytes ?? 0;
    };
    const spoolId = spoolIdOf(round.queueId);
    return {
      mayRun: () => fence.verdict(spoolId) !== 'wait',
      async run(link, isFresh) {
        const verdict = fence.verdict(spoolId);
        if (verdict === 'doubtful') fence.countDoubtful();
        if (verdict === 'drop') dropAdopted(round);
        if (round.wish !== null) finish(round, Promise.resolve());
        else if ((await deliver(round, indices, kept, link, isFresh)) === 'again') return 'again';
        release();
        return 'done';
      },
      unreachable(answer, untilMs) {
        release();
        if (answer.outcome === 'later') {
          round.unreachable = { key, untilMs };
          ports.onUnreachable(key);
        }
        const answers = indices.map(() => answer);
        finish(round, settlement.answered(round, indices, answers, null));
      },
    };
  }

  async function deliver(
    round: Round,
    indices: readonly number[],
    kept: OpenMail | null,
    link: Link,
    isFresh: boolean,
  ): Promise<'done' | 'again'> {
    const mail = kept ?? (await reopen(round));
    if (mail === 'later') {
      const answers = indices.map(() => ownAnswer('later', '4.3.0', 'queued mail cannot be read now'));
      finish(round, settlement.answered(round, indices, answers, null));
      return 'done';
    }
    const end = mail === null ? 'unreadable' : await carry(round, indices, link, isFresh, mail);
    if (end === 'unreadable') {
      round.unreadable = true;
      round.lastAnswer = DAMAGED;
      log.error({ queueId: round.queueId }, 'queued mail is damaged, held');
      finish(round, Promise.resolve());
      return 'done';
    }
    return end;
  }

  async function carry(
    round: Round,
    indices: readonly number[],
    link: Link,
    isFresh: boolean,
    mail: OpenMail,
  ): Promise<'done' | 'again' | 'unreadable'> {
    const recipients = indices.map((index) => recipientAt(round, index));
    const { answers, end } = await carryMail(link, isFresh, mail, recipients);
    mail.close();
    if (end !== 'done') return end;
    finish(round, settlement.answered(round, indices, answers, link));
    return 'done';
  }

  /** Another gateway has taken the mail over. */
  function dropAdopted(round: Round): void {
    round.wish = 'delete';
    ports.trace({
      atMs: ports.now(),
      event: 'removed',
      spoolId: round.header.spoolId,
      queueId: round.queueId,
      traceId: round.header.traceId,
      recipients: waitingOf(round).map((index) => recipientAt(round, index).address),
      nextHop: '',
      reply: '',
      tls: null,
      attempts: round.attempts,
      by: 'cluster',
    });
  }

  /** null: damaged; `later`: out of descriptors, a bad disk. */
  async function reopen({ queueId }: Round): Promise<OpenMail | 'later' | null> {
    try {
      return await openMail(ports.pathOf(queueId), ports.openBox);
    } catch (error) {
      if (error instanceof SealedFileError) return null;
      log.error({ queueId, error: (error as Error).message }, 'queued mail cannot be opened');
      return 'later';
    }
  }

  return { mayKeep: (bytes) => heldBytes + bytes <= HELD_BYTES_MAX, jobOf };
}
