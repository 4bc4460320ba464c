/**
 * Protects one group's mail with one technology: S/MIME, OpenPGP, PDF.
 */
import type { CopyGroup } from '#domain/mail/groups.ts';
import type { Version } from '#domain/mail/line.ts';
import type { FailureName } from '#domain/mail/outcome.ts';
import type { RecipientKeys } from './facts.ts';

/** The octets of one outgoing mail, or why it cannot be. */
export type Protected =
  | {
      readonly pieces: Iterable<Uint8Array>;
      readonly sevenBit: boolean;
      /** For the trace: not quite as it was asked for. */
      readonly note?: string;
    }
  | { readonly failure: FailureName; readonly detail: string };

/** Signs and encrypts for one technology; keeps what several groups of one mail share. */
export type Protector = (
  version: Version,
  group: CopyGroup,
  recipients: readonly RecipientKeys[],
) => Promise<Protected>;
