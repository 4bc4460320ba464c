/**
 * Gives a change up as soon as the leader that it went to is known to be gone. A dying leader takes proposals with it
 * without a word, and etcd tells only after 7 s: the caller would wait out its whole time limit while the next leader
 * has been ready for long. What is given up is `unclear`, as it would be at the limit.
 */
import { QuorumError } from '../key-value-quorum.ts';
import type { MemberStatus } from './cluster-messages.ts';
import { STATUS } from './cluster-messages.ts';
import type { Endpoint } from './endpoint.ts';

/** A commit is done by then, even between continents. */
const ASK_AFTER_MS = 300;
const ASK_EVERY_MS = 150;
/** A member answers this from memory; one that does not, answers nothing. */
const STATUS_MS = 1_500;
/** What was heard longer ago says nothing of the leader that a change goes to. */
const FRESH_MS = 1_000;

export class LeaderGuard {
  #term = 0n;
  #heardMs = Number.NEGATIVE_INFINITY;

  /** The raft term of any answer. */
  note(term: bigint): void {
    this.#heardMs = performance.now();
    if (term > this.#term) this.#term = term;
  }

  /** Runs the call with a signal that is aborted when it can be given up, or by the caller's own. */
  async guard<R>(
    endpoint: Endpoint,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    const over = new AbortController();
    const known = performance.now() - this.#heardMs < FRESH_MS ? this.#term : null;
    let done = false;
    let timer: NodeJS.Timeout;
    const ask = async (term: bigint | null): Promise<void> => {
      const status = await statusOf(endpoint);
      if (done) return;
      if (status === 'denied') return; // An external etcd may refuse the question; the time limit stays.
      const isGone = !status || status.leader === 0n || (term !== null && status.raftTerm > term);
      if (isGone) over.abort();
      else timer = setTimeout(() => void ask(status.raftTerm), ASK_EVERY_MS);
    };
    timer = setTimeout(() => void ask(known), ASK_AFTER_MS);
    try {
      return await call(signal ? AbortSignal.any([signal, over.signal]) : over.signal);
    } catch (error) {
      if (!over.signal.aborted || !(error instanceof QuorumError)) throw error;
      throw new QuorumError(error.code, 'given up: the leader that it went to is gone');
    } finally {
      done = true;
      clearTimeout(timer);
    }
  }
}

/** Null when the member does not answer. */
async function statusOf(endpoint: Endpoint): Promise<MemberStatus | 'denied' | null> {
  try {
    return await endpoint.unary(STATUS, null, { timeoutMs: STATUS_MS, leaderless: true });
  } catch (error) {
    return error instanceof QuorumError && error.code === 'denied' ? 'denied' : null;
  }
}
