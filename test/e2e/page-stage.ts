/**
 * The built page in a real browser, over the management with ports in memory: what the tests of the page share.
 *
 * Screenshots go to SEALGATE_TEST_SCREENSHOTS when it is set.
 */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { PASSWORD, type RunningWeb, runningWeb } from '../node/web/running-web.ts';
import { writeJournals } from '../node/web/trace-fixture.ts';
import { testBrowser } from './browser.ts';
import { builtPage } from './built-page.ts';
import * as look from './look.ts';

export const PHONE = { width: 360, height: 740 };
export const NARROW = { width: 320, height: 700 };
export const DESK = { width: 1280, height: 900 };

const SCREENSHOTS = process.env.SEALGATE_TEST_SCREENSHOTS;

export interface PageStage {
  readonly page: Page;
  readonly web: RunningWeb;
  /** Folder of the built page. */
  readonly built: string;
  /** What the browser said about the page: a blocked style, a failed request, an exception. */
  readonly complaints: readonly string[];
  signIn(): Promise<void>;
  accessible(name: string): Promise<void>;
  fitsWidth(name: string): Promise<void>;
  shot(name: string): Promise<void>;
  dispose(): Promise<void>;
}

/** With an administrator `admin`, not signed in. */
export async function pageStage(): Promise<PageStage> {
  const built = builtPage();
  const web = await runningWeb({ pageRoot: built, prepare: writeJournals });
  await web.addOperator('admin', ['administrator']);
  const browser = await testBrowser();
  const page = await browser.context.newPage();
  page.setDefaultTimeout(20_000);
  return {
    page,
    web,
    built,
    complaints: heard(page, web.url),
    async signIn() {
      await page.goto(web.url);
      await page.locator('input[autocomplete=username]').fill('admin');
      await page.locator('input[autocomplete=current-password]').fill(PASSWORD);
      await page.keyboard.press('Enter');
      await page.getByText('All is well').waitFor();
    },
    accessible: (name) => look.accessible(page, name),
    fitsWidth: (name) => look.fitsWidth(page, name),
    async shot(name) {
      if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
    },
    async dispose() {
      await browser.dispose();
      await web.dispose();
    },
  };
}

function heard(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    const provoked = /Failed to load resource.* (401|422|net::ERR_FAILED)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !provoked) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) {
      complaints.push(`asked elsewhere: ${request.url()}`);
    }
  });
  return complaints;
}
