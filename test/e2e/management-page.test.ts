/**
 * The management in a real browser: signs in, visits each page in light, dark and on a phone, without a finding of axe
 * that matters and without a word of the browser's own about the page (a blocked style, a failed request, an exception).
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { PASSWORD, type RunningWeb } from '../node/web/running-web.ts';
import { MAIL_ID } from '../node/web/trace-fixture.ts';
import { DESK, type PageStage, PHONE, pageStage } from './page-stage.ts';

const PAGE_GZIP_BYTES_MAX = 500 * 1024;

const PAGES: readonly { name: string; path: string; shows: string }[] = [
  { name: 'overview', path: '/', shows: 'All is well' },
  { name: 'mails', path: '/mails', shows: 'petra@partner.example' },
  { name: 'mail', path: `/mails/${MAIL_ID}`, shows: 'Greylisted' },
  { name: 'certificates', path: '/certificates', shows: 'petra@partner.example' },
  { name: 'certificate', path: `/certificates/smime/${'1a'.repeat(32)}`, shows: 'Partner Mail CA' },
  { name: 'people', path: '/people', shows: 'anna@example.org' },
  { name: 'rules', path: '/rules', shows: 'Outgoing' },
  { name: 'pdf', path: '/pdf', shows: 'Passwords in force' },
  { name: 'log', path: '/log', shows: 'Rules published' },
  { name: 'cluster', path: '/cluster', shows: 'flows on every gateway' },
  { name: 'operators', path: '/operators', shows: 'Administrator' },
  { name: 'mailbox', path: '/mailbox', shows: 'Our offer' },
  { name: 'password', path: '/password', shows: 'All your other sessions' },
];

describe('the management page', () => {
  let stage: PageStage;
  let page: Page;
  let web: RunningWeb;
  before(async () => {
    stage = await pageStage();
    ({ page, web } = stage);
  });
  after(() => stage?.dispose());
  const accessible = (name: string): Promise<void> => stage.accessible(name);
  const fitsWidth = (name: string): Promise<void> => stage.fitsWidth(name);
  const shot = (name: string): Promise<void> => stage.shot(name);

  it('is small, all pages and languages together (targets P25)', async () => {
    const names = readdirSync(stage.built, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(js|css|html)$/.test(name),
    );
    const bytes = names.reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(stage.built, name))).length,
      0,
    );
    assert.ok(bytes <= PAGE_GZIP_BYTES_MAX, `${bytes} octets`);
    await page.goto(web.url);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('signs in, and says when the password is wrong', async () => {
    await page.goto(web.url);
    await page.locator('input[autocomplete=username]').fill('admin');
    await page.locator('input[autocomplete=current-password]').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password is wrong.').waitFor();
    await accessible('sign-in');
    await shot('sign-in');
    await page.locator('input[autocomplete=current-password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('All is well').waitFor();
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`shows each page, ${scheme}, on a desk and on a phone`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const { name, path, shows } of PAGES) {
        await page.setViewportSize(DESK);
        await page.goto(`${web.url}${path}`);
        await page.getByText(shows).first().waitFor();
        await accessible(`${name} ${scheme}`);
        await shot(`${name}-${scheme}`);
        await page.setViewportSize(PHONE);
        await page.goto(`${web.url}${path}`);
        await page.getByText(shows).first().waitFor();
        await fitsWidth(`${name} ${scheme}`);
        await shot(`${name}-${scheme}-phone`);
      }
      await page.setViewportSize(DESK);
    });
  }

  it('sends a sample from the mailbox', async () => {
    await page.goto(`${web.url}/mailbox`);
    await page.getByRole('button', { name: 'Send with OpenPGP' }).click();
    await page.getByText('OpenPGP, encrypted').first().waitFor();
  });

  it('says so when a search finds nothing, and what was searched for', async () => {
    await page.goto(`${web.url}/people`);
    await page.getByLabel('Search').fill('nobody at all');
    await page.getByText('“nobody at all”').waitFor();
    await accessible('nothing found');
    await shot('people-nothing');
    await page.getByLabel('Search').fill('anna');
    await page.getByText('anna@example.org').first().waitFor();
  });

  it('says that the gateway cannot be reached, beside what it knew, and goes on by itself', async () => {
    await page.goto(`${web.url}/people`);
    await page.getByText('anna@example.org').first().waitFor();
    await page.route('**/trpc/**', (route) => route.abort());
    await page.getByLabel('Search').fill('ben');
    await page.getByText('The gateway cannot be reached').first().waitFor();
    await accessible('not reached');
    await shot('people-not-reached');
    await page.unroute('**/trpc/**');
    await page.getByText('The gateway cannot be reached').first().waitFor({ state: 'detached' });
    await page.getByText('ben@example.org').first().waitFor();
  });

  it('speaks German and Dutch', async () => {
    for (const [language, title] of [
      ['de', 'Regeln'],
      ['nl', 'Regels'],
    ] as const) {
      await page.goto(`${web.url}/rules`);
      await page.locator('nav select').selectOption(language);
      await page.getByRole('heading', { name: title, exact: true }).waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      await shot(`rules-${language}`);
    }
    await page.locator('nav select').selectOption('en');
  });

  it('leads back to the sign-in when the session has ended', async () => {
    await page.goto(`${web.url}/people`);
    await page.getByText('anna@example.org').first().waitFor();
    web.advance(24 * 3_600_000);
    await page.getByLabel('Search').fill('ben');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('has heard no complaint of the browser', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
