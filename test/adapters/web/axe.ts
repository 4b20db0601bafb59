// What axe holds against a page as it stands, for tests in the browser.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Moderate, serious and critical violations with the elements that have them. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Evaluated through the debugger, outside the page's content security policy.
  const results = await page.evaluate(`${axeSource}; axe.run(document, { resultTypes: ['violations'] })`);
  return (results as AxeResults).violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical' || impact === 'moderate')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}
