/** Procedures about the cluster: who belongs to it, how it is, and who may join. */
import { z } from 'zod';
import { actorOf, change, optionalReason, read, router } from '../trpc.ts';

const role = z.enum(['auto', 'voter', 'gateway', 'standby', 'witness']);

export const clusterProcedures = router({
  status: read.query(({ ctx }) => ctx.ports.cluster.status()),
  plan: read.query(({ ctx }) => ctx.ports.cluster.plan()),
  init: change
    .input(z.strictObject({ reason: optionalReason }))
    .mutation(({ ctx, input }) => ctx.ports.cluster.init(actorOf(ctx, input.reason))),
  token: change
    .input(z.strictObject({ role: role.default('auto'), reason: optionalReason }))
    .mutation(({ ctx, input }) => ctx.ports.cluster.token({ role: input.role }, actorOf(ctx, input.reason))),
});
