/** Procedures about the rule book: read, draft, publish, and the dry run that sends nothing. */
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { readRuleBook, ruleBookSchema } from '#domain/policy/rule-book.ts';
import { readRuleSource, ruleSourceOf } from '../rule-source.ts';
import { actorOf, change, line, optionalReason, read, reason, router } from '../trpc.ts';

const SOURCE_CHARS_MAX = 2 * 1024 * 1024; // 5,000 rules of 400 characters.
const RECIPIENTS_MAX = 50; // A dry run is looked at by a person.

const version = z.number().int().nonnegative();

const dryRunMail = z.strictObject({
  zone: z.enum(['inside', 'outside']),
  listener: line(100),
  sender: line(320),
  recipients: z.array(line(320).min(3)).min(1).max(RECIPIENTS_MAX),
  subject: line(1000),
  sizeBytes: z.number().int().nonnegative(),
  encrypted: z.boolean(),
  signed: z.boolean(),
  headers: z.array(z.strictObject({ name: line(76), value: line(2000) })).max(50),
  attachments: z.array(z.strictObject({ name: line(255), type: line(127) })).max(50),
});

export const policyProcedures = router({
  state: read.query(async ({ ctx }) => {
    const state = await ctx.ports.policy.state();
    return {
      ...state,
      published: state.published && { ...state.published, source: ruleSourceOf(state.published.book) },
      draft: state.draft && { ...state.draft, source: ruleSourceOf(state.draft.book) },
    };
  }),

  /** YAML as an operator wrote it → the book, or what is wrong with the line of each problem. */
  checkSource: read
    .input(z.strictObject({ source: z.string().max(SOURCE_CHARS_MAX) }))
    .mutation(({ input }) => readRuleSource(input.source)),

  /** A book from the structured editor, perhaps unfinished → its YAML, and what is wrong with it. */
  sourceOf: read.input(z.strictObject({ book: z.record(z.string(), z.unknown()) })).mutation(({ input }) => {
    const source = ruleSourceOf(input.book);
    return { source, problems: readRuleSource(source).problems };
  }),

  saveDraft: change
    .input(z.strictObject({ book: ruleBookSchema, version, reason: optionalReason }))
    .mutation(async ({ ctx, input }) => {
      const checked = readRuleBook(input.book);
      if ('problems' in checked) {
        const [first] = checked.problems;
        throw new TRPCError({ code: 'UNPROCESSABLE_CONTENT', message: `${first?.path}: ${first?.message}` });
      }
      await ctx.ports.policy.saveDraft(
        { book: checked.book, version: input.version },
        actorOf(ctx, input.reason),
      );
    }),

  discardDraft: change
    .input(z.strictObject({ version, reason: optionalReason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.policy.discardDraft({ version: input.version }, actorOf(ctx, input.reason)),
    ),

  publish: change
    .input(z.strictObject({ version, reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.policy.publish({ version: input.version }, actorOf(ctx, input.reason)),
    ),

  explain: read
    .input(z.strictObject({ mail: dryRunMail, book: z.enum(['published', 'draft']) }))
    .mutation(({ ctx, input }) => ctx.ports.policy.explain(input)),
});
