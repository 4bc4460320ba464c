/**
 * The main thread's answer about the password of one PDF: the one in force, a new one, or what it waits for.
 *
 * A known pair is answered from the read models: it goes on when the log takes no events. Ids come from the spool id,
 * so a mail that is processed again finds its own.
 */

import type { PasswordProblem } from '#domain/pdf/password-form.ts';
import { type PdfInvitation, pdfInvitationDecider, pdfInvitationStream } from '#domain/pdf/pdf-invitation.ts';
import { type PdfPassword, passwordInForce, pdfPairDecider, pdfPairStream } from '#domain/pdf/pdf-pair.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { FetchPort } from '#node/fetch/port.ts';
import type { PdfKeysPort } from '#node/keys/pdf-port.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import { takesNoChanges } from '#node/ledger/log-away.ts';
import type { ModelsFeed } from '#node/ledger/models-feed.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import { sealLink } from '#node/pdf-pairs/link-token.ts';
import { handOver } from '#node/pdf-pairs/messenger.ts';
import { ensurePassword, type PairName, setPassword } from '#node/pdf-pairs/pair-passwords.ts';
import { answerAddress, registerAddress } from '#node/pdf-pairs/portal-links.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type { AnswerPdfPassword } from './answer.ts';
import type { Outbox } from './outbox.ts';
import type { PdfPasswordQuestion } from './pdf-question.ts';

const DAY_MS = 86_400_000;

export interface PdfPasswordPorts {
  readonly models: ReadModels;
  readonly feed: Pick<ModelsFeed, 'reached'>;
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append' | 'head'>;
  readonly keys: Pick<KeysPort, 'makePdfPassword' | 'sealPdfPassword' | 'sealToken' | 'signOrder'>;
  readonly pdfKeys: PdfKeysPort;
  readonly fetch: Pick<FetchPort, 'post'>;
  readonly outbox: Pick<Outbox, 'record' | 'holds'>;
  readonly node: string;
  readonly nowMs: () => number;
  readonly log: Log;
}

export function pdfPasswords(ports: PdfPasswordPorts): AnswerPdfPassword {
  return async (question) => {
    const pair = pairOf(ports, question);
    const languages = languagesOf(ports.models, question.sender, pair);
    try {
      const stated = await obey(ports, pair, question);
      const found = await findPassword(ports, pair, question);
      if ('waits' in found) return { ...languages, stated, ...found.waits };
      const { models, keys } = ports;
      const { policy } = models.pdf;
      const domain = question.sender.slice(question.sender.lastIndexOf('@') + 1).toLowerCase();
      const template = models.pdf.templateOf(domain);
      const reply = policy.portalUrl === null ? null : await replyTo(keys, policy, pair, question);
      const { version, origin, spoolId } = found.password;
      const stream = pdfPairStream(pair.sender, pair.recipient);
      const isNew = spoolId === question.spoolId;
      const { delivery } = policy;
      return {
        kind: 'ready',
        ...languages,
        stated,
        stream,
        version,
        origin,
        isNew,
        delivery,
        template,
        reply,
      };
    } catch (error) {
      if (!takesNoChanges(error)) throw error;
      return { kind: 'waits', ...languages, stated: null, why: 'quorum', untilMs: 0, invitationLink: null };
    }
  };
}

const pairOf = ({ models }: PdfPasswordPorts, question: PdfPasswordQuestion): PairName => ({
  sender: question.pairSender ?? models.pdf.senderOfPair(question.sender),
  recipient: question.recipient,
});

/** The sender's own, and the partner's choice; that of the sender's domain where there is none. */
export function languagesOf(
  models: ReadModels,
  sender: string,
  pair: PairName,
): { senderLanguage: Language; partnerLanguage: Language } {
  const ofDomain = models.people.domainOf(sender)?.settings.language ?? 'en';
  return {
    senderLanguage: models.people.person(sender)?.language ?? ofDomain,
    partnerLanguage: models.pdf.pair(pair.sender, pair.recipient).language ?? ofDomain,
  };
}

