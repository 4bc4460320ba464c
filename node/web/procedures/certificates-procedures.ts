/** Procedures about keys and certificates: find, import, export, decide about trust, revoke. */
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { ExportedFile } from '../certificates-admin-port.ts';
import { actorOf, change, line, optionalReason, read, reason, router } from '../trpc.ts';

const FILE_BYTES_MAX = 10 * 1024 * 1024; // 5,000 certificates in one file; more come in several.
const FILE_BASE64_MAX = Math.ceil(FILE_BYTES_MAX / 3) * 4;
const FILE_NAME_CHARS_MAX = 255;
const PASSWORD_CHARS_MAX = 1024; // Of a PKCS#12 file, made by whatever program.
const EXPORT_PASSWORD_CHARS_MIN = 8; // It protects a private key on its way to another program.

const id = z.string().regex(/^(smime|openpgp)\/[0-9a-f]{32,128}$/, 'an id of a certificate or key');

const asBase64 = (file: ExportedFile) => ({
  fileName: file.fileName,
  mediaType: file.mediaType,
  base64: Buffer.from(file.bytes).toString('base64'),
});

export const certificatesProcedures = router({
  list: read
    .input(
      z.strictObject({
        search: z.string().trim().max(320).default(''),
        kind: z.enum(['own', 'partner', 'authority']).nullable().default(null),
        technology: z.enum(['smime', 'openpgp']).nullable().default(null),
        page: z.number().int().min(0).max(1_000_000).default(0),
        pageRows: z.number().int().min(1).max(200).default(25),
      }),
    )
    .query(({ ctx, input }) => ctx.ports.certificates.list(input)),

  get: read.input(z.strictObject({ id })).query(async ({ ctx, input }) => {
    const found = await ctx.ports.certificates.get(input.id);
    if (!found) throw new TRPCError({ code: 'NOT_FOUND', message: 'no such certificate or key' });
    return found;
  }),

  import: change
    .input(
      z.strictObject({
        fileName: line(FILE_NAME_CHARS_MAX),
        base64: z.base64().max(FILE_BASE64_MAX),
        password: z.string().max(PASSWORD_CHARS_MAX).default(''),
        reason: optionalReason,
      }),
    )
    .mutation(({ ctx, input }) => {
      const bytes = Buffer.from(input.base64, 'base64');
      const { fileName, password } = input;
      return ctx.ports.certificates.import({ fileName, bytes, password }, actorOf(ctx, input.reason));
    }),

  /** Public parts only. */
  export: read
    .input(z.strictObject({ id, format: z.enum(['pem', 'der', 'p7b', 'openpgp-armored', 'openpgp-binary']) }))
    .query(async ({ ctx, input }) =>
      asBase64(await ctx.ports.certificates.export({ ...input, password: '' }, actorOf(ctx, ''))),
    ),

  /** A private key leaves: with a reason, and recorded. */
  exportPrivate: change
    .input(
      z.strictObject({
        id,
        password: z.string().min(EXPORT_PASSWORD_CHARS_MIN).max(PASSWORD_CHARS_MAX),
        reason,
      }),
    )
    .mutation(async ({ ctx, input }) =>
      asBase64(
        await ctx.ports.certificates.export(
          { id: input.id, format: 'p12', password: input.password },
          actorOf(ctx, input.reason),
        ),
      ),
    ),

  setTrust: change
    .input(z.strictObject({ id, trust: z.enum(['trusted', 'distrusted']), reason }))
    .mutation(({ ctx, input }) =>
      ctx.ports.certificates.setTrust({ id: input.id, trust: input.trust }, actorOf(ctx, input.reason)),
    ),

  revoke: change
    .input(
      z.strictObject({
        id,
        why: z.enum([
          'unspecified',
          'keyCompromise',
          'affiliationChanged',
          'superseded',
          'cessationOfOperation',
        ]),
        reason,
      }),
    )
    .mutation(({ ctx, input }) =>
      ctx.ports.certificates.revoke({ id: input.id, reason: input.why }, actorOf(ctx, input.reason)),
    ),

  chooseProfile: change
    .input(
      z.strictObject({
        address: line(320).min(3),
        profile: z.enum(['automatic', 'strong', 'compatible']),
        reason,
      }),
    )
    .mutation(({ ctx, input }) => {
      const { address, profile } = input;
      return ctx.ports.certificates.chooseProfile({ address, profile }, actorOf(ctx, input.reason));
    }),

  createKeys: change
    .input(
      z.strictObject({
        address: line(320).min(3),
        technology: z.enum(['smime', 'openpgp']),
        reason: optionalReason,
      }),
    )
    .mutation(({ ctx, input }) => {
      const { address, technology } = input;
      return ctx.ports.certificates.createKeys({ address, technology }, actorOf(ctx, input.reason));
    }),
});
