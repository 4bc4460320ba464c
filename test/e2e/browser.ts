/** Debian's Chromium for the tests, with a profile of its own that is removed afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const CHROMIUM = process.env.SEALGATE_TEST_CHROMIUM ?? '/usr/bin/chromium';

/** Nothing that starts by itself, nothing that calls home. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox', // Tests run as root in containers.
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser {
  readonly context: BrowserContext;
  dispose(): Promise<void>;
}

export async function testBrowser(): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'sealgate-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    acceptDownloads: true,
  });
  return {
    context,
    async dispose() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
