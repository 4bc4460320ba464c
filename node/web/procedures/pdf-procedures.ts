/** Procedures about PDF mail: passwords of pairs, policy, templates, figures. */
import { z } from 'zod';
import { pdfPolicySchema } from '#domain/pdf/pdf-policy.ts';
import { PDF_LANGUAGES } from '#domain/pdf/template.ts';
import { templateSchema } from '#domain/pdf/template-record.ts';
import { actorOf, change, line, optionalReason, read, reason, router } from '../trpc.ts';

const ADDRESS_CHARS_MAX = 320;
const recipient = line(ADDRESS_CHARS_MAX).min(3);
/** An address, or `*`. */
const sender = line(ADDRESS_CHARS_MAX).min(1);
const pair = z.strictObject({ sender, recipient });
const domain = line(253).min(1);

export const pdfProcedures = router({
  pairs: read
    .input(
      z.strictObject({
        search: z.string().trim().max(ADDRESS_CHARS_MAX).default(''),
        page: z.number().int().min(0).max(1_000_000).default(0),
        pageRows: z.number().int().min(1).max(200).default(25),
      }),
    )
    .query(({ ctx, input }) => ctx.ports.pdf.pairs(input)),

  pair: read.input(pair).query(({ ctx, input }) => ctx.ports.pdf.pair(input)),

  /** The password in clear: recorded with its reason, then shown. */
  show: change
    .input(pair.extend({ number: z.number().int().positive(), reason }))
    .mutation(({ ctx, input: { reason: why, ...request } }) =>
      ctx.ports.pdf.show(request, actorOf(ctx, why)),
    ),

  reset: change
    .input(pair.extend({ reason }))
    .mutation(({ ctx, input: { reason: why, ...names } }) => ctx.ports.pdf.reset(names, actorOf(ctx, why))),

  resendNotice: change
    .input(pair.extend({ reason: optionalReason }))
    .mutation(({ ctx, input: { reason: why, ...names } }) =>
      ctx.ports.pdf.resendNotice(names, actorOf(ctx, why)),
    ),

  unlock: change
    .input(pair.extend({ reason }))
    .mutation(({ ctx, input: { reason: why, ...names } }) => ctx.ports.pdf.unlock(names, actorOf(ctx, why))),

  statistics: read.query(({ ctx }) => ctx.ports.pdf.statistics()),

  policy: read.query(({ ctx }) => ctx.ports.pdf.policy()),

  setPolicy: change
    .input(z.strictObject({ policy: pdfPolicySchema, reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.pdf.setPolicy({ policy: input.policy }, actorOf(ctx, input.reason)),
    ),

  templates: read.query(({ ctx }) => ctx.ports.pdf.templates()),

  preview: read
    .input(
      z.strictObject({
        domain,
        template: templateSchema,
        language: z.enum(PDF_LANGUAGES),
        sheet: z.enum(['cover', 'last', 'mail', 'notice', 'invitation']),
      }),
    )
    .mutation(({ ctx, input }) => ctx.ports.pdf.preview(input)),

  setTemplate: change
    .input(z.strictObject({ domain, template: templateSchema, reason: optionalReason }))
    .mutation(({ ctx, input: { reason: why, ...request } }) =>
      ctx.ports.pdf.setTemplate(request, actorOf(ctx, why)),
    ),

  removeTemplate: change
    .input(z.strictObject({ domain, reason: optionalReason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.pdf.removeTemplate({ domain: input.domain }, actorOf(ctx, input.reason)),
    ),
});
