/**
 * How OpenPGP operations fail in an expected way; `message` is for operators and the trace, never for strangers.
 */
type OpenPgpErrorCode =
  | 'malformed'
  | 'too-large'
  | 'unsupported'
  | 'recipient-key-unusable'
  | 'signing-key-unusable';

export class OpenPgpError extends Error {
  readonly code: OpenPgpErrorCode;
  constructor(code: OpenPgpErrorCode, message: string) {
    super(message);
    this.name = 'OpenPgpError';
    this.code = code;
  }
}
