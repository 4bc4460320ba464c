/** Pages of someone who is signed in: the answer, what was answered before, another password, the way out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newBoundary } from '#node/protect/boundary.ts';
import { newSpoolId } from '#node/spool/spool-id.ts';
import { AnswerMail } from './answer-mail.ts';
import { PORTAL_LISTENER } from './desk-port.ts';
import type { Frame } from './pages/frame.ts';
import { changePage } from './pages/password-page.ts';
import { earlierPage, type ReplyProblem, replyPage, sentPage, type ValidView } from './pages/reply-page.ts';
import { deadEndPage } from './pages/sign-in-page.ts';
import { fieldsOf, type Portal, plainFrame, sendPage } from './portal.ts';
import { takeUpload } from './upload.ts';

const UPLOADS_MAX = 40; // At the same time, one MB of memory each; more wait for nothing but a moment.

export function serveReplies(app: FastifyInstance, portal: Portal): void {
  const { desk, cookies, settings } = portal;
  let uploads = 0;

  /** Answers whoever has no session; otherwise whose page it is. */
  async function enter(
    request: FastifyRequest,
    reply: FastifyReply,
    here: string,
  ): Promise<{ view: ValidView; frame: Frame } | null> {
    const session = cookies.sessionOf(request);
    const view = session === null ? ({ kind: 'ended' } as const) : await desk.view({ session });
    if (view.kind === 'valid') {
      cookies.setSession(reply, view.session);
      const language = cookies.languageOf(request) ?? view.language;
      return { view, frame: { language, look: view.look, root: './', here } };
    }
    const frame = plainFrame(portal, request);
    if (view.kind === 'unavailable') sendPage(reply, 503, deadEndPage(frame, 'unavailable'));
    else {
      cookies.setSession(reply, null);
      sendPage(reply, 401, deadEndPage(frame, 'ended'));
    }
    return null;
  }

  const form = (
    { view, frame }: { view: ValidView; frame: Frame },
    message: string,
    problem: ReplyProblem | null,
    // The last part of a spool id: sorted by time, and the same answer has the same one on every gateway.
    submission = newSpoolId('portal', 1, Date.now()).split('.')[2]!,
  ): string => {
    return replyPage(frame, view, limitsOf(settings), { submission, message, problem });
  };

  app.get('/reply', async (request, reply) => {
    const entered = await enter(request, reply, 'reply');
    if (entered) sendPage(reply, 200, form(entered, '', null));
    return reply;
  });

  app.post('/reply', async (request, reply) => {
    if (uploads >= UPLOADS_MAX) {
      return sendPage(reply, 503, deadEndPage(plainFrame(portal, request), 'unavailable'));
    }
    uploads += 1;
    try {
      await takeReply(request, reply);
    } finally {
      uploads -= 1;
    }
    return reply;
  });

  async function takeReply(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const entered = await enter(request, reply, 'reply');
    if (!entered) return void request.raw.resume();
    const { view } = entered;
    const upload = newSpoolId('portal', 1, Date.now());
    const uploaded = await takeUpload(request.raw, request.headers, {
      spool: portal.spool,
      limits: limitsOf(settings),
      upload,
      view,
      header: (sizeBytes) => uploadHeader(upload, view, request, sizeBytes),
      mail: (submission) =>
        new AnswerMail({
          from: view.recipient,
          to: view.sender,
          subject: view.subject,
          inReplyTo: view.messageId,
          messageId: `<${submission}@${portal.hostname}>`,
          atMs: Date.now(),
          boundary: newBoundary(),
        }),
    });
    if (uploaded.kind === 'refused') {
      sendPage(reply, 422, form(entered, uploaded.message, uploaded.problem));
      return;
    }
    const { submission, files, message } = uploaded;
    const answer = await desk.submit({ session: view.session, submission, upload, attachments: files });
    if (answer.kind === 'sent') reply.redirect('./sent', 303);
    else if (answer.kind === 'ended') sendPage(reply, 401, deadEndPage(entered.frame, 'ended'));
    // The same answer when it is sent again, whatever has become of this one.
    else sendPage(reply, 503, form(entered, message, 'unavailableText', submission));
  }

  app.get('/sent', async (request, reply) => {
    const entered = await enter(request, reply, 'sent');
    if (entered) sendPage(reply, 200, sentPage(entered.frame, entered.view));
    return reply;
  });

  app.get('/earlier', async (request, reply) => {
    const entered = await enter(request, reply, 'earlier');
    if (!entered) return reply;
    const replies = await desk.earlier({ session: entered.view.session });
    return sendPage(reply, 200, earlierPage(entered.frame, entered.view, replies));
  });

  app.get('/password', async (request, reply) => {
    const entered = await enter(request, reply, 'password');
    if (entered) sendPage(reply, 200, change(entered, null));
    return reply;
  });

  app.post('/password', async (request, reply) => {
    const entered = await enter(request, reply, 'password');
    if (!entered) return reply;
    const fields = fieldsOf(request);
    if (fields.get('token') !== entered.view.formToken) return sendPage(reply, 403, change(entered, null));
    const password = fields.get('password') ?? '';
    if (password !== fields.get('again')) return sendPage(reply, 422, change(entered, 'differ'));
    const answer = await desk.changePassword({ session: entered.view.session, password });
    if (answer.kind === 'refused') return sendPage(reply, 422, change(entered, answer.problem));
    if (answer.kind !== 'registered') {
      return sendPage(reply, 503, deadEndPage({ ...entered.frame, here: null }, 'unavailable'));
    }
    cookies.setSession(reply, null); // It was of the old password.
    return sendPage(reply, 200, deadEndPage({ ...entered.frame, here: null }, 'changed'));
  });

  app.post('/sign-out', async (request, reply) => {
    const entered = await enter(request, reply, 'reply');
    if (!entered) return reply;
    if (fieldsOf(request).get('token') !== entered.view.formToken) return reply.redirect('./reply', 303);
    cookies.setSession(reply, null);
    return sendPage(reply, 200, deadEndPage({ ...entered.frame, here: null }, 'signedOut'));
  });
}

function change(
  { view, frame }: { view: ValidView; frame: Frame },
  problem: Parameters<typeof changePage>[1]['problem'],
): string {
  return changePage(frame, { charactersMin: view.charactersMin, problem, formToken: view.formToken });
}

const limitsOf = (settings: Portal['settings']) => ({
  filesMax: settings.filesMax,
  bytesMax: settings.attachmentsBytesMax,
});

/** For the sealed upload; the desk believes none of it and writes the mail's own header. */
function uploadHeader(upload: string, view: ValidView, request: FastifyRequest, sizeBytes: number) {
  return {
    v: 1 as const,
    spoolId: upload,
    envelope: {
      sender: view.recipient,
      recipients: [{ address: view.sender }],
      body: '7BIT' as const,
      smtpUtf8: false,
      requireTls: false,
      dsn: {},
    },
    session: {
      sessionId: upload,
      listener: PORTAL_LISTENER,
      zone: 'outside' as const,
      peerAddress: request.ip,
      peerPort: request.socket.remotePort ?? 0,
      localPort: request.socket.localPort ?? 0,
      helo: '',
      esmtp: false,
      tls: null,
      authenticatedAs: null,
      receivedAtMs: Date.now(),
    },
    sizeBytes,
    messageIdMade: null,
  };
}
