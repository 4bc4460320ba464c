/** The two ways in: a link from a PDF, with the pair's password; a link from an invitation, to choose one. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { lockOut } from '#node/sign-in/lock-out.ts';
import type { Opening } from './desk-port.ts';
import type { Frame } from './pages/frame.ts';
import { invitationPage } from './pages/password-page.ts';
import { codePage, deadEndPage, type SignInTrouble, signInPage } from './pages/sign-in-page.ts';
import { fieldsOf, type Portal, plainFrame, sendPage } from './portal.ts';
import { isLanguage } from './texts/languages.ts';

type LinkRequest = FastifyRequest<{ Params: { link: string } }>;
type Known = Extract<Opening, { kind: 'reply' | 'invitation' }>;

export function serveLinks(app: FastifyInstance, portal: Portal): void {
  const { desk, cookies } = portal;
  const byAddress = lockOut();

  /** Answers whatever leads nowhere; otherwise the opened link with its frame. */
  async function open(
    request: LinkRequest,
    reply: FastifyReply,
    kind: Known['kind'],
  ): Promise<{ opening: Known; frame: Frame } | null> {
    const opening = await desk.open({ link: request.params.link });
    if (opening.kind === kind) {
      const language = cookies.languageOf(request) ?? opening.language;
      const here = `${kind === 'reply' ? 'answer' : 'register'}/${request.params.link}`;
      return { opening, frame: { language, look: opening.look, root: '../', here } };
    }
    const frame = plainFrame(portal, request);
    if (opening.kind === 'expired') {
      const own = { ...frame, look: opening.look, language: cookies.languageOf(request) ?? opening.language };
      sendPage(reply, 410, deadEndPage(own, 'expired'));
    } else if (opening.kind === 'unavailable') sendPage(reply, 503, deadEndPage(frame, 'unavailable'));
    else sendPage(reply, 404, deadEndPage(frame, 'unknown'));
    return null;
  }

  app.get<{ Params: { link: string } }>('/answer/:link', async (request, reply) => {
    const opened = await open(request, reply, 'reply');
    if (opened) sendPage(reply, 200, signInPage(opened.frame, null));
    return reply;
  });

  app.post<{ Params: { link: string } }>('/answer/:link', async (request, reply) => {
    const opened = await open(request, reply, 'reply');
    if (!opened) return reply;
    const fields = fieldsOf(request);
    const again = (status: number, trouble: SignInTrouble): FastifyReply =>
      sendPage(reply, status, signInPage(opened.frame, trouble));
    const waitMs = byAddress.attempt(request.params.link.slice(0, 40), request.ip, Date.now());
    if (waitMs > 0) return again(429, { kind: 'locked', waitMs });
    const password = fields.get('password') ?? '';
    const answer = await desk.signIn({ link: request.params.link, password, address: request.ip });
    switch (answer.kind) {
      case 'signed-in':
        byAddress.succeeded(request.params.link.slice(0, 40), request.ip);
        cookies.setSession(reply, answer.session);
        return reply.redirect('../reply', 303);
      case 'code':
        byAddress.succeeded(request.params.link.slice(0, 40), request.ip);
        return sendPage(reply, 200, codePage({ ...opened.frame, here: null }, answer.pending, null));
      case 'locked':
        return again(429, { kind: 'locked', waitMs: answer.waitMs });
      case 'wrong':
        return again(403, { kind: 'wrong' });
      case 'unavailable':
        return sendPage(reply, 503, deadEndPage(opened.frame, 'unavailable'));
      case 'expired':
      case 'unknown':
        return sendPage(reply, 404, deadEndPage(opened.frame, answer.kind));
    }
  });

  app.post('/code', async (request, reply) => {
    const fields = fieldsOf(request);
    const pending = fields.get('pending') ?? '';
    const frame = plainFrame(portal, request);
    const again = (status: number, trouble: SignInTrouble): FastifyReply =>
      sendPage(reply, status, codePage(frame, pending, trouble));
    if (!TOKEN.test(pending)) return sendPage(reply, 404, deadEndPage(frame, 'unknown'));
    const code = (fields.get('code') ?? '').slice(0, CODE_CHARS_MAX);
    const answer = await desk.confirm({ pending, code, address: request.ip });
    switch (answer.kind) {
      case 'signed-in':
        cookies.setSession(reply, answer.session);
        return reply.redirect('./reply', 303);
      case 'locked':
        return again(429, { kind: 'locked', waitMs: answer.waitMs });
      case 'wrong':
        return again(403, { kind: 'wrong' });
      case 'unavailable':
        return sendPage(reply, 503, deadEndPage(frame, 'unavailable'));
      case 'expired':
      case 'unknown':
      case 'code':
        return sendPage(reply, 410, deadEndPage(frame, 'codeExpired'));
    }
  });

  app.get<{ Params: { link: string } }>('/register/:link', async (request, reply) => {
    const opened = await open(request, reply, 'invitation');
    if (opened) sendPage(reply, 200, invitation(opened, null));
    return reply;
  });

  app.post<{ Params: { link: string } }>('/register/:link', async (request, reply) => {
    const opened = await open(request, reply, 'invitation');
    if (!opened) return reply;
    const fields = fieldsOf(request);
    const password = fields.get('password') ?? '';
    if (password !== fields.get('again')) return sendPage(reply, 422, invitation(opened, 'differ'));
    const answer = await desk.register({ link: request.params.link, password });
    if (answer.kind === 'refused') return sendPage(reply, 422, invitation(opened, answer.problem));
    const status = { registered: 200, used: 410, expired: 410, unknown: 404, unavailable: 503 }[answer.kind];
    return sendPage(reply, status, deadEndPage({ ...opened.frame, here: null }, answer.kind));
  });

  app.post('/language', async (request, reply) => {
    const fields = fieldsOf(request);
    const language = fields.get('language');
    const here = fields.get('here') ?? '';
    if (!isLanguage(language) || !HERE.test(here))
      return reply.code(400).type('text/plain').send('bad request\n');
    cookies.setLanguage(reply, language);
    const session = cookies.sessionOf(request);
    if (session !== null) await desk.setLanguage({ session, language });
    return reply.redirect(`./${here}`, 303);
  });
}

const TOKEN = /^[A-Za-z0-9_-]{1,4000}$/;
const CODE_CHARS_MAX = 40;

/** Places of this portal, never another host. */
const HERE = /^(?:(?:answer|register)\/[A-Za-z0-9_-]{1,3000}|reply|sent|earlier|password)$/;

function invitation(
  { opening, frame }: { opening: Known; frame: Frame },
  problem: Parameters<typeof invitationPage>[2]['problem'],
): string {
  const { charactersMin, sender } = opening;
  return invitationPage(frame, sender, { charactersMin, problem, formToken: null });
}
