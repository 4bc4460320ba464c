/**
 * What the mail line asks for: one mail as one encrypted PDF.
 *
 * The PDF comes in pieces, made as they are taken: a mail of any size passes with little memory. Pieces can be taken once.
 */
import type { Octets } from '#domain/mail/octets.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import type { PdfLanguage, PdfTemplate } from '#domain/pdf/template.ts';
import type { PdfAlgorithm, SecurityRefusal } from '#node/crypto/pdf/security.ts';

export interface PdfRequest {
  /** The mail, opened, and its structure. */
  readonly octets: Octets;
  readonly entity: MimeEntity;
  readonly template: PdfTemplate;
  readonly language: PdfLanguage;
  /** As a person types it; SASLprep is applied here. */
  readonly password: string;
  readonly algorithm: PdfAlgorithm;
  /** Who reads it, as the cover says it. */
  readonly recipient: string;
  /** An https address; null: no button, as in the copy of an own reply. */
  readonly reply: { readonly address: string; readonly untilMs: number } | null;
  /** The message itself as one more attachment. */
  readonly attachOriginal: boolean;
  readonly nowMs: number;
}

export type PdfResult =
  | {
      readonly pieces: Iterable<Uint8Array>;
      /** Why the other renderer did not make its pages and the built-in one did; null: all is as it was asked for. */
      readonly notRendered: string | null;
    }
  /** The password cannot be used; a new one is needed. */
  | { readonly refused: SecurityRefusal };
