/** The partner's cookies: the session, sealed by the desk, and the chosen language before anyone has signed in. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Language } from '#domain/people/mail-domain.ts';
import { isLanguage } from './texts/languages.ts';

const LANGUAGE_COOKIE = 'sealgate-portal-language';
const YEAR_SECONDS = 365 * 86_400;

export interface Cookies {
  sessionOf(request: FastifyRequest): string | null;
  setSession(reply: FastifyReply, session: string | null): void;
  languageOf(request: FastifyRequest): Language | null;
  setLanguage(reply: FastifyReply, language: Language): void;
}

/** `tls`: the prefix makes a browser refuse the cookie from anything but this host over TLS (RFC 6265bis §4.1.3.2). */
export function cookies(tls: boolean): Cookies {
  const name = tls ? '__Host-sealgate-portal' : 'sealgate-portal';
  const common = `Path=/; SameSite=Strict${tls ? '; Secure' : ''}`;
  const cookieOf = (request: FastifyRequest, wanted: string): string | null => {
    for (const pair of (request.headers.cookie ?? '').split(';')) {
      const [key, value] = pair.trim().split('=');
      if (key === wanted && value) return value;
    }
    return null;
  };
  return {
    sessionOf: (request) => cookieOf(request, name),
    setSession: (reply, session) =>
      reply.header(
        'set-cookie',
        `${name}=${session ?? ''}; ${common}; HttpOnly${session === null ? '; Max-Age=0' : ''}`,
      ),
    languageOf(request) {
      const word = cookieOf(request, LANGUAGE_COOKIE);
      return isLanguage(word) ? word : null;
    },
    setLanguage: (reply, language) =>
      reply.header(
        'set-cookie',
        `${LANGUAGE_COOKIE}=${language}; ${common}; HttpOnly; Max-Age=${YEAR_SECONDS}`,
      ),
  };
}
