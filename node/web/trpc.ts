/**
 * The base of all procedures: context, access by `roles.ts`, errors as the page and the command line get them.
 *
 * A procedure is made with `read` or `change`; both refuse whoever may not call it. A `change` carries an actor for the
 * events and one line in the operators' log.
 */

import { randomUUID } from 'node:crypto';
import { initTRPC, TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { Log } from '#node/log.ts';
import { type Actor, AdminRefusal, type RefusalCode } from './admin-request.ts';
import type { AdminPorts } from './all-admin-ports.ts';
import type { AllTraces } from './all-traces.ts';
import { mayCall } from './roles.ts';
import type { Caller, SignIn } from './sign-in.ts';

export interface AdminContext {
  readonly ports: AdminPorts;
  readonly trace: AllTraces;
  readonly signIn: SignIn;
  readonly log: Log;
  /** Null before sign-in. */
  readonly caller: Caller | null;
  readonly address: string;
  readonly token: string | null;
  /** Sets (or with null removes) the session cookie of the answer. */
  setToken(token: string | null): void;
}

const HTTP_LIKE: Readonly<Record<RefusalCode, TRPCError['code']>> = {
  unknown: 'NOT_FOUND',
  'already-known': 'CONFLICT',
  conflict: 'CONFLICT',
  expired: 'PRECONDITION_FAILED',
  revoked: 'PRECONDITION_FAILED',
  'wrong-password': 'UNPROCESSABLE_CONTENT',
  malformed: 'UNPROCESSABLE_CONTENT',
  'not-exportable': 'PRECONDITION_FAILED',
  'not-allowed': 'PRECONDITION_FAILED',
  'last-administrator': 'PRECONDITION_FAILED',
  unavailable: 'SERVICE_UNAVAILABLE',
  'not-writable': 'SERVICE_UNAVAILABLE',
};

/** What a procedure does to the gateway's state; the test of roles reads it. */
interface ProcedureMeta {
  readonly changes: boolean;
}

const t = initTRPC
  .context<AdminContext>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false, // No stack in an answer.
    errorFormatter({ shape, error }) {
      const refusal = error.cause instanceof AdminRefusal ? error.cause.code : null;
      const invalid =
        error.cause instanceof z.ZodError
          ? error.cause.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }))
          : null;
      const message = error.code === 'INTERNAL_SERVER_ERROR' ? 'internal error' : shape.message;
      return {
        ...shape,
        message: invalid ? 'invalid input' : message,
        data: { ...shape.data, refusal, invalid },
      };
    },
  });

/** Turns an expected refusal into its answer, leaves a bug a bug. */
const withRefusals = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok && result.error.cause instanceof AdminRefusal) {
    const { cause } = result.error;
    throw new TRPCError({ code: HTTP_LIKE[cause.code], message: cause.message, cause });
  }
  return result;
});

const withAccess = t.middleware(({ path, ctx, next }) => {
  if (!mayCall(path, ctx.caller?.roles ?? null)) {
    throw ctx.caller
      ? new TRPCError({ code: 'FORBIDDEN', message: 'your roles do not allow this' })
      : new TRPCError({ code: 'UNAUTHORIZED', message: 'sign in first' });
  }
  if (ctx.caller?.mustChange && !path.startsWith('session.')) {
    throw new TRPCError({ code: 'PRECONDITION_FAILED', message: 'set a password of your own first' });
  }
  return next();
});

/** Text that ends in an event or a header: one line, no control characters (threat 31). */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'one line of text');

const REASON_CHARS_MAX = 500; // A sentence for the auditor, not a report.
const REASON_CHARS_MIN = 3;
export const reason = line(REASON_CHARS_MAX).min(REASON_CHARS_MIN, 'say why');
export const optionalReason = line(REASON_CHARS_MAX).default('');

/** Who and why, for the events of one command. */
export function actorOf(ctx: AdminContext, why: string): Actor {
  if (!ctx.caller) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'sign in first' });
  return { actor: ctx.caller.actor, reason: why, requestId: randomUUID(), atMs: Date.now() };
}

const withLogLine = t.middleware(async ({ path, ctx, next }) => {
  const result = await next();
  const outcome = result.ok ? 'done' : result.error.code;
  ctx.log.info({ actor: ctx.caller?.actor ?? 'nobody', procedure: path, outcome }, 'command');
  return result;
});

export const router = t.router;
export const read = t.procedure.meta({ changes: false }).use(withRefusals).use(withAccess);
export const change = t.procedure.meta({ changes: true }).use(withLogLine).use(withRefusals).use(withAccess);