function metaOf(ports: PdfPasswordPorts, what: string, pair: PairName, spoolId: string): CommandMeta {
  return {
    requestId: `pdf|${what}|${spoolId}|${pair.sender}|${pair.recipient}`,
    actor: `node/${ports.node}`,
    reason: what,
    atMs: ports.nowMs(),
  };
}

/** What the sender ordered in the subject; gives what was wrong with a stated password. */
async function obey(
  ports: PdfPasswordPorts,
  pair: PairName,
  { commands, spoolId }: PdfPasswordQuestion,
): Promise<PasswordProblem | null> {
  const { policy } = ports.models.pdf;
  if (commands.reset && ports.models.pdf.pair(pair.sender, pair.recipient).version > 0) {
    const meta = metaOf(ports, 'reset by the sender', pair, spoolId);
    const command = { type: 'VoidPdfPassword', by: 'sender', at: meta.atMs } as const;
    await execute(ports.ledger, pdfPairDecider, pdfPairStream(pair.sender, pair.recipient), command, meta);
    await caughtUp(ports);
  }
  if (commands.password === null || !policy.senderMayState) return null;
  const meta = metaOf(ports, 'stated by the sender', pair, spoolId);
  const given = { password: commands.password, origin: 'stated', spoolId } as const;
  const set = await setPassword(ports, policy, pair, given, meta);
  await caughtUp(ports);
  if (set.kind === 'done') return null;
  const { refusal } = set;
  if (isProblem(refusal)) return refusal;
  throw new Error(`a stated password was refused: ${refusal}`);
}

const PROBLEMS: readonly string[] = [
  'too-short',
  'too-long',
  'odd-character',
  'too-simple',
  'names-a-person',
] satisfies PasswordProblem[];
const isProblem = (word: string): word is PasswordProblem => PROBLEMS.includes(word);

type Found =
  | { readonly password: PdfPassword }
  | {
      readonly waits: {
        readonly kind: 'waits';
        readonly why: 'registration' | 'messenger';
        readonly untilMs: number;
        readonly invitationLink: string | null;
      };
    };

async function findPassword(
  ports: PdfPasswordPorts,
  pair: PairName,
  question: PdfPasswordQuestion,
): Promise<Found> {
  const { models } = ports;
  const known = passwordInForce(models.pdf.pair(pair.sender, pair.recipient), ports.nowMs());
  if (!known && models.pdf.policy.selfRegistration) return invite(ports, pair, question);
  const password = known ?? (await makePassword(ports, pair, question));
  if (models.pdf.policy.delivery !== 'messenger' || password.origin !== 'made' || password.handedOver) {
    return { password };
  }
  const done = await orderMessenger(ports, pair, password, question.sender);
  if (done) return { password };
  return { waits: { kind: 'waits', why: 'messenger', untilMs: 0, invitationLink: null } };
}

async function makePassword(
  ports: PdfPasswordPorts,
  pair: PairName,
  { spoolId }: PdfPasswordQuestion,
): Promise<PdfPassword> {
  const meta = metaOf(ports, 'first PDF', pair, spoolId);
  const made = await ensurePassword(ports, ports.models.pdf.policy, pair, spoolId, meta);
  if (made.kind === 'refused') throw new Error(`no password was made: ${made.refusal}`);
  await caughtUp(ports);
  return made.password;
}

