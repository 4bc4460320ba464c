/**
 * What reading or issuing of certificates, CRLs and PKCS#12 files answers for input that is not what it should be.
 */
export type X509ErrorCode =
  | 'malformed' // not the structure it should be
  | 'too-large'
  | 'profile-violation'; // refused by our own check before issuing

export class X509Error extends Error {
  readonly code: X509ErrorCode;
  constructor(code: X509ErrorCode, message: string) {
    super(message);
    this.name = 'X509Error';
    this.code = code;
  }
}

export const malformed = (message: string): X509Error => new X509Error('malformed', message);
