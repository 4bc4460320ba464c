/**
 * What `protect` alone may ask of the `keys` process, on a socket of its own: the password that a PDF is made with.
 *
 * The other processes never get a password in clear by this port: a login is compared inside `keys`
 * (`checkPdfPassword`), and an operator sees one only behind a recorded reason (`showPdfPassword`), both in `port.ts`.
 * Errors as there.
 */
export interface PdfKeysPort {
  /** The password that the event `version` of the pair's stream carries. */
  pdfPassword(request: { stream: string; version: number }): Promise<string>;
}
