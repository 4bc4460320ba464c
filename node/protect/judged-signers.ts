/**
 * Verdicts on signers' certificates, kept for a moment per thread: the main thread, which judges, is asked once for a
 * partner that sends many mails, not once for each. A verdict counts for one position of the log only, so that what an
 * operator distrusts or revokes is seen with the next mail; what a CRL says comes at most KEPT_MS later.
 */
import { createHash } from 'node:crypto';
import type { Ask, SignerAnswer, SignerQuestion } from './facts.ts';

const KEPT_MS = 10_000;
const KEPT_MAX = 500; // Busy partners of a thread; some hundred octets each.
const TIME_STEP_MS = 60_000; // Mails of the same minute are judged as of the same time.

const judged = new Map<string, { readonly answer: SignerAnswer; readonly untilMs: number }>();

/** `position`: of the facts that the mail goes by; null: always asks. */
export async function judgedSigner(
  ask: Ask,
  question: SignerQuestion,
  position: string | null,
): Promise<SignerAnswer> {
  if (position === null) return ask('signer', question);
  const hash = createHash('sha256');
  for (const der of [question.certificate, ...question.others]) hash.update(`${der.length} `).update(der);
  const key = `${position} ${Math.floor(question.atMs / TIME_STEP_MS)} ${hash.digest('base64')}`;
  const known = judged.get(key);
  if (known && performance.now() < known.untilMs) return known.answer;
  const answer = await ask('signer', question);
  if (judged.size >= KEPT_MAX) judged.clear();
  judged.set(key, { answer, untilMs: performance.now() + KEPT_MS });
  return answer;
}
