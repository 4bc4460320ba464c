/** Procedures about our people and the mail domains that are ours. */
import { z } from 'zod';
import { actorOf, change, line, optionalReason, read, reason, router } from '../trpc.ts';

const ADDRESS_CHARS_MAX = 320;
const address = line(ADDRESS_CHARS_MAX).regex(/^[^\s@<>"]+@[^\s@<>"]+$/, 'an address');
const domain = line(253).regex(/^[^\s@<>"/]+\.[^\s@<>"/]+$/, 'a mail domain');

export const peopleProcedures = router({
  list: read
    .input(
      z.strictObject({
        search: z.string().trim().max(ADDRESS_CHARS_MAX).default(''),
        page: z.number().int().min(0).max(1_000_000).default(0),
        pageRows: z.number().int().min(1).max(200).default(25),
      }),
    )
    .query(({ ctx, input }) => ctx.ports.people.list(input)),

  enroll: change
    .input(z.strictObject({ address, name: line(200), reason: optionalReason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.people.enroll({ address: input.address, name: input.name }, actorOf(ctx, input.reason)),
    ),

  withdraw: change
    .input(z.strictObject({ address, reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.people.withdraw({ address: input.address }, actorOf(ctx, input.reason)),
    ),

  domains: read.query(({ ctx }) => ctx.ports.people.domains()),

  addDomain: change
    .input(z.strictObject({ domain, reason: optionalReason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.people.addDomain({ domain: input.domain }, actorOf(ctx, input.reason)),
    ),

  setDomainLanguage: change
    .input(z.strictObject({ domain, language: z.enum(['en', 'de', 'nl', 'fr']), reason: optionalReason }))
    .mutation(({ ctx, input }) => {
      const { domain, language } = input;
      return ctx.ports.people.setDomainLanguage({ domain, language }, actorOf(ctx, input.reason));
    }),

  removeDomain: change
    .input(z.strictObject({ domain, reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.people.removeDomain({ domain: input.domain }, actorOf(ctx, input.reason)),
    ),
});
