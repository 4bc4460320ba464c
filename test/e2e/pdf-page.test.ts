/** PDF mail in a real browser: the policy, and a template that is looked at while it is typed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { until } from '../gateway/until.ts';
import type { RunningWeb } from '../node/web/running-web.ts';
import { DESK, NARROW, type PageStage, pageStage } from './page-stage.ts';

describe('the page of PDF mail', () => {
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
  const fitsWidth = (name: string): Promise<void> => stage.fitsWidth(name);
  const shot = (name: string): Promise<void> => stage.shot(name);

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

  it('has heard no complaint of the browser', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
