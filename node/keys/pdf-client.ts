/** PdfKeysPort over its socket; only a process that may read that socket's token has a way in. */
import type { Layout } from '#node/config/layout.ts';
import { keysCaller } from './client.ts';
import type { PdfKeysPort } from './pdf-port.ts';

export function pdfKeysClient(layout: Layout): PdfKeysPort & { close(): void } {
  const caller = keysCaller<keyof PdfKeysPort>(layout.keysPdfSocket);
  return {
    pdfPassword: (request) => caller.call('pdfPassword', request),
    close: () => caller.close(),
  };
}
