/** The page Cluster of a real gateway, in a real browser, by a system operator that is made for it. */
import type { Page } from 'playwright-core';
import { testBrowser } from '../e2e/browser.ts';
import { builtPage } from '../e2e/built-page.ts';
import type { Gateway } from '../gateway/run-gateway.ts';

const PATIENCE_MS = 240_000; // A gateway that joins, catches up and votes on two busy cores.
const PASSWORD = 'correct horse battery';

export interface ClusterPageOf {
  readonly page: Page;
  dispose(): Promise<void>;
}

export async function clusterPageOf(gateway: Gateway): Promise<ClusterPageOf> {
  builtPage();
  const operator = { id: 'nora', name: 'Nora', roles: ['system-operator'], reason: 'test' };
  const made = await gateway.admin.change<{ password: string }>('operators.create', operator);
  const browser = await testBrowser();
  const page = await browser.context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(gateway.webUrl);
  await page.locator('input[autocomplete=username]').fill(operator.id);
  await page.locator('input[autocomplete=current-password]').fill(made.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const [next, again] = [0, 1].map((n) => page.locator('input[autocomplete=new-password]').nth(n));
  await next!.fill(PASSWORD);
  await again!.fill(PASSWORD);
  await page.locator('input[autocomplete=current-password]').fill(made.password);
  await page.locator('form button[type=submit]').click();
  await page.getByRole('link', { name: 'Cluster', exact: true }).click();
  return { page, dispose: () => browser.dispose() };
}
