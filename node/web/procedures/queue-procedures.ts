/** Procedures about mails that wait: for their next server, or held for a key or a person. */
import { z } from 'zod';
import { actorOf, change, optionalReason, read, reason, router } from '../trpc.ts';

const queueId = z.string().min(1).max(100);

const holdId = z.string().min(1).max(120);

export const queueProcedures = router({
  list: read.query(({ ctx }) => ctx.ports.queue.list()),
  retry: change
    .input(z.strictObject({ queueId, reason: optionalReason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.queue.retry({ queueId: input.queueId }, actorOf(ctx, input.reason)),
    ),
  remove: change
    .input(z.strictObject({ queueId, reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.queue.remove({ queueId: input.queueId }, actorOf(ctx, input.reason)),
    ),
  held: read.query(({ ctx }) => ctx.ports.queue.held()),
  release: change
    .input(z.strictObject({ holdId, reason: optionalReason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.queue.release({ holdId: input.holdId }, actorOf(ctx, input.reason)),
    ),
  drop: change
    .input(z.strictObject({ holdId, reason }))
    .mutation(({ ctx, input }) => ctx.ports.queue.drop({ holdId: input.holdId }, actorOf(ctx, input.reason))),
});
