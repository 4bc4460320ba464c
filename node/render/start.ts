/**
 * The `render` process: HTML of mails onto pages by Chromium, one browser a mail, a few at a time. It holds no key and
 * reaches nothing; it is there when `render` is in the settings.
 */
import { z } from 'zod';
import { ipcServer } from '#node/ipc/server.ts';
import type { StartProcess } from '#node/process.ts';
import { printOnce } from './chromium.ts';
import { confinementHere } from './confinement.ts';
import type { PrintEnd, PrintRequest } from './port.ts';

/** Each has several processes of a hundred megabytes. */
const BROWSERS_MAX = 2;
/** Behind these a mail would wait longer than its own time: the built-in renderer is quicker. */
const WAITING_MAX = 8;

const points = z.number().nonnegative().max(5000);
const requestSchema = z.strictObject({
  html: z.string(),
  pictures: z.array(
    z.strictObject({
      name: z.string().regex(/^picture-\d{1,4}$/),
      type: z.string().regex(/^image\/[a-z]+$/),
      octets: z.instanceof(Uint8Array),
    }),
  ),
  page: z.strictObject({
    width: points.positive(),
    height: points.positive(),
    margin: z.strictObject({ top: points, right: points, bottom: points, left: points }),
  }),
  headRoom: points,
});

const PROBE: PrintRequest = {
  html: '<p>probe</p>',
  pictures: [],
  page: { width: 200, height: 200, margin: { top: 0, right: 0, bottom: 0, left: 0 } },
  headRoom: 0,
};

export const start: StartProcess = async ({ settings, layout, log }) => {
  const { render } = settings;
  if (!render) throw new Error('there is no `render` in the settings');
  const confinement = confinementHere();
  /** Chromium's own sandbox needs what some systems and containers do not give. */
  const sandboxed = (async () => {
    if ((await printOnce(PROBE, render, confinement, true)).kind === 'printed') return true;
    const end = await printOnce(PROBE, render, confinement, false);
    const facts = { network: confinement.network, otherUser: confinement.user !== null };
    if (end.kind === 'failed') log.error({ ...facts, why: end.why }, 'Chromium does not print');
    else log.warn(facts, 'Chromium prints without its own sandbox');
    return false;
  })();
  let running = 0;
  const waiting: (() => void)[] = [];

  async function print(params: unknown): Promise<PrintEnd> {
    const request = requestSchema.parse(params);
    const sandbox = await sandboxed;
    if (running >= BROWSERS_MAX) {
      if (waiting.length >= WAITING_MAX) return { kind: 'failed', why: 'too many mails for the browser' };
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
      return await printOnce(request, render!, confinement, sandbox);
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  }

  const server = await ipcServer(layout.renderSocket, {
    calls: { print },
    onFault: (error, method) => log.error({ method, error: (error as Error).name }, 'render fault'),
  });
  return { stop: () => server.close() };
};
