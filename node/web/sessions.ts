/**
 * Sessions of signed-in operators: a random token in a cookie, everything else here on the server.
 *
 * Only the SHA-256 of a token is kept. A session ends when it was idle for too long, after its absolute time, on
 * sign-out, and when the operator's password changes or the account is disabled (asked at each request, see web-server).
 */
import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
export const SESSION_IDLE_MS = 30 * 60_000; // OWASP ASVS 5.0 §7.3: a working break is longer, a reading pause shorter.
export const SESSION_ABSOLUTE_MS = 12 * 3_600_000; // A working day.
const SESSIONS_MAX = 1_000; // Operators are few; the session that was used least recently goes first.

export interface Session {
  readonly operator: string;
  /** The password it was opened with: another one in the log ends the session. */
  readonly passwordHash: string;
  readonly openedAtMs: number;
  lastUsedMs: number;
}

export interface Sessions {
  /** Gives the token for the cookie. */
  open(operator: string, passwordHash: string, nowMs: number): string;
  /** Null when there is none (any more). `active` false = the page asked by itself, nobody is there. */
  use(token: string, nowMs: number, active: boolean): Session | null;
  close(token: string): void;
  count(): number;
}

export function sessions(): Sessions {
  const open = new Map<string, Session>();
  const nameOf = (token: string): string => createHash('sha256').update(token).digest('base64');
  return {
    open(operator, passwordHash, nowMs) {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      open.set(nameOf(token), { operator, passwordHash, openedAtMs: nowMs, lastUsedMs: nowMs });
      for (const name of open.keys()) {
        if (open.size <= SESSIONS_MAX) break;
        open.delete(name);
      }
      return token;
    },
    use(token, nowMs, active) {
      const name = nameOf(token);
      const session = open.get(name);
      if (!session) return null;
      open.delete(name);
      if (nowMs - session.lastUsedMs > SESSION_IDLE_MS) return null;
      if (nowMs - session.openedAtMs > SESSION_ABSOLUTE_MS) return null;
      if (active) session.lastUsedMs = nowMs;
      open.set(name, session); // Now the newest in the order of use.
      return session;
    },
    close(token) {
      open.delete(nameOf(token));
    },
    count: () => open.size,
  };
}
