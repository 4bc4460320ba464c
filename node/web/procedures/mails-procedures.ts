/** Procedures about mails that passed, on all gateways: never their content, only their trace (features.md A8). */
import { z } from 'zod';
import { MAIL_STATES } from '../trace-model.ts';
import { ROWS_MAX } from '../trace-question.ts';
import { read, router } from '../trpc.ts';

const SEARCH_CHARS_MAX = 320; // The longest address.

export const mailsProcedures = router({
  list: read
    .input(
      z.strictObject({
        search: z.string().trim().max(SEARCH_CHARS_MAX).default(''),
        state: z.enum(MAIL_STATES).nullable().default(null),
        /** `next` of the page before; null = from the newest. */
        before: z.string().max(200).nullable().default(null),
        limit: z.number().int().min(1).max(ROWS_MAX).default(25),
      }),
    )
    .query(({ ctx, input }) => ctx.trace.search(input)),

  get: read
    .input(z.strictObject({ spoolId: z.string().min(1).max(100) }))
    .query(({ ctx, input }) => ctx.trace.get(input.spoolId)),
});
