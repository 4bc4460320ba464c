/**
 * The desk: what the portal may ask of the inside. It knows links, sessions, passwords and pairs; the portal knows none.
 *
 * Every call names its session or link and is judged here, on any gateway of the cluster alike. Errors: an end that can
 * be expected is a value; what needs an event first (a sign-in, another password) is answered with `unavailable` while the
 * log takes none, and nothing has happened. An answer is taken all the same.
 */
import { randomUUID } from 'node:crypto';
import { foldStream } from '#domain/decider.ts';
import { passwordInForce, pdfPairDecider, pdfPairStream } from '#domain/pdf/pdf-pair.ts';
import { pdfRepliesDecider, pdfRepliesStream } from '#domain/pdf/pdf-replies.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { type CommandMeta, errorCode, execute } from '#node/ledger/execute.ts';
import { isLogAway } from '#node/ledger/log-away.ts';
import { addressLockedUntil, recordAddress } from '#node/pdf-pairs/address-lock.ts';
import { type OpenedLink, openLink } from '#node/pdf-pairs/link-token.ts';
import { logIn } from '#node/pdf-pairs/pair-login.ts';
import { setPassword } from '#node/pdf-pairs/pair-passwords.ts';
import { registerPartner } from '#node/pdf-pairs/registration.ts';
import type { Look, Opening, PortalDesk, Registered, SessionView } from '#node/portal/desk-port.ts';
import type { ReadModels } from '#projections/read-models.ts';
import { newSession, openSession, type PortalSession, sealSession } from './portal-session.ts';
import { checkCode, type SecondFactorParts, sendCode } from './second-factor.ts';
import type { SubmitAnswer } from './submit-answer.ts';

const DEFAULT_COLOUR = '#1c5d99'; // Of the built-in template's pages.

export interface DeskParts extends SecondFactorParts {
  readonly models: ReadModels;
  readonly keys: KeysPort;
  readonly submit: SubmitAnswer;
}

type Link = OpenedLink['link'];

