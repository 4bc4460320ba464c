/**
 * What the processes of one gateway say to its `peer` process about copies: names, parameters and answers in one place.
 *
 * Two sockets, because who may read the token of one may call all of it: `receive` can only ask for a copy, `send` and
 * `protect` only tell what became of mails and ask whether one may leave.
 */

/** For `receive`, and for the desk of the portal. */
export interface ShadowCalls {
  /** Resolves when another gateway has the mail on stable storage. `bytes` null: its `<spoolId>.tmp` is complete. */
  copy: { spoolId: string; sizeBytes: number; bytes: Uint8Array | null };
}

export interface CopyAnswer {
  /** `deposed`: another gateway may have the mail as its own now, so the sender must not be told 250 by this one. */
  readonly outcome: 'copied' | 'none' | 'deposed';
}

/** One recipient of a mail, after the line: the queued copies that serve it; `open` when they alone do not settle it. */
export interface DecidedRecipient {
  readonly recipient: string;
  readonly copies: readonly { readonly queueId: string; readonly deliverTo: string }[];
  readonly open: boolean;
}

export type MailNews =
  /** `protect`: the mail is through the line; `queued` are all copies and reports made of it. */
  | {
      readonly type: 'decided';
      readonly spoolId: string;
      readonly recipients: readonly DecidedRecipient[];
      readonly queued: readonly string[];
      readonly held: boolean;
    }
  /** `send`: a next hop has the mail for these. */
  | {
      readonly type: 'delivered';
      readonly spoolId: string;
      readonly queueId: string;
      readonly to: readonly string[];
    }
  /** `send`: a report about the mail is queued. */
  | { readonly type: 'reported'; readonly spoolId: string; readonly queueId: string }
  /** `send`: nothing is left of this queued mail. */
  | { readonly type: 'gone'; readonly spoolId: string; readonly queueId: string };

/** For `send` and `protect`. */
export interface ProgressCalls {
  news: { news: readonly MailNews[] };
  /** Mails that went out although it was not sure that no other gateway sends them. */
  doubtful: { count: number };
  verdicts: { ids: readonly string[] };
}

/** `drop`: another gateway has it; `wait`: not known yet. */
export type Verdict = 'go' | 'wait' | 'drop';

export interface VerdictsAnswer {
  /** In the order of the ids. */
  readonly verdicts: readonly Verdict[];
}

export const NEWS_MAX = 2000; // Of one call.