/** True when the messenger has it; recorded, at once or when the log is back, so that no gateway orders again. */
export async function orderMessenger(
  ports: PdfPasswordPorts,
  pair: PairName,
  password: PdfPassword,
  sender: string,
): Promise<boolean> {
  const { messengerUrl } = ports.models.pdf.policy;
  if (messengerUrl === null) return true; // The policy was changed meanwhile: told in the notice instead.
  const stream = pdfPairStream(pair.sender, pair.recipient);
  const { version } = password;
  const meta = metaOf(ports, 'handed to the messenger', pair, `${stream}#${version}`);
  if (ports.outbox.holds(meta.requestId)) return true;
  const text = await ports.pdfKeys.pdfPassword({ stream, version });
  const order = {
    order: `${stream}#${version}`,
    sender,
    recipient: pair.recipient,
    password: text,
    language: languagesOf(ports.models, sender, pair).partnerLanguage,
  };
  const done = await handOver(ports, messengerUrl, order, ports.nowMs());
  if (done.kind === 'failed') {
    ports.log.warn({ detail: done.detail }, 'the messenger did not take a password');
    return false;
  }
  const command = { type: 'RecordPdfHandOver', password: version, at: meta.atMs } as const;
  const { sender: from, recipient } = pair;
  const end = await ports.outbox.record({ of: 'pdf-pair', pair: { sender: from, recipient }, command, meta });
  if (end === 'recorded') await caughtUp(ports);
  return true;
}

async function invite(
  ports: PdfPasswordPorts,
  pair: PairName,
  { spoolId, sender, messageId }: PdfPasswordQuestion,
): Promise<Found> {
  const { policy } = ports.models.pdf;
  const atMs = ports.nowMs();
  const expiresAt = atMs + policy.registration.expiresAfterDays * DAY_MS;
  const stream = pdfInvitationStream(pair.sender, pair.recipient);
  const meta = metaOf(ports, 'asked to choose a password', pair, `${spoolId}|${messageId}`);
  const command = {
    type: 'InvitePdfPartner',
    ...pair,
    spoolId,
    invitedBy: sender,
    expiresAt,
    at: atMs,
  } as const;
  const done = await execute(ports.ledger, pdfInvitationDecider, stream, command, meta);
  await caughtUp(ports);
  const invitation = done.kind === 'done' ? done.state : null;
  if (invitation?.status !== 'open') throw new Error('an invitation that is not open');
  const link = invitation.spoolId === spoolId ? await invitationAddress(ports, invitation) : null;
  const { expiresAt: untilMs } = invitation;
  return { waits: { kind: 'waits', why: 'registration', untilMs, invitationLink: link } };
}

export async function invitationAddress(
  { models, keys }: Pick<PdfPasswordPorts, 'models' | 'keys'>,
  invitation: Exclude<PdfInvitation, { status: 'absent' }>,
): Promise<string | null> {
  const { portalUrl } = models.pdf.policy;
  if (portalUrl === null) return null;
  const { sender, recipient, invitedBy, spoolId, since, expiresAt } = invitation;
  const token = await sealLink(keys, 'pdf-invitation', {
    sender,
    recipient,
    writer: invitedBy,
    messageId: '',
    subject: '',
    spoolId,
    sentAtMs: since,
    expiresAtMs: expiresAt,
  });
  return registerAddress(portalUrl, token);
}

async function replyTo(
  keys: PdfPasswordPorts['keys'],
  policy: ReadModels['pdf']['policy'],
  pair: PairName,
  { sender, messageId, subject, spoolId, receivedAtMs }: PdfPasswordQuestion,
): Promise<{ address: string; untilMs: number }> {
  const expiresAtMs = receivedAtMs + policy.replyExpiresAfterDays * DAY_MS;
  const token = await sealLink(keys, 'pdf-reply', {
    ...pair,
    writer: sender,
    messageId: messageId.slice(0, 250), // RFC 5322 has no limit; a longer one is no use in an answer's References.
    subject,
    spoolId,
    sentAtMs: receivedAtMs,
    expiresAtMs,
  });
  return { address: answerAddress(policy.portalUrl ?? '', token), untilMs: expiresAtMs };
}

async function caughtUp({ ledger, feed }: PdfPasswordPorts): Promise<void> {
  const { position } = await ledger.head();
  await feed.reached(position);
}