export function portalDesk(parts: DeskParts): PortalDesk {
  const { models, ledger, keys, nowMs } = parts;

  const linkOf = (purpose: 'pdf-reply' | 'pdf-invitation', token: string): Promise<OpenedLink | null> =>
    openLink(keys, purpose, token, nowMs());

  const metaOf = (partner: string, reason: string): CommandMeta => ({
    requestId: randomUUID(),
    actor: `partner/${partner}`,
    reason,
    atMs: nowMs(),
  });

  /** Also checks that the password it was opened with is still the one in force. */
  async function session(token: string): Promise<PortalSession | null> {
    const opened = await openSession(keys, token, nowMs());
    if (!opened) return null;
    const current = passwordInForce(models.pdf.pair(opened.pairSender, opened.recipient), nowMs());
    return current?.version === opened.password ? opened : null;
  }

  function lookOf(writer: string, language: Language): Look {
    const template = models.pdf.templateOf(writer.slice(writer.lastIndexOf('@') + 1));
    const { company, logo, accent } = template;
    const organisation = company || writer.slice(writer.lastIndexOf('@') + 1);
    return { organisation, logo, colour: accent ?? DEFAULT_COLOUR, footer: template.texts[language].footer };
  }

  function languageOf(link: { pairSender: string; recipient: string; writer: string }): Language {
    const own = models.pdf.pair(link.pairSender, link.recipient).language;
    return own ?? models.people.domainOf(link.writer)?.settings.language ?? 'en';
  }

  function open(opened: OpenedLink | null, kind: 'reply' | 'invitation'): Opening {
    if (!opened) return { kind: 'unknown' };
    const { link, expired } = opened;
    const language = languageOf({ ...link, pairSender: link.sender });
    const look = lookOf(link.writer, language);
    if (expired) return { kind: 'expired', look, language };
    const charactersMin = models.pdf.policy.chosenCharactersMin;
    return { kind, look, language, sender: link.writer, charactersMin };
  }

  const lockedUntil = (untilMs: number) =>
    ({ kind: 'locked', waitMs: Math.max(1000, untilMs - nowMs()) }) as const;

  async function choose(link: Link, password: string): Promise<Registered> {
    const invitation = models.pdf.invitation(link.sender, link.recipient);
    if (invitation.status === 'accepted') return { kind: 'used' };
    const pair = { sender: link.sender, recipient: link.recipient };
    const meta = metaOf(link.recipient, 'self-registration');
    const done = await registerPartner({ ledger, keys }, models.pdf.policy, pair, password, meta);
    if (done.kind === 'refused') return refusal(done.refusal);
    return { kind: 'registered' };
  }

  return {
    async open({ link }) {
      const reply = await linkOf('pdf-reply', link);
      return reply ? open(reply, 'reply') : open(await linkOf('pdf-invitation', link), 'invitation');
    },

    async signIn({ link: token, password, address }) {
      const opened = await linkOf('pdf-reply', token);
      if (!opened) return { kind: 'unknown' };
      if (opened.expired) return { kind: 'expired' };
      const { link } = opened;
      const pair = { sender: link.sender, recipient: link.recipient };
      return orUnavailable(async () => {
        const until = await addressLockedUntil(ledger, address, nowMs());
        if (until > 0) return lockedUntil(until);
        const meta = metaOf(link.recipient, 'portal');
        const asksCode = models.pdf.policy.secondFactor === 'mail';
        const result = await logIn({ ledger, keys }, pair, password, meta, !asksCode);
        if (result.kind === 'locked') return lockedUntil(result.untilMs);
        await recordAddress(ledger, address, result.kind === 'in' ? 'right' : 'wrong', meta);
        if (result.kind === 'wrong') return { kind: 'wrong' };
        const made = newSession(link, token, result.password, nowMs());
        if (asksCode) return { kind: 'code', pending: await sendCode(parts, made, languageOf(made)) };
        return { kind: 'signed-in', session: await sealSession(keys, made) };
      });
    },

    async confirm({ pending, code, address }) {
      return orUnavailable(async () => {
        const until = await addressLockedUntil(ledger, address, nowMs());
        if (until > 0) return lockedUntil(until);
        const meta = metaOf('code', 'portal');
        const end = await checkCode(parts, pending, code, meta);
        if (end.kind === 'locked') return lockedUntil(end.untilMs);
        if (end.kind === 'expired') return { kind: 'expired' };
        await recordAddress(ledger, address, end.kind === 'in' ? 'right' : 'wrong', meta);
        if (end.kind === 'wrong') return { kind: 'wrong' };
        return { kind: 'signed-in', session: await sealSession(keys, end.session) };
      });
    },

    async register({ link: token, password }) {
      const opened = await linkOf('pdf-invitation', token);
      if (!opened) return { kind: 'unknown' };
      if (opened.expired) return { kind: 'expired' };
      return orUnavailable(() => choose(opened.link, password));
    },

    async view({ session: token }): Promise<SessionView> {
      const found = await session(token);
      if (!found) return { kind: 'ended' };
      const { writer, recipient, subject, messageId, sentAtMs, formToken } = found;
      const language = languageOf(found);
      return {
        kind: 'valid',
        session: await sealSession(keys, { ...found, usedAtMs: nowMs() }),
        formToken,
        sender: writer,
        recipient,
        subject,
        messageId,
        sentAtMs,
        language,
        look: lookOf(writer, language),
        charactersMin: models.pdf.policy.chosenCharactersMin,
      };
    },

    async changePassword({ session: token, password }) {
      const found = await session(token);
      if (!found) return { kind: 'expired' };
      const pair = { sender: found.pairSender, recipient: found.recipient };
      const given = { password, origin: 'chosen', spoolId: '' } as const;
      return orUnavailable(async () => {
        const meta = metaOf(found.recipient, 'changed by the partner');
        const set = await setPassword({ ledger, keys }, models.pdf.policy, pair, given, meta);
        return set.kind === 'refused' ? refusal(set.refusal) : { kind: 'registered' };
      });
    },

    async setLanguage({ session: token, language }) {
      const found = await session(token);
      if (!found) return;
      const stream = pdfPairStream(found.pairSender, found.recipient);
      const set = { type: 'SetPdfLanguage', language, at: nowMs() } as const;
      // Without a quorum the cookie of the language serves until there is one.
      await execute(ledger, pdfPairDecider, stream, set, metaOf(found.recipient, 'portal')).catch(
        unlessNoQuorum,
      );
    },

    async earlier({ session: token }) {
      const found = await session(token);
      if (!found) return [];
      const stored = await ledger.readStream(pdfRepliesStream(found.writer, found.recipient));
      return foldStream(pdfRepliesDecider, stored).map(({ at, attachments, sizeBytes }) => ({
        atMs: at,
        attachments,
        sizeBytes,
      }));
    },

    async submit({ session: token, submission, upload, attachments }) {
      const found = await session(token);
      if (!found) return { kind: 'ended' };
      return orUnavailable(() => parts.submit(found, { submission, upload, attachments }));
    },
  };
}

/** Of the log, of the `keys` process, of the disk, of the gateways that take a second copy. */
const isAway = (error: unknown): boolean =>
  isLogAway(error) || ['unavailable', 'spool-full', 'not-copied'].includes(errorCode(error) ?? '');

async function orUnavailable<T>(run: () => Promise<T>): Promise<T | { readonly kind: 'unavailable' }> {
  try {
    return await run();
  } catch (error) {
    if (isAway(error)) return { kind: 'unavailable' };
    throw error;
  }
}

function unlessNoQuorum(error: unknown): void {
  if (!isAway(error)) throw error;
}

const PROBLEMS = ['too-short', 'too-long', 'odd-character', 'too-simple', 'names-a-person'] as const;

function refusal(why: string): Registered {
  const problem = PROBLEMS.find((one) => one === why);
  return problem ? { kind: 'refused', problem } : { kind: 'expired' };
}
