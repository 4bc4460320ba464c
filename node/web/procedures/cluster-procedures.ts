/** Procedures about the cluster: who belongs to it, how it is, and who may join. */
import { z } from 'zod';
import { actorOf, change, optionalReason, read, reason, router } from '../trpc.ts';

const role = z.enum(['auto', 'voter', 'gateway', 'standby', 'witness']);

/** Node id or name. */
const member = z.string().min(1).max(80);

export const clusterProcedures = router({
  status: read.query(({ ctx }) => ctx.ports.cluster.status()),
  plan: read.query(({ ctx }) => ctx.ports.cluster.plan()),
  init: change
    .input(z.strictObject({ reason: optionalReason }))
    .mutation(({ ctx, input }) => ctx.ports.cluster.init(actorOf(ctx, input.reason))),
  token: change
    .input(z.strictObject({ role: role.default('auto'), reason: optionalReason }))
    .mutation(({ ctx, input }) => ctx.ports.cluster.token({ role: input.role }, actorOf(ctx, input.reason))),
  drain: change
    .input(z.strictObject({ member, on: z.boolean().default(true), reason }))
    .mutation(({ ctx, input: { member: of, on, reason: why } }) =>
      ctx.ports.cluster.drain({ member: of, on }, actorOf(ctx, why)),
    ),
  draining: read
    .input(z.strictObject({ member }))
    .query(({ ctx, input }) => ctx.ports.cluster.draining(input)),
  remove: change
    .input(
      z.strictObject({
        member,
        toPair: z.boolean().default(false),
        force: z.boolean().default(false),
        reason,
      }),
    )
    .mutation(({ ctx, input: { reason: why, ...request } }) =>
      ctx.ports.cluster.remove(request, actorOf(ctx, why)),
    ),
  replacePlan: read
    .input(z.strictObject({ member }))
    .query(({ ctx, input }) => ctx.ports.cluster.replacePlan(input)),
  replace: change
    .input(z.strictObject({ member, reason }))
    .mutation(({ ctx, input: { member: of, reason: why } }) =>
      ctx.ports.cluster.replace({ member: of }, actorOf(ctx, why)),
    ),
  endReplacement: change
    .input(z.strictObject({ reason }))
    .mutation(({ ctx, input }) => ctx.ports.cluster.endReplacement(actorOf(ctx, input.reason))),
  recover: change
    .input(
      z.strictObject({
        confirmDead: z.array(z.string().min(1).max(80)).max(100),
        cancel: z.boolean().default(false),
        reason,
      }),
    )
    .mutation(({ ctx, input }) =>
      ctx.ports.cluster.recover(
        { dead: input.confirmDead, cancel: input.cancel },
        actorOf(ctx, input.reason),
      ),
    ),
});
