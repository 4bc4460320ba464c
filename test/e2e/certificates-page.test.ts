/** Keys and certificates in a real browser: a file with a password, trust with a reason, an export. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningWeb } from '../node/web/running-web.ts';
import { type PageStage, pageStage } from './page-stage.ts';

describe('the page of keys and certificates', () => {
  let stage: PageStage;
  let page: Page;
  let web: RunningWeb;
  before(async () => {
    stage = await pageStage();
    ({ page, web } = stage);
    await stage.signIn();
  });
  after(() => stage?.dispose());
  const accessible = (name: string): Promise<void> => stage.accessible(name);
  const shot = (name: string): Promise<void> => stage.shot(name);

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

  it('has heard no complaint of the browser', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
