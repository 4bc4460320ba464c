/**
 * Sign-in of operators: lock-out, password, session. The same answer, in the same time, for an account that does not
 * exist, is disabled, or has another password.
 */

import type { Role } from '#domain/operators/role.ts';
import type { Log } from '#node/log.ts';
import { lockOut } from '#node/sign-in/lock-out.ts';
import type { OperatorRow, OperatorsPort } from './operators-admin-port.ts';
import { NO_PASSWORD_HASH, passwordMatches } from './password.ts';
import { type Sessions, sessions } from './sessions.ts';

export type SignInResult =
  | { readonly kind: 'signed-in'; readonly token: string; readonly operator: OperatorRow }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly waitMs: number };

/** Who calls a procedure. */
export interface Caller {
  /** As it goes into events: `operator/<id>` or `cli`. */
  readonly actor: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Nothing but a new password may be set. */
  readonly mustChange: boolean;
}

export interface SignIn {
  signIn(name: string, password: string, address: string): Promise<SignInResult>;
  /** The operator of a session, with today's roles; null when the session has ended. */
  callerOf(token: string, active: boolean): Promise<Caller | null>;
  signOut(token: string): void;
  /** True when the operator's present password is this one; counts towards the lock-out like a sign-in. */
  confirms(name: string, password: string, address: string): Promise<boolean>;
  /** The session goes on under the new password; all others of this operator end by the change itself. */
  renew(token: string, name: string, passwordHash: string): string;
  readonly sessions: Sessions;
  readonly counts: { signedIn: number; wrong: number; wait: number };
}

export function signInOf(operators: OperatorsPort, log: Log, now: () => number): SignIn {
  const open = sessions();
  const guard = lockOut();
  const counts = { signedIn: 0, wrong: 0, wait: 0 };

  async function check(name: string, password: string, address: string) {
    const waitMs = guard.attempt(name, address, now());
    if (waitMs > 0) {
      counts.wait += 1;
      return { kind: 'wait', waitMs } as const;
    }
    const found = await operators.credential(name);
    const known = found?.enabled === true ? found : null;
    const right = await passwordMatches(password, known?.passwordHash ?? NO_PASSWORD_HASH);
    if (!known || !right) {
      counts.wrong += 1;
      log.warn({ address }, 'sign-in failed'); // Not the name: people type their password there.
      return { kind: 'wrong' } as const;
    }
    guard.succeeded(name, address);
    return { kind: 'right', known } as const;
  }

  return {
    sessions: open,
    counts,
    async signIn(name, password, address) {
      const checked = await check(name, password, address);
      if (checked.kind !== 'right') return checked;
      counts.signedIn += 1;
      const { passwordHash, ...operator } = checked.known;
      log.info({ operator: operator.id, address }, 'signed in');
      return { kind: 'signed-in', token: open.open(operator.id, passwordHash, now()), operator };
    },
    async callerOf(token, active) {
      const session = open.use(token, now(), active);
      if (!session) return null;
      const operator = await operators.credential(session.operator);
      if (operator?.enabled !== true || operator.passwordHash !== session.passwordHash) {
        open.close(token);
        return null;
      }
      const { id, roles, mustChange } = operator;
      return { actor: `operator/${id}`, name: id, roles, mustChange };
    },
    signOut: (token) => open.close(token),
    async confirms(name, password, address) {
      return (await check(name, password, address)).kind === 'right';
    },
    renew(token, name, passwordHash) {
      open.close(token);
      return open.open(name, passwordHash, now());
    },
  };
}
