/**
 * When a mail that could not leave is tried again, when its sender is told of the delay, when it is given up. Pure.
 */

export interface RetrySettings {
  /** Waits between attempts; the last one repeats. */
  readonly retryAfterMs: readonly number[];
  readonly delayNoticeAfterMs: number;
}

/** Milliseconds to wait after attempt number `attempts` (1 = the first one failed). */
export function waitAfter(attempts: number, settings: RetrySettings): number {
  const waits = settings.retryAfterMs;
  return waits[Math.min(Math.max(attempts, 1), waits.length) - 1] as number;
}

export interface MailAge {
  readonly queuedAtMs: number;
  readonly expiresAtMs: number;
  readonly attempts: number;
  readonly delayTold: boolean;
}

export interface NextStep {
  readonly giveUp: boolean;
  readonly tellDelay: boolean;
  /** Never after the end of the lifetime: the last attempt is made then. */
  readonly nextAtMs: number;
}

/** What follows an attempt that failed for now. `notBeforeMs`: the destination is left alone until then. */
export function afterDeferral(
  mail: MailAge,
  nowMs: number,
  notBeforeMs: number,
  settings: RetrySettings,
): NextStep {
  const giveUp = nowMs >= mail.expiresAtMs;
  const wait = nowMs + waitAfter(mail.attempts, settings);
  return {
    giveUp,
    tellDelay: !giveUp && !mail.delayTold && nowMs - mail.queuedAtMs >= settings.delayNoticeAfterMs,
    nextAtMs: Math.min(Math.max(wait, notBeforeMs), Math.max(mail.expiresAtMs, nowMs)),
  };
}
