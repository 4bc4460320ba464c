/**
 * P25 of the portal: its largest page with all that it loads, compressed, and how soon the largest piece of it is painted,
 * in Debian's Chromium on this machine.
 */
import { gzipSync } from 'node:zlib';
import type { PortalDesk } from '#node/portal/desk-port.ts';
import { testBrowser } from '../e2e/browser.ts';
import { demoPortal, look, valid } from '../node/portal/demo-portal.ts';
import { type BenchRow, figureOf } from './bench-row.ts';

const ROUNDS = 5;
/** The browser names it once nothing larger can come; a press of a key ends the wait. */
const LARGEST_PAINT = `new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
  .observe({ type: 'largest-contentful-paint', buffered: true }))`;

const desk: PortalDesk = {
  open: async () => ({ kind: 'reply', look, language: 'en', sender: valid.sender, charactersMin: 12 }),
  signIn: async () => ({ kind: 'wrong' }),
  confirm: async () => ({ kind: 'wrong' }),
  register: async () => ({ kind: 'registered' }),
  view: async () => ({ ...valid, language: 'en' }),
  changePassword: async () => ({ kind: 'registered' }),
  setLanguage: async () => {},
  earlier: async () => [],
  submit: async () => ({ kind: 'sent' }),
};

export async function bench(): Promise<BenchRow[]> {
  const portal = await demoPortal(desk);
  const browser = await testBrowser();
  try {
    await browser.context.addCookies([{ name: 'sealgate-portal', value: 'good', url: portal.url }]);
    const sizes: number[] = [];
    const paints: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const page = await browser.context.newPage();
      const bodies: Promise<Buffer>[] = [];
      page.on('response', (response) => {
        if (response.url().startsWith(portal.url)) bodies.push(response.body());
      });
      await page.goto(`${portal.url}/reply`, { waitUntil: 'networkidle' });
      const loaded = await Promise.all(bodies);
      if (i === 0) sizes.push(loaded.reduce((sum, body) => sum + gzipSync(body).length, 0) / 1024);
      paints.push(Number(await page.evaluate(LARGEST_PAINT)));
      await page.close();
    }
    return [
      figureOf('P25', 'portal: the page of an answer with all it loads, gzip', 'KB', sizes),
      figureOf('P25', 'portal: largest paint', 'ms', paints),
    ];
  } finally {
    await browser.dispose();
    await portal.dispose();
  }
}
