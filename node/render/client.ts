/** PrintPages over the socket of the `render` process; when that is away, the answer is `failed`, never an exception. */
import type { Layout } from '#node/config/layout.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { FRAME_BYTES_MAX } from '#node/ipc/frame.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { foreignPagesSchema } from '#node/pdf/foreign-pages.ts';
import type { PrintEnd, PrintPages } from './port.ts';

/** Of HTML and pictures; a frame holds them. */
const REQUEST_BYTES_MAX = FRAME_BYTES_MAX / 2;

export function renderClient(layout: Layout): PrintPages {
  const ipc = ipcClient(layout.renderSocket, tokenFileOf(layout.renderSocket));
  return async (request) => {
    const sizeBytes = request.pictures.reduce(
      (sum, { octets }) => sum + octets.length,
      request.html.length * 3,
    );
    if (sizeBytes > REQUEST_BYTES_MAX) return { kind: 'failed', why: 'too large for a browser' };
    try {
      const end = await ipc.call<PrintEnd>('print', request);
      if (end.kind === 'failed') return end;
      // A browser that a mail has taken over may have had a hand in it.
      const pages = foreignPagesSchema.safeParse(end.pages);
      return pages.success && end.scale >= 1
        ? { kind: 'printed', pages: pages.data, scale: end.scale }
        : { kind: 'failed', why: 'pages that cannot be used' };
    } catch (error) {
      return { kind: 'failed', why: `the process render: ${(error as Error).message.slice(0, 100)}` };
    }
  };
}
