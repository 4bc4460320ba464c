/** How the `keys` process refuses: an Error whose `code` is one of the words documented in port.ts. */
type KeysErrorCode = 'no-such-key' | 'wrong-key-type' | 'wrong-password' | 'malformed' | 'unavailable';

export class KeysError extends Error {
  readonly code: KeysErrorCode;
  /** `message` is for operators; it names no secret and no password. */
  constructor(code: KeysErrorCode, message: string) {
    super(message);
    this.name = 'KeysError';
    this.code = code;
  }
}
