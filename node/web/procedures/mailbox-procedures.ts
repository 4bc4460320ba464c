/** Procedures about the try-out's mailbox; outside the try-out there is none. */
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { MailboxPort } from '../mailbox-admin-port.ts';
import { type AdminContext, change, read, router } from '../trpc.ts';

const id = z.string().min(1).max(200);

function mailboxOf(ctx: AdminContext): MailboxPort {
  if (ctx.ports.mailbox) return ctx.ports.mailbox;
  throw new TRPCError({ code: 'NOT_FOUND', message: 'the mailbox exists only in the try-out' });
}

export const mailboxProcedures = router({
  list: read.query(({ ctx }) => mailboxOf(ctx).list()),
  get: read.input(z.strictObject({ id })).query(async ({ ctx, input }) => {
    const found = await mailboxOf(ctx).get(input.id);
    if (!found) throw new TRPCError({ code: 'NOT_FOUND', message: 'no such mail' });
    return found;
  }),
  sendSample: change
    .input(z.strictObject({ technology: z.enum(['smime', 'openpgp']) }))
    .mutation(({ ctx, input }) => mailboxOf(ctx).sendSample(input)),
  answerEncrypted: change
    .input(z.strictObject({ id }))
    .mutation(({ ctx, input }) => mailboxOf(ctx).answerEncrypted(input)),
  clear: change.mutation(({ ctx }) => mailboxOf(ctx).clear()),
});
