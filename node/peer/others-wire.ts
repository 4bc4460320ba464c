/** What `web` of this gateway asks its `peer` process to do with the others: names and parameters in one place. */

/** A question to another gateway about traces: a page that is read must not wait long for one that is gone. */
export const ASK_OTHERS_MS = 3000;

export interface OthersCalls {
  /** JSON out, JSON back (node/web/trace-question.ts); null when that gateway did not answer. */
  trace: { node: string; question: string };
  /** Gives a DrainState, null when that gateway (or this one) did not answer; `on` null asks only. */
  drain: { node: string; on: boolean | null };
}
