/**
 * What reading of a PKCS#12 file answers when it cannot give what is in it.
 *
 * `wrong-password`: a PKCS#12 indeed, but not under this password. `malformed`: none, or a damaged one.
 * `unsupported`: protected in a way that is not read here; the message names it.
 */
export type Pkcs12ErrorCode = 'wrong-password' | 'malformed' | 'unsupported';

export class Pkcs12Error extends Error {
  readonly code: Pkcs12ErrorCode;
  constructor(code: Pkcs12ErrorCode, message: string) {
    super(message);
    this.name = 'Pkcs12Error';
    this.code = code;
  }
}
