/** How long the replicated engine waits for what, and how often it does things. Tests shorten them. */
export interface ReplicationTiming {
  /** Between two looks at the quorum's head: bounds what a silent watch can hide, and how late a lost quorum is told. */
  readonly pollMs: number;
  /** A look that is not answered within this means that there is no quorum. */
  readonly lookTimeoutMs: number;
  /** One transaction. An election takes 1 to 2.5 s (replication.md §2.4). */
  readonly txnTimeoutMs: number;
  /** How long an append is tried again before its caller is told that it came to nothing. */
  readonly patienceMs: number;
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  /** Between two acknowledgements of what is on the own disk. */
  readonly ackMs: number;
  /** Between two checkpoints that all gateways sign. */
  readonly checkpointEvents: number;
}

export const REPLICATION_TIMING: ReplicationTiming = {
  pollMs: 2000,
  lookTimeoutMs: 3000,
  txnTimeoutMs: 5000,
  patienceMs: 10_000,
  backoffMsMin: 20,
  backoffMsMax: 500,
  ackMs: 5000,
  checkpointEvents: 10_000,
};
