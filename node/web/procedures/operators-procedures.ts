/** Procedures about the operators of the gateway themselves. */
import { z } from 'zod';
import { isRole, type Role } from '#domain/operators/role.ts';
import { hashPassword, readablePassword } from '../password.ts';
import { actorOf, change, line, optionalReason, read, reason, router } from '../trpc.ts';

const id = z
  .string()
  .trim()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, dots, hyphens');
const roles = z
  .array(z.custom<Role>((value) => typeof value === 'string' && isRole(value), 'a role'))
  .min(1)
  .max(7);

export const operatorsProcedures = router({
  list: read.query(({ ctx }) => ctx.ports.operators.list()),

  /** The first password is made here and shown once. */
  create: change
    .input(z.strictObject({ id, name: line(200), roles, reason: optionalReason }))
    .mutation(async ({ ctx, input }) => {
      const password = readablePassword();
      const passwordHash = await hashPassword(password);
      await ctx.ports.operators.create(
        { id: input.id, name: input.name, roles: input.roles, passwordHash, mustChange: true },
        actorOf(ctx, input.reason),
      );
      return { password };
    }),

  setRoles: change
    .input(z.strictObject({ id, roles, reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.operators.setRoles({ id: input.id, roles: input.roles }, actorOf(ctx, input.reason)),
    ),

  resetPassword: change.input(z.strictObject({ id, reason })).mutation(async ({ ctx, input }) => {
    const password = readablePassword();
    const passwordHash = await hashPassword(password);
    await ctx.ports.operators.setPassword(
      { id: input.id, passwordHash, mustChange: true },
      actorOf(ctx, input.reason),
    );
    return { password };
  }),

  setEnabled: change
    .input(z.strictObject({ id, enabled: z.boolean(), reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.operators.setEnabled({ id: input.id, enabled: input.enabled }, actorOf(ctx, input.reason)),
    ),
});
