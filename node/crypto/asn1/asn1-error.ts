/**
 * The one error that reading ASN.1 may raise: the input is not what it claims to be.
 *
 * `code` says how: `truncated` (a length reaches beyond the end), `malformed` (the octets break BER or the expected
 * type), `too-deep` and `too-large` (a limit of ours), `unsupported` (valid, but not read here).
 */
export type Asn1Fault = 'truncated' | 'malformed' | 'too-deep' | 'too-large' | 'unsupported';

export class Asn1Error extends Error {
  readonly code: Asn1Fault;

  constructor(code: Asn1Fault, message: string) {
    super(message);
    this.name = 'Asn1Error';
    this.code = code;
  }
}
