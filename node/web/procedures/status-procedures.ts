/** Procedures about the gateway's health: what runs, what waits, what is wrong and what to do. */
import { alarmsOf } from '../alarms.ts';
import { read, router } from '../trpc.ts';

export const statusProcedures = router({
  overview: read.query(async ({ ctx }) => {
    const status = await ctx.ports.status.status();
    return { status, alarms: alarmsOf(status, Date.now()), sessions: ctx.signIn.sessions.count() };
  }),
});
