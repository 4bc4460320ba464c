/**
 * Envelope and session facts of one received mail: what SMTP said, never what the header says (RFC 5321).
 *
 * These types are also the storage format of a spooled mail's header (`SpoolHeader.v`), so a field is only ever added.
 */

/** A recipient as RCPT TO named it. `address` is the strict parser's canonical text, `local@domain`. */
export interface EnvelopeRecipient {
  readonly address: string;
  /** RFC 3461 §4.1; absent = the default (failure, perhaps delay). */
  readonly notify?: readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[];
  /** RFC 3461 §4.2, as received (`rfc822;user@host`, xtext undone). */
  readonly orcpt?: string;
}

export interface Envelope {
  /** MAIL FROM; null for the null reverse-path `<>`. */
  readonly sender: string | null;
  readonly recipients: readonly EnvelopeRecipient[];
  /** RFC 6152 / 3030; what the sender declared. */
  readonly body: '7BIT' | '8BITMIME' | 'BINARYMIME';
  /** RFC 6531: at least one address or header may be UTF-8. */
  readonly smtpUtf8: boolean;
  /** RFC 8689. */
  readonly requireTls: boolean;
  readonly dsn: { readonly ret?: 'FULL' | 'HDRS'; readonly envid?: string };
}

/** Which side the connection proves; never a sender address (features.md P26). */
export type Zone = 'inside' | 'outside';

export interface SessionFacts {
  /** Unique per TCP session, for the trace. */
  readonly sessionId: string;
  /** Name of the listener in the configuration. */
  readonly listener: string;
  readonly zone: Zone;
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localPort: number;
  /** The name given with EHLO/HELO, as received. */
  readonly helo: string;
  readonly esmtp: boolean;
  readonly tls: { readonly protocol: string; readonly cipher: string } | null;
  readonly authenticatedAs: string | null;
  /** Wall clock at the final dot, milliseconds since 1970. */
  readonly receivedAtMs: number;
}

/** The sealed header in front of every spooled mail. */
export interface SpoolHeader {
  readonly v: 1;
  /** `<node>.<epoch>.<ulid>` (replication.md §5.2). */
  readonly spoolId: string;
  readonly envelope: Envelope;
  readonly session: SessionFacts;
  /** Octets of the mail that follows: CRLF line ends, dot-stuffing removed, our Received field included. */
  readonly sizeBytes: number;
  /** `Message-ID` made at reception when the mail had none (so that a second run is the same mail), else null. */
  readonly messageIdMade: string | null;
  /** It has waited for a PDF password: its sender is told when it goes on. */
  readonly pdfWaited?: true;
  /**
   * The partner's own copy of an answer given in the portal: no rule is asked, it becomes a PDF under the password of
   * this pair (`sender` may be `*`). `writer`: the one of ours that was answered.
   */
  readonly portalCopy?: { readonly sender: string; readonly recipient: string; readonly writer: string };
}
