/**
 * Passwords of pairs, over the log and the `keys` process: made at need, set by a person, voided, shown.
 *
 * A secret is sealed for the version that its event will have, so each attempt on a changed stream seals anew. Whoever
 * loses the race for a new pair finds the winner's password; ids come from the caller's request (the spool id of a
 * mail), so a mail that is processed again, here or on another gateway, finds its own.
 */
import { foldStream } from '#domain/decider.ts';
import { recordSecret } from '#domain/keys/sealed-secret.ts';
import { addressKey } from '#domain/mail/address.ts';
import { type PasswordProblem, problemOfChosen } from '#domain/pdf/password-form.ts';
import {
  PDF_PASSWORD_EVENT,
  type PdfPair,
  type PdfPairCommand,
  type PdfPairRefusal,
  type PdfPassword,
  type PdfPasswordOrigin,
  passwordInForce,
  pdfPairDecider,
  pdfPairStream,
} from '#domain/pdf/pdf-pair.ts';
import type { PdfPolicy } from '#domain/pdf/pdf-policy.ts';
import type { KeysPort, SealedSecret, SecretPlace } from '#node/keys/port.ts';
import { appendSurely, type CommandMeta, draftOf, errorCode, RETRIES_MAX } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';

const DAY_MS = 86_400_000;

export interface PairPorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: Pick<KeysPort, 'makePdfPassword' | 'sealPdfPassword'>;
}

/** A pair by its addresses; `sender` may be `*`. */
export interface PairName {
  readonly sender: string;
  readonly recipient: string;
}

/** Where a password stands, for `keys`. */
export interface PasswordPlace {
  readonly stream: string;
  readonly password: PdfPassword;
}

export type EnsureResult =
  | ({ readonly kind: 'done' } & PasswordPlace)
  | { readonly kind: 'refused'; readonly refusal: PdfPairRefusal };

export type SetResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly refusal: PdfPairRefusal | PasswordProblem };

/**
 * The password in force; made when there is none. Rejects with the log's errors: without a quorum a new pair waits, a
 * known one does not come here at all.
 */
export async function ensurePassword(
  ports: PairPorts,
  policy: PdfPolicy,
  pair: PairName,
  spoolId: string,
  meta: CommandMeta,
): Promise<EnsureResult> {
  const { form, bits } = policy;
  const sealing: Sealing = {
    type: 'MakePdfPassword',
    origin: 'made',
    spoolId,
    seal: (subject, place) => ports.keys.makePdfPassword({ form, bits, subject, place }),
    isDone: (state) => passwordInForce(state, meta.atMs) !== null,
  };
  const { state, refusal } = await record(ports, policy, pair, sealing, meta);
  const password = passwordInForce(state, meta.atMs);
  if (password) return { kind: 'done', stream: pdfPairStream(pair.sender, pair.recipient), password };
  return { kind: 'refused', refusal: refusal ?? 'no-password' };
}

/** A password that a person gave, in place of whatever there was. */
export async function setPassword(
  ports: PairPorts,
  policy: PdfPolicy,
  pair: PairName,
  given: {
    readonly password: string;
    readonly origin: Exclude<PdfPasswordOrigin, 'made'>;
    /** The mail that stated it, which may be processed twice; empty when no mail did. */
    readonly spoolId: string;
  },
  meta: CommandMeta,
): Promise<SetResult> {
  const { password, origin, spoolId } = given;
  const rules = { charactersMin: policy.chosenCharactersMin, encryption: policy.encryption };
  const problem = problemOfChosen(password, rules, [pair.sender, pair.recipient]);
  if (problem) return { kind: 'refused', refusal: problem };
  const sealing: Sealing = {
    type: 'SetPdfPassword',
    origin,
    spoolId,
    seal: (subject, place) => ports.keys.sealPdfPassword({ password, subject, place }),
    isDone: (state, appended) =>
      appended ||
      (spoolId !== '' && state.passwords.some((p) => p.spoolId === spoolId && p.origin === origin)),
  };
  const { refusal } = await record(ports, policy, pair, sealing, meta);
  return refusal ? { kind: 'refused', refusal } : { kind: 'done' };
}

interface Sealing {
  readonly type: 'MakePdfPassword' | 'SetPdfPassword';
  readonly origin: PdfPasswordOrigin;
  readonly spoolId: string;
  seal(subject: string, place: SecretPlace): Promise<SealedSecret>;
  isDone(state: PdfPair, appended: boolean): boolean;
}

/** Until it is done, or refused; always on the newest state of the stream. */
async function record(
  ports: PairPorts,
  policy: PdfPolicy,
  pair: PairName,
  { type, origin, spoolId, seal, isDone }: Sealing,
  meta: CommandMeta,
): Promise<{ state: PdfPair; refusal: PdfPairRefusal | null }> {
  const sender = addressKey(pair.sender);
  const recipient = addressKey(pair.recipient);
  const stream = pdfPairStream(sender, recipient);
  const days = policy.expiresAfterDays;
  const expiresAt = days === null ? null : meta.atMs + days * DAY_MS;
  let appended = false;
  for (let attempt = 0; ; attempt++) {
    const stored = await ports.ledger.readStream(stream);
    const state = foldStream(pdfPairDecider, stored);
    if (isDone(state, appended)) return { state, refusal: null };
    const place = { stream, version: stored.length + 1, kind: PDF_PASSWORD_EVENT };
    const secret = recordSecret(await seal(`partner/${recipient}`, place));
    const facts = { sender, recipient, origin, secret, expiresAt, spoolId, at: meta.atMs };
    const command: PdfPairCommand = { type, ...facts };
    const decision = pdfPairDecider.decide(command, state);
    if (decision.kind === 'refused') return { state, refusal: decision.refusal };
    // One request may come again when its password was voided meanwhile: its event of then is another.
    const batchMeta = { ...meta, requestId: `${meta.requestId}|${stored.length}` };
    const drafts = decision.events.map((event, i) => draftOf(pdfPairDecider, stream, event, batchMeta, i));
    try {
      await appendSurely(ports.ledger, drafts, { stream, version: stored.length });
      appended = true;
    } catch (error) {
      if (errorCode(error) !== 'version-conflict' || attempt >= RETRIES_MAX) throw error;
    }
    // Read again at any rate: the same request on another gateway may have recorded its own secret under this id.
  }
}

/** State of a pair from the log itself, for a login and after a command. */
export async function readPair(ledger: Pick<LedgerPort, 'readStream'>, pair: PairName): Promise<PdfPair> {
  return foldStream(pdfPairDecider, await ledger.readStream(pdfPairStream(pair.sender, pair.recipient)));
}
