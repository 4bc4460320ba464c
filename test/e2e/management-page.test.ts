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
import { until } from '../gateway/until.ts';
import { PASSWORD, type RunningWeb } from '../node/web/running-web.ts';
import { MAIL_ID } from '../node/web/trace-fixture.ts';
import { DESK, NARROW, type PageStage, PHONE, pageStage } from './page-stage.ts';

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

  it('takes a change of the rules from the cards to what is in force', async () => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(`${web.url}/rules`);
    await page.getByRole('button', { name: 'Change the rules' }).click();
    await page.getByRole('button', { name: 'Add a rule at the beginning' }).click();
    await page.getByLabel('Name of the rule').fill('Confidential');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('Condition', { exact: true }).last().selectOption('subjectContains');
    await page.getByRole('button', { name: 'Add an action' }).click();
    await accessible('rule editor');
    await shot('rule-editor');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText("'hold' must stand alone in its pass").first().waitFor();
    await page.getByRole('button', { name: 'Remove this action' }).last().click();
    await page.getByText('Source (YAML)').click();
    await page.getByLabel('Source (YAML)').last().waitFor();
    await accessible('rule source');
    await shot('rule-source');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('There is a draft that is not in force').waitFor();
    await page.getByRole('tab', { name: 'Difference' }).click();
    await page.getByText('name: Confidential').waitFor();
    await accessible('difference');
    await shot('rule-difference');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByLabel('Why?').fill('the board asked for it');
    await accessible('publish');
    await shot('rule-publish');
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await page.getByText('There is a draft that is not in force').waitFor({ state: 'detached' });
    assert.equal(web.state.published.rules[0]?.name, 'Confidential');
    assert.equal(web.state.commands.at(-1)?.by.reason, 'the board asked for it');
    await page.getByRole('tab', { name: 'Try a mail' }).click();
    await page.getByLabel('Recipients').fill('petra@partner.example');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('leaves signed and encrypted by S/MIME').waitFor();
    await accessible('dry run');
    await shot('dry-run');
  });

  it('imports a file, asks for its password, and reports each entry', async () => {
    await page.goto(`${web.url}/certificates`);
    await page.getByRole('button', { name: 'Import' }).click();
    const file = { name: 'petra.p12', mimeType: 'application/x-pkcs12', buffer: Buffer.from('x') };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByLabel('Password of petra.p12').fill('geheim');
    await page.keyboard.press('Enter');
    await page.getByText('it names no mail address').waitFor();
    await accessible('import');
    await shot('import');
    await page.keyboard.press('Escape');
  });

  it('decides about trust with a reason, and saves an export', async () => {
    await page.goto(`${web.url}/certificates/openpgp/${'4d'.repeat(20)}`);
    await page.getByRole('button', { name: 'Trust', exact: true }).click();
    await page.getByLabel('Why?').fill('fingerprint compared');
    await page.getByRole('dialog').getByRole('button', { name: 'Trust' }).click();
    await page.getByText('in use').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'OpenPGP, as text' }).waitFor();
    await accessible('export menu');
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'OpenPGP, as text' }).click();
    assert.equal((await download).suggestedFilename(), 'c.openpgp-armored');
  });

  it('shows a template of PDFs before it is saved, as it is typed', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize(DESK);
      await page.goto(`${web.url}/pdf`);
      await page.getByRole('tab', { name: 'Policy' }).click();
      await page.getByText('Bits').first().waitFor();
      await accessible(`pdf policy ${scheme}`);
      await page.getByRole('tab', { name: 'Templates' }).click();
      const picture = page.getByRole('img', { name: 'Cover as it will look' });
      await picture.waitFor();
      const before = await picture.getAttribute('src');
      const isDrawn = (): Promise<boolean> =>
        page.evaluate("document.querySelector('img.sg-sheet').naturalWidth > 0");
      await page.getByLabel('Title of the cover').fill('Grüße aus dem Norden');
      const typed = async (): Promise<boolean> =>
        (await picture.getAttribute('src')) !== before && (await isDrawn());
      await until(typed, 20_000, () => 'the preview does not follow');
      await accessible(`pdf template ${scheme}`);
      await shot(`pdf-template-${scheme}`);
      await page.setViewportSize(NARROW);
      await fitsWidth(`pdf template ${scheme}`);
      await shot(`pdf-template-${scheme}-320`);
      await page.getByLabel('Language of the texts').selectOption('de');
      await page.getByLabel('What to look at').selectOption('notice');
      await page.getByText('xxxx-xxxx-xxxx-xxxx').waitFor();
      await page.getByLabel('What to look at').selectOption('mail');
      await page.getByText('Verschlüsselte Nachricht von alice@').waitFor();
      await accessible(`pdf carrier ${scheme}`);
      await fitsWidth(`pdf carrier ${scheme}`);
    }
    assert.ok(web.state.commands.every(({ name }) => name !== 'set template'));
    await page.setViewportSize(DESK);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  });

  it('sends a sample from the mailbox', async () => {
    await page.goto(`${web.url}/mailbox`);
    await page.getByRole('button', { name: 'Send with OpenPGP' }).click();
    await page.getByText('OpenPGP, encrypted').first().waitFor();
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
