/** What the browser tests look for on every page: no serious finding of axe, no page wider than its window. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { until } from '../gateway/until.ts';

const SETTLE_MS = 5_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

export async function accessible(page: Page, name: string): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run()')) as { violations: AxeViolation[] };
  const found = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  assert.deepEqual(found, [], name);
}

/** Also when something is still on its way out of a window that has become narrow. */
export async function fitsWidth(page: Page, name: string): Promise<void> {
  let over = 0;
  const fits = async (): Promise<boolean> => {
    over = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
    return over <= 0;
  };
  await until(fits, SETTLE_MS, () => `${name} is ${over} px too wide`);
}
