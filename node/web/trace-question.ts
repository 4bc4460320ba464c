/**
 * What one gateway's management asks another's about traces, through both `peer` processes: `GET trace?q=<question>`,
 * JSON both ways, checked on arrival.
 *
 * A gateway answers for itself and for those whose copies it has (node/trace/trace-copies.ts); who asks uses a copy only
 * for a gateway that gave no answer. Roles are looked at where the operator is: a question between gateways has none.
 */
import { z } from 'zod';
import { MAIL_STATES } from './trace-model.ts';
import { mailPartsSchema } from './trace-records.ts';

export const ROWS_MAX = 100;
const TEXT_CHARS_MAX = 320; // The longest address.

const spoolId = z.string().min(1).max(100);
const moment = z.string().regex(/^[0-9a-f]{12}!.{1,100}$/);

export const traceQuestionSchema = z.discriminatedUnion('ask', [
  z.strictObject({
    ask: z.literal('find'),
    search: z.string().max(TEXT_CHARS_MAX),
    state: z.enum(MAIL_STATES).nullable(),
    before: z.string().max(200).nullable(),
    limit: z.number().int().min(1).max(ROWS_MAX),
  }),
  z.strictObject({ ask: z.literal('parts'), spoolIds: z.array(spoolId).max(ROWS_MAX) }),
]);
export type TraceQuestion = z.infer<typeof traceQuestionSchema>;

/** From the journals of one gateway; `of` null: of the one that answers, else its copy of that node's. */
const sourceSchema = z.object({
  of: z.string().max(80).nullable(),
  /** Of `find`. */
  moments: z.array(moment).max(ROWS_MAX).default([]),
  next: z.string().max(200).nullable().default(null),
  /** Of `parts`. */
  mails: z
    .array(z.object({ spoolId, parts: mailPartsSchema }))
    .max(ROWS_MAX)
    .default([]),
});
export type TraceAnswerSource = z.infer<typeof sourceSchema>;

export const traceAnswerSchema = z.object({ sources: z.array(sourceSchema) });
export type TraceAnswer = z.infer<typeof traceAnswerSchema>;
