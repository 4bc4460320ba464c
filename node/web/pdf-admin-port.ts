/**
 * What the management may do about PDF mail; shapes and errors as in `admin-request.ts`.
 *
 * A password is never in a row: it is shown only by `show`, which records who looked and why before it asks `keys`.
 */
import type { PdfPasswordOrigin } from '#domain/pdf/pdf-pair.ts';
import type { PdfPolicy } from '#domain/pdf/pdf-policy.ts';
import type { TemplateRecord } from '#domain/pdf/template-record.ts';
import type { PreviewRequest, TemplatePreview } from '#node/pdf/preview/template-preview.ts';
import type { Actor, Page, PageRequest } from './admin-request.ts';

/** `none`: voided, the next PDF makes a new one. `invited`: a mail waits for the partner's choice. */
export type PdfPasswordState = 'in-force' | 'expired' | 'none' | 'invited';

export interface PdfPairRow {
  /** `*` = the password of one recipient for all of our senders. */
  readonly sender: string;
  readonly recipient: string;
  readonly state: PdfPasswordState;
  /** Of the newest password; null before the first. */
  readonly origin: PdfPasswordOrigin | null;
  readonly sinceMs: number | null;
  /** null: never. */
  readonly expiresAtMs: number | null;
  /** How many there have been. */
  readonly passwords: number;
  /** Of the partner's account, after wrong passwords; null = not locked. */
  readonly lockedUntilMs: number | null;
  readonly lastLoginMs: number | null;
  /** When the invitation ends, while it is open. */
  readonly invitedUntilMs: number | null;
}

export interface PdfPairDetail extends PdfPairRow {
  readonly language: string | null;
  /** Newest first; `number` is what `show` asks for. */
  readonly history: readonly {
    readonly number: number;
    readonly origin: PdfPasswordOrigin;
    readonly sinceMs: number;
    readonly untilMs: number | null;
    readonly expiresAtMs: number | null;
    readonly handedOver: boolean;
  }[];
}

export interface PdfStatistics {
  readonly pairs: number;
  readonly byState: Readonly<Record<PdfPasswordState, number>>;
  readonly byOrigin: Readonly<Record<PdfPasswordOrigin, number>>;
  readonly lockedAccounts: number;
  readonly openInvitations: number;
  /** Passwords that came to be, for each of the last 30 days, oldest first; days in UTC. */
  readonly perDay: readonly { readonly dayMs: number; readonly passwords: number }[];
}

export interface PdfPair {
  readonly sender: string;
  readonly recipient: string;
}

export interface PdfAdminPort {
  pairs(request: PageRequest): Promise<Page<PdfPairRow>>;
  pair(pair: PdfPair): Promise<PdfPairDetail | null>;
  /** The password in clear; recorded with the reason before it is shown. */
  show(request: PdfPair & { readonly number: number }, by: Actor): Promise<{ readonly password: string }>;
  /** The next PDF makes a new one. */
  reset(pair: PdfPair, by: Actor): Promise<void>;
  /** Tells the sender the password once more. */
  resendNotice(pair: PdfPair, by: Actor): Promise<void>;
  unlock(pair: PdfPair, by: Actor): Promise<void>;
  statistics(): Promise<PdfStatistics>;
  /** With the public key that orders to the messenger are signed with: Ed25519, raw, base64url. */
  policy(): Promise<{ readonly policy: PdfPolicy; readonly messengerKey: string }>;
  setPolicy(request: { readonly policy: PdfPolicy }, by: Actor): Promise<void>;
  /** By mail domain, `*` for all others. */
  templates(): Promise<readonly { readonly domain: string; readonly template: TemplateRecord }[]>;
  setTemplate(
    request: { readonly domain: string; readonly template: TemplateRecord },
    by: Actor,
  ): Promise<void>;
  /** A template as it would look, saved or not. */
  preview(request: PreviewRequest): Promise<TemplatePreview>;
  removeTemplate(request: { readonly domain: string }, by: Actor): Promise<void>;
}
