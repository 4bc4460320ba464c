/** The rules in a real browser: from the cards and their source to what is in force, and a mail that is only tried. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningWeb } from '../node/web/running-web.ts';
import { type PageStage, pageStage } from './page-stage.ts';

describe('the page of the rules', () => {
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

  it('has heard no complaint of the browser', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
