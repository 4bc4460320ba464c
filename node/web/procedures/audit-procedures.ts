/** Procedures about the event log as an auditor reads it. */
import { z } from 'zod';
import { read, router } from '../trpc.ts';

const instant = z.number().int().nonnegative().nullable().default(null);

export const auditProcedures = router({
  events: read
    .input(
      z.strictObject({
        before: z
          .string()
          .regex(/^\d{1,20}$/)
          .nullable()
          .default(null),
        limit: z.number().int().min(1).max(200).default(50),
        search: z.string().trim().max(200).default(''),
        actor: z.string().trim().max(200).default(''),
        fromMs: instant,
        toMs: instant,
      }),
    )
    .query(({ ctx, input }) => ctx.ports.audit.events(input)),
});
