/** Procedures about mails that wait for their next server. */
import { z } from 'zod';
import { actorOf, change, optionalReason, read, reason, router } from '../trpc.ts';

const queueId = z.string().min(1).max(100);

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
});
