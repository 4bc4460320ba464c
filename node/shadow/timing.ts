/** The times of the replicated spool, each with its reason. Monotonic clocks only. */

/** A buddy that has not answered for a small mail by then is busy or gone: another one is asked. */
export const BUDDY_MS = 2000;
/** In all, for a small mail: senders wait minutes after the final dot (RFC 5321 §4.5.3.2.6), users do not. */
export const COPY_MS = 10_000;
/** Beside these times a mail gets one for its size: a line that carries less is no place for copies (8 Mbit/s). */
export const COPY_BYTES_PER_MS = 1024;
/** A buddy that failed is asked last for so long. */
export const REST_MS = 30_000;
/** Discards and progress are gathered for so long: what a takeover may deliver twice is of this time. */
export const GATHER_MS = 200;
/** Between two comparisons of the own disk with what the others hold. */
export const RECONCILE_MS = 60_000;
/** While somebody has not answered yet. */
export const RECONCILE_AGAIN_MS = 5000;
/** A holder that is gone for so long is not waited for: its copies are made again elsewhere. */
export const HOLDER_LOST_MS = 10_000;
/** No delivery begins within this time before the own lease ends. */
export const FENCE_MARGIN_MS = 3000;
/** How long a holder promises not to take over; it is asked again after PROMISE_EVERY_MS. */
export const PROMISE_MS = 30_000;
export const PROMISE_EVERY_MS = 3000;
export const PROMISE_MS_MAX = 60_000;
/** A question between gateways about ids. */
export const ASK_MS = 5000;
