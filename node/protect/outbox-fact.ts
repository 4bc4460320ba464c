/**
 * What may wait in the outbox, and how it is recorded. A storage format: later kinds get another `of`.
 *
 * Only facts that are true whatever else happens: what a partner's program announced, that a partner answered in the
 * portal, that the messenger has taken a password.
 */
import { z } from 'zod';
import { type PartnerCommand, partnerDecider, partnerStream } from '#domain/partners/partner.ts';
import { type PdfPairCommand, pdfPairDecider, pdfPairStream } from '#domain/pdf/pdf-pair.ts';
import { type PdfReplyCommand, pdfRepliesDecider, pdfRepliesStream } from '#domain/pdf/pdf-replies.ts';
import { execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';

type HandOver = Extract<PdfPairCommand, { type: 'RecordPdfHandOver' }>;

const meta = z.object({ requestId: z.string(), actor: z.string(), reason: z.string(), atMs: z.number() });
/** Two addresses, as the stream's name has them. */
const pair = z.object({ sender: z.string(), recipient: z.string() });
/** Written by this program, so that only what tells commands apart is looked at. */
const typed = <Command extends { readonly type: string }>(type: Command['type']) =>
  z.custom<Command>((value) => (value as Command | null)?.type === type);

export const factSchema = z.discriminatedUnion('of', [
  z.object({
    of: z.literal('partner'),
    command: z.custom<PartnerCommand>(
      (value) => typeof (value as PartnerCommand | null)?.address === 'string',
    ),
    meta,
  }),
  z.object({ of: z.literal('pdf-reply'), pair, command: typed<PdfReplyCommand>('RecordPdfReply'), meta }),
  z.object({ of: z.literal('pdf-pair'), pair, command: typed<HandOver>('RecordPdfHandOver'), meta }),
]);
export type Fact = z.infer<typeof factSchema>;

/** A refusal is an end, too: the fact is not one any more. Rejects with the log's errors. */
export async function recordFact(
  ledger: Pick<LedgerPort, 'readStream' | 'append'>,
  fact: Fact,
): Promise<void> {
  switch (fact.of) {
    case 'partner': {
      const { command } = fact;
      await execute(ledger, partnerDecider, partnerStream(command.address), command, fact.meta);
      return;
    }
    case 'pdf-reply': {
      const { sender, recipient } = fact.pair;
      const stream = pdfRepliesStream(sender, recipient);
      await execute(ledger, pdfRepliesDecider, stream, fact.command, fact.meta);
      return;
    }
    case 'pdf-pair': {
      const { sender, recipient } = fact.pair;
      await execute(ledger, pdfPairDecider, pdfPairStream(sender, recipient), fact.command, fact.meta);
      return;
    }
  }
}
