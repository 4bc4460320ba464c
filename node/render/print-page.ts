/**
 * One page in Chromium, from its HTML to a PDF.
 *
 * Scripts are off. The page and its pictures are answered here, before anything reaches a network stack; every other
 * request fails, and the page's own policy (a response header, which no HTML can loosen) forbids it as well.
 */
import type { DevTools } from './devtools.ts';
import type { PrintRequest } from './port.ts';

/** A name that can be nobody's (RFC 6761 §6.4). */
const PAGE = 'http://mail.invalid/';
const POLICY =
  "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";
const POINTS_PER_INCH = 72;
const PIXELS_PER_POINT = 96 / 72;
/** A table as wide as two pages is still read when it is made smaller. */
const SCALE_MAX = 2.5;
const PDF_BYTES_MAX = 32 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;
const VIEW_HEIGHT = 1000;

/** What a mail without any style looks like. */
const STYLE = `
html { font: 11pt/1.4 sans-serif; color-scheme: only light; background: #fff; }
body { margin: 0; overflow-wrap: break-word; }
pre { white-space: pre-wrap; }
img { max-width: 100%; }
tr, img { break-inside: avoid; }
:where(a[data-link]) { color: #0a54ad; text-decoration: underline; }
`;

export interface PrintedPdf {
  readonly pdf: Uint8Array;
  readonly scale: number;
}

export async function printPage(tools: DevTools, request: PrintRequest): Promise<PrintedPdf> {
  const { targetId } = await tools.call<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const attached = await tools.call<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  });
  tools.session = attached.sessionId;
  const width = request.page.width - request.page.margin.left - request.page.margin.right;
  const view = Math.round(width * PIXELS_PER_POINT);
  answerRequests(tools, request);
  await tools.call('Page.enable');
  await tools.call('DOM.enable');
  await tools.call('CSS.enable');
  await tools.call('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
  await tools.call('Emulation.setScriptExecutionDisabled', { value: true });
  await tools.call('Emulation.setEmulatedMedia', {
    media: 'screen',
    features: [{ name: 'prefers-color-scheme', value: 'light' }],
  });
  const size = { width: view, height: VIEW_HEIGHT, deviceScaleFactor: 1, mobile: false };
  await tools.call('Emulation.setDeviceMetricsOverride', size);
  const loaded = new Promise<void>((resolve) => tools.on('Page.loadEventFired', () => resolve()));
  const { frameId } = await tools.call<{ frameId: string }>('Page.navigate', { url: PAGE });
  await loaded;
  const { cssContentSize } = await tools.call<{ cssContentSize: { width: number } }>('Page.getLayoutMetrics');
  const scale = Math.min(SCALE_MAX, Math.max(1, cssContentSize.width / view));
  await layPages(tools, frameId, request, scale);
  return { pdf: await readPdf(tools, request, scale), scale };
}

function answerRequests(tools: DevTools, { html, pictures }: PrintRequest): void {
  const page = `<!doctype html><meta charset="utf-8"><style>${STYLE}</style>${html}`;
  const answers = new Map<string, { type: string; body: Buffer }>([
    [PAGE, { type: 'text/html; charset=utf-8', body: Buffer.from(page, 'utf8') }],
    ...pictures.map(
      ({ name, type, octets }) => [`${PAGE}${name}`, { type, body: Buffer.from(octets) }] as const,
    ),
  ]);
  const gone = (): void => {}; // The browser ends when its time is over; whoever waits for the page is told.
  tools.on(
    'Fetch.requestPaused',
    ({ requestId, request }: { requestId: string; request: { url: string } }) => {
      const answer = answers.get(request.url);
      if (answer === undefined) {
        tools.call('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' }).catch(gone);
        return;
      }
      const responseHeaders = [
        { name: 'Content-Type', value: answer.type },
        { name: 'Content-Security-Policy', value: POLICY },
        { name: 'X-Content-Type-Options', value: 'nosniff' },
      ];
      const body = answer.body.toString('base64');
      tools.call('Fetch.fulfillRequest', { requestId, responseCode: 200, responseHeaders, body }).catch(gone);
    },
  );
}

/** Behind all styles of the mail: how large a page is, and the room for our heading on the first. */
async function layPages(
  tools: DevTools,
  frameId: string,
  { page: { width, height, margin }, headRoom }: PrintRequest,
  scale: number,
): Promise<void> {
  const points = (...values: number[]): string => values.map((v) => `${(v * scale).toFixed(3)}pt`).join(' ');
  const rule =
    `@page { size: ${points(width, height)} !important; margin: ${points(margin.top, margin.right, margin.bottom, margin.left)} !important }\n` +
    (headRoom > 0 ? `@page :first { margin-top: ${points(margin.top + headRoom)} !important }` : '');
  const { styleSheetId } = await tools.call<{ styleSheetId: string }>('CSS.createStyleSheet', { frameId });
  await tools.call('CSS.setStyleSheetText', { styleSheetId, text: rule });
}

async function readPdf(tools: DevTools, { page }: PrintRequest, scale: number): Promise<Uint8Array> {
  const inches = (points: number): number => (points * scale) / POINTS_PER_INCH;
  const { stream } = await tools.call<{ stream: string }>('Page.printToPDF', {
    printBackground: true,
    preferCSSPageSize: true,
    generateTaggedPDF: true,
    transferMode: 'ReturnAsStream',
    paperWidth: inches(page.width),
    paperHeight: inches(page.height),
  });
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for (;;) {
    const read = { handle: stream, size: READ_BYTES };
    const piece = await tools.call<{ data: string; eof: boolean; base64Encoded?: boolean }>('IO.read', read);
    const octets = Buffer.from(piece.data, piece.base64Encoded ? 'base64' : 'latin1');
    pieces.push(octets);
    sizeBytes += octets.length;
    if (sizeBytes > PDF_BYTES_MAX) throw new Error('a PDF without end');
    if (piece.eof) return Buffer.concat(pieces);
  }
}
