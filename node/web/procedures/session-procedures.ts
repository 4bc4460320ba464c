/** Procedures about the operator's own session: sign in and out, who am I, change my password. */
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { hashPassword, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN } from '../password.ts';
import { allowedProcedures } from '../roles.ts';
import { actorOf, change, read, router } from '../trpc.ts';

const NAME_CHARS_MAX = 64;
const name = z.string().trim().min(1).max(NAME_CHARS_MAX);
const password = z.string().min(1).max(PASSWORD_CHARS_MAX);
const newPassword = z.string().min(PASSWORD_CHARS_MIN).max(PASSWORD_CHARS_MAX);

export const sessionProcedures = router({
  current: read.query(async ({ ctx }) => {
    if (!ctx.caller) return null;
    return {
      name: ctx.caller.name,
      roles: ctx.caller.roles,
      mustChange: ctx.caller.mustChange,
      allowed: allowedProcedures(ctx.caller.roles),
      mailbox: ctx.ports.mailbox !== null,
    };
  }),

  /** `wrong` says neither whether the account exists nor what was wrong. */
  signIn: change.input(z.strictObject({ name, password })).mutation(async ({ ctx, input }) => {
    const result = await ctx.signIn.signIn(input.name, input.password, ctx.address);
    if (result.kind === 'wait') return { kind: 'wait', waitMs: result.waitMs } as const;
    if (result.kind === 'wrong') return { kind: 'wrong' } as const;
    if (ctx.token) ctx.signIn.signOut(ctx.token); // A session never outlives the next sign-in on the same browser.
    ctx.setToken(result.token);
    return { kind: 'signed-in', name: result.operator.id } as const;
  }),

  signOut: change.mutation(({ ctx }) => {
    if (ctx.token) ctx.signIn.signOut(ctx.token);
    ctx.setToken(null);
  }),

  changePassword: change
    .input(z.strictObject({ current: password, next: newPassword }))
    .mutation(async ({ ctx, input }) => {
      const by = actorOf(ctx, '');
      const self = ctx.caller!.name;
      if (!(await ctx.signIn.confirms(self, input.current, ctx.address))) {
        throw new TRPCError({
          code: 'UNPROCESSABLE_CONTENT',
          message: 'the present password is another one',
        });
      }
      const passwordHash = await hashPassword(input.next);
      await ctx.ports.operators.setPassword({ id: self, passwordHash, mustChange: false }, by);
      if (ctx.token) ctx.setToken(ctx.signIn.renew(ctx.token, self, passwordHash));
    }),
});
