/**
 * What a partner has answered in the portal: that, when and how much, never what.
 *
 * Stream `pdf-replies/<sender>/<recipient>`, named as the pair. A submission has an id of its own, made with its form:
 * sent twice, on whichever gateway, it is recorded once, and so a partner who presses the button again, or whose gateway
 * died half-way, sends one answer.
 */
import { accept, type Decider, type Decision, type Instant } from '../decider.ts';
import { addressKey } from '../mail/address.ts';

export const pdfRepliesStream = (sender: string, recipient: string): string =>
  `pdf-replies/${addressKey(sender)}/${addressKey(recipient)}`;

export interface PdfReply {
  readonly submission: string;
  /** The answer's mail. */
  readonly spoolId: string;
  readonly attachments: number;
  readonly sizeBytes: number;
  readonly at: Instant;
}

export type PdfReplyCommand = { readonly type: 'RecordPdfReply' } & PdfReply;
export type PdfReplyEvent = { readonly type: 'PdfReplySent' } & PdfReply;

/** State: what was answered so far, oldest first. */
export const pdfRepliesDecider: Decider<PdfReplyCommand, PdfReplyEvent, readonly PdfReply[], never> = {
  zero: [],
  decide,
  evolve: (before, { submission, spoolId, attachments, sizeBytes, at }) => [
    ...before,
    { submission, spoolId, attachments, sizeBytes, at },
  ],
  schemas: { PdfReplySent: 1 },
};

function decide(command: PdfReplyCommand, before: readonly PdfReply[]): Decision<PdfReplyEvent, never> {
  const { submission, spoolId, attachments, sizeBytes, at } = command;
  if (before.some((reply) => reply.submission === submission)) return accept();
  return accept({ type: 'PdfReplySent', submission, spoolId, attachments, sizeBytes, at });
}
