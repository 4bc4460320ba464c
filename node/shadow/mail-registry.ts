/**
 * The mails of this gateway that are not done: who holds the copy of each, and how far it is. In memory, pure.
 *
 * What a mail became is told by `protect` (the queued copies and reports) and `send` (what left). A mail is done when the
 * line has decided, nothing is held, and all that was queued has left. What was told while this process was away is not
 * known here: the look at the disk (reconcile.ts) finds such mails done a minute later.
 */
import type { DecidedRecipient, MailNews } from './local-wire.ts';
import type { Progress } from './shadow-protocol.ts';

export interface MailEntry {
  /** null: this gateway has the only copy. */
  holder: string | null;
  /** When that became so, monotonic nanoseconds. */
  sinceNs: bigint;
  /** null while the line has not decided. */
  recipients: readonly DecidedRecipient[] | null;
  readonly queued: Set<string>;
  readonly left: Set<string>;
  /** `<queueId> <address>` */
  readonly delivered: Set<string>;
  /** Something of it was put aside: only the disk can tell when all is done. */
  held: boolean;
  /** What the holder knows, counted: progress only grows. */
  told: number;
}

export class MailRegistry {
  readonly #mails = new Map<string, MailEntry>();
  readonly #nowNs: () => bigint;

  constructor(nowNs: () => bigint) {
    this.#nowNs = nowNs;
  }

  get(id: string): MailEntry | undefined {
    return this.#mails.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#mails.keys();
  }

  entries(): IterableIterator<[string, MailEntry]> {
    return this.#mails.entries();
  }

  counts(): { mirrored: number; unmirrored: number } {
    let mirrored = 0;
    for (const { holder } of this.#mails.values()) if (holder !== null) mirrored += 1;
    return { mirrored, unmirrored: this.#mails.size - mirrored };
  }

  /** A mail of this gateway, and who holds its copy now. */
  note(id: string, holder: string | null): void {
    const known = this.#mails.get(id);
    if (known) {
      if (known.holder !== holder) known.told = 0;
      known.holder = holder;
      known.sinceNs = this.#nowNs();
      return;
    }
    this.#mails.set(id, {
      holder,
      sinceNs: this.#nowNs(),
      recipients: null,
      queued: new Set(),
      left: new Set(),
      delivered: new Set(),
      held: false,
      told: 0,
    });
  }

  forget(id: string): void {
    this.#mails.delete(id);
  }

  /** What follows: nothing, some more is done of it, or all is. */
  apply(news: MailNews): 'nothing' | 'progress' | 'done' {
    const mail = this.#mails.get(news.spoolId);
    if (!mail) return 'nothing';
    switch (news.type) {
      case 'decided':
        // The second time it is for a part that was released: the first decision stands for the others.
        mail.recipients = mergedRecipients(mail.recipients, news.recipients);
        for (const queueId of news.queued) mail.queued.add(queueId);
        mail.held ||= news.held;
        break;
      case 'reported':
        mail.queued.add(news.queueId);
        return 'nothing';
      case 'delivered':
        for (const address of news.to) mail.delivered.add(`${news.queueId} ${address}`);
        break;
      case 'gone':
        mail.left.add(news.queueId);
        break;
    }
    return isDone(mail) ? 'done' : 'progress';
  }

  /** What its holder should know; null when it knows it. */
  progressOf(id: string): Progress | null {
    const mail = this.#mails.get(id);
    if (!mail) return null;
    const recipients = (mail.recipients ?? [])
      .filter((recipient) => needsNothing(mail, recipient))
      .map(({ recipient }) => recipient);
    const left = [...mail.left];
    if (recipients.length + left.length <= mail.told) return null;
    return { spoolId: id, recipients, left };
  }

  toldProgress({ spoolId, recipients, left }: Progress): void {
    const mail = this.#mails.get(spoolId);
    if (mail) mail.told = Math.max(mail.told, recipients.length + left.length);
  }
}

function mergedRecipients(
  before: MailEntry['recipients'],
  now: readonly DecidedRecipient[],
): readonly DecidedRecipient[] {
  const again = new Set(now.map(({ recipient }) => recipient));
  return [...(before ?? []).filter(({ recipient }) => !again.has(recipient)), ...now];
}

function isDone({ recipients, held, queued, left }: MailEntry): boolean {
  if (recipients === null || held) return false;
  for (const queueId of queued) if (!left.has(queueId)) return false;
  return true;
}

/** Delivered in every copy, or deleted by a rule. One that a next hop refused is not: its report may not have left. */
function needsNothing(mail: MailEntry, { copies, open }: DecidedRecipient): boolean {
  return !open && copies.every(({ queueId, deliverTo }) => mail.delivered.has(`${queueId} ${deliverTo}`));
}
