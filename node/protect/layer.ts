/**
 * One layer of protection while a mail is opened: what goes in, what comes out.
 */
import type { Octets } from '#domain/mail/octets.ts';
import type { LayerReport } from '#domain/mail/verdict.ts';
import { type MimeEntity, parseMime } from '#domain/mime/tree.ts';
import type { WeakCipher } from '#domain/policy/rule-book.ts';
import type { Layout } from '#node/config/layout.ts';
import type { UnwrapPort } from '#node/crypto/cms/recipient-match.ts';
import type { DecompressionBudget } from '#node/crypto/openpgp/open.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { Ask, RecipientKeys } from './facts.ts';

export interface OpeningMail {
  readonly octets: Octets;
  readonly entity: MimeEntity;
}

/** What one layer gave: its report, and what is inside. */
export interface LayerEnd {
  readonly layers: readonly LayerReport[];
  /** The entity inside; null = nothing further to look at. */
  readonly inside: OpeningMail | null;
  /** True when `inside` replaces what the reader gets; false when it only is looked into. */
  readonly unwraps: boolean;
}

/** What opening needs of the line's ports. */
export interface OpeningPorts {
  readonly settings: { readonly layout: Pick<Layout, 'scratch'> };
  readonly ask: Ask;
  readonly keys: UnwrapPort & Pick<KeysPort, 'openPgpSessionKey'>;
}

export interface OpenContext {
  readonly recipient: RecipientKeys;
  readonly ports: OpeningPorts;
  /** The one From address, canonical; null when there is none or several. */
  readonly from: string | null;
  readonly atMs: number;
  /** Of the log, of the facts that the mail goes by; null: without a log, nothing is remembered. */
  readonly position: string | null;
  readonly budget: DecompressionBudget;
  /** Weak S/MIME ciphers that the rule book lets us read. */
  readonly weakCiphers: readonly WeakCipher[];
}

/** A decrypted or unwrapped entity; null when its structure is beyond the limits. */
export function entityOf(octets: Octets): OpeningMail | null {
  const parsed = parseMime(octets);
  return parsed.kind === 'continue' ? { octets, entity: parsed.mail } : null;
}

export function isProtected(entity: MimeEntity): boolean {
  const type = entity.contentType.value;
  return (
    type === 'application/pkcs7-mime' ||
    type === 'application/x-pkcs7-mime' ||
    type === 'multipart/encrypted' ||
    type === 'multipart/signed'
  );
}
