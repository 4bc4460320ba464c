/**
 * What a gateway says about giving away its mails before it leaves (drain.ts): `POST drain {on}` begins or ends it,
 * `GET drain` asks how far it is; both are answered with the state.
 */
import { z } from 'zod';

const count = z.number().int().nonnegative();

export const drainRequestSchema = z.strictObject({ on: z.boolean() });

export const drainStateSchema = z.object({
  /** It accepts no mail and gives away what it has. */
  draining: z.boolean(),
  /** Mails of which something is left here, in all and by where: a mail can be in two places. */
  left: count,
  inLine: count,
  queued: count,
  held: count,
  /** Mails that others have taken since the drain began. */
  handedOver: count,
  /** Why what is left does not go on now, a sentence; empty while it does. */
  waitsFor: z.string(),
});

export type DrainState = z.infer<typeof drainStateSchema>;

/** Nothing is left, and nothing comes in. */
export const isDrained = ({ draining, left }: DrainState): boolean => draining && left === 0;
