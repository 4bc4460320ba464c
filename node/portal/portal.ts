/** What the routes of the portal share: its parts, how a page is sent, how a form is read. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '#node/config/settings.ts';
import type { Log } from '#node/log.ts';
import type { SpoolWriter } from '#node/spool/spool-writer.ts';
import type { PortalDesk } from './desk-port.ts';
import { type Frame, PLAIN_LOOK } from './pages/frame.ts';
import type { Cookies } from './portal-session.ts';

type PortalSettings = NonNullable<Settings['portal']>;

export interface PortalParts {
  readonly settings: PortalSettings;
  readonly hostname: string;
  readonly desk: PortalDesk;
  readonly spool: SpoolWriter;
  readonly log: Log;
}

export interface Portal extends PortalParts {
  readonly cookies: Cookies;
}

export function sendPage(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(page);
}

/** For a page of nobody's in particular. */
export function plainFrame(portal: Portal, request: FastifyRequest): Frame {
  const language = portal.cookies.languageOf(request) ?? 'en';
  const root = request.url.split('/').length > 2 ? ('../' as const) : ('./' as const);
  return { language, look: PLAIN_LOOK, root, here: null };
}

export function fieldsOf(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
}
