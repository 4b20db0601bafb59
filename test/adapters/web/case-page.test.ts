// A teaching case in the page: the started program with a shared room, a teacher and two readers in three browsers; answers in words and by the
// form, a hint, the reveal with overlay and table, the files of the export. SCREENSHOTS=docs/images retakes the pictures of docs/teaching.md.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawPhantom } from '../../../engine/phantom.ts';
import { runCxr } from '../../support/run-cxr.ts';
import { violationsOf } from './axe.ts';
import { type Browsing, browse, chromiumMissing } from './chromium.ts';
import { bundleFolder, type StartedProgram, startProgram } from './started-program.ts';

const missing = chromiumMissing();
if (missing) console.warn(missing);
const patienceMs = 120_000;
const TOKEN = 'a shared reading room';
const FINDINGS = 'left basal effusion, cardiomegaly';

describe.skipIf(missing !== null)('a case in the page', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cxr-case-'));
  const browsers: Browsing[] = [];
  let program: StartedProgram;
  let teacher: Page;
  let ann: Page;
  let ben: Page;

  beforeAll(async () => {
    const { folder, isToy } = await bundleFolder(scratch);
    if (isToy) console.warn('no models/micro: a toy bundle answers, what it says means nothing');
    program = await startProgram(scratch, { BUNDLE_DIR: folder, WEB_TOKEN: TOKEN });
    [teacher, ann, ben] = [await enter('Dr. Teacher'), await enter('Ann'), await enter('Ben')];
  }, 3 * patienceMs);
  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await program?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, patienceMs);

  /** A browser of its own: logged in with the room's token, and with a name. */
  async function enter(name: string): Promise<Page> {
    const browser = await browse({ colorScheme: 'light', acceptDownloads: true });
    browsers.push(browser);
    browser.context.setDefaultTimeout(patienceMs);
    const page = await browser.context.newPage();
    await page.goto(program.url);
    await page.getByLabel('Access token').fill(TOKEN);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page
      .locator('.notice')
      .getByText(/written by/)
      .waitFor();
    await page.getByRole('button', { name: 'Your name' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill(name);
    await page.keyboard.press('Enter');
    await page.locator('.person-name').getByText(name).waitFor();
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.keyboard.press('Enter');
  }
  const post = (page: Page, text: RegExp | string) =>
    page.locator('.post.bot[data-state=done]').filter({ hasText: text });
  /** All that this person can read. */
  const read = async (page: Page) => (await page.locator('.conversation').textContent()) ?? '';

  async function take(page: Page, name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    const picture = sharp(await page.screenshot()).png({ palette: true, colours: 128, effort: 10 });
    if (folder !== undefined) await picture.toFile(join(folder, name));
  }

  test(
    'the teacher opens it; the others see the film and the history, and nothing else',
    async () => {
      await teacher
        .getByRole('textbox', { name: 'Message' })
        .fill('/case new title: Breathless; history: 70 years, three days of cough; next: ultrasound of the pleura');
      const film = Buffer.from(await drawPhantom({ kind: 'effusion' }));
      await teacher.setInputFiles('input[type=file]', { name: 'film.png', mimeType: 'image/png', buffer: film });
      await post(teacher, 'Case: Breathless').waitFor();
      await post(teacher, /draft/i).first().waitFor();
      const address = teacher.url();
      for (const page of [ann, ben]) {
        await page.goto(address);
        await post(page, 'three days of cough').waitFor();
        await page.getByRole('img', { name: 'Radiograph 1.' }).waitFor();
        expect(await page.getByRole('button', { name: 'Attention overlay' }).isDisabled()).toBe(true);
        expect(await page.locator('.finding').count()).toBe(0);
      }
      await say(teacher, `/case findings ${FINDINGS}`);
      await post(teacher, '2 expected as present').waitFor();
      expect(await teacher.getByRole('heading', { name: 'Breathless' }).first().isVisible()).toBe(true);
      for (const page of [ann, ben]) {
        expect(await read(page)).not.toMatch(/left basal|draft for the expected|\/case/);
      }
    },
    3 * patienceMs,
  );

  test(
    'one answers in words, one by the form; each is read back to that person alone and confirmed',
    async () => {
      await say(ann, 'Definitely cardiomegaly, effusion 70%, no pneumothorax');
      await post(ann, 'effusion: 70 % present').waitFor();
      await take(ann, 'case-answer.png');
      expect(await violationsOf(ann)).toEqual([]);
      await ann.getByRole('button', { name: 'That is what I mean' }).click();
      await post(ann, 'Counted.').waitFor();
      await ben.getByRole('button', { name: 'Give my answer' }).click();
      await ben.getByLabel('Findings, in your own words').fill('Pneumothorax');
      await ben.getByLabel('Differential diagnosis, likeliest first').fill('heart failure, pneumonia');
      await ben.getByRole('button', { name: 'Read my answer' }).click();
      await post(ben, 'pneumothorax: 90 % present').waitFor();
      await ben.getByRole('button', { name: 'That is what I mean' }).click();
      await post(ben, 'Counted.').waitFor();
      for (const page of [teacher, ann]) expect(await read(page)).not.toContain('pneumothorax: 90');
      for (const page of [teacher, ben]) expect(await read(page)).not.toContain('effusion: 70');
    },
    2 * patienceMs,
  );

  test(
    'a hint comes to everybody; then the reveal, with the overlay and a table',
    async () => {
      await say(teacher, '/case hint');
      for (const page of [teacher, ann, ben]) await post(page, 'Hint 1: Look again here: left basal.').waitFor();
      await say(teacher, '/case reveal');
      for (const page of [teacher, ann, ben]) {
        const reveal = post(page, 'Reveal: Breathless');
        await reveal.waitFor();
        const rows = reveal.getByRole('region', { name: 'Table by reader' }).getByRole('row');
        const cells = await rows.evaluateAll((all) =>
          all.map((row) => [...row.children].map((cell) => cell.textContent?.replaceAll('\u00a0', ' '))),
        );
        expect(cells[0]?.slice(0, 3)).toEqual(['Reader', 'Sensitivity', 'Specificity']);
        expect(cells.find(([name]) => name === 'Ann')?.slice(1, 6)).toEqual([
          '2/2 = 100 %',
          '10/10 = 100 %',
          'none',
          'none',
          '1.000',
        ]);
        expect(cells.find(([name]) => name === 'Ben')?.slice(1, 6)).toEqual([
          '0/2 = 0 %',
          '9/10 = 90 %',
          'cardiomegaly, effusion',
          'pneumothorax',
          '-0.125',
        ]);
        expect(cells.at(-1)?.[0]).toBe('Model');
        // The overlay is switched on by itself.
        await page.getByRole('button', { name: 'Attention overlay', pressed: true }).waitFor();
        expect(await page.locator('.finding').count()).toBeGreaterThan(0);
      }
      await post(ann, 'Reveal: Breathless').scrollIntoViewIfNeeded();
      for (const colorScheme of ['light', 'dark'] as const) {
        await ann.emulateMedia({ colorScheme });
        await ann
          .locator('.table')
          .first()
          .evaluate((table) => table.scrollIntoView({ block: 'center' }));
        expect(await violationsOf(ann), colorScheme).toEqual([]);
        await take(ann, `case-reveal${colorScheme === 'dark' ? '-dark' : ''}.png`);
      }
      await ann.emulateMedia({ colorScheme: 'light' });
      await ann.setViewportSize({ width: 390, height: 844 });
      await ann.getByRole('button', { name: 'Talk' }).click();
      await ann.waitForTimeout(500);
      await ann
        .locator('.table')
        .first()
        .evaluate((table) => table.scrollIntoView({ block: 'center' }));
      const width = await ann.locator('html').evaluate(({ scrollWidth }) => scrollWidth);
      expect(width).toBeLessThanOrEqual(390);
      await take(ann, 'case-reveal-narrow.png');
    },
    2 * patienceMs,
  );

  test(
    'the teacher takes the table and the page away',
    async () => {
      await say(teacher, '/case export');
      const files = post(teacher, 'as a table and as a page').getByRole('link');
      await files.first().waitFor();
      const saved: string[] = [];
      for (const link of await files.all()) {
        const [download] = await Promise.all([teacher.waitForEvent('download'), link.click()]);
        const path = join(scratch, download.suggestedFilename());
        await download.saveAs(path);
        saved.push(path);
      }
      const [csv = '', html = ''] = saved.map((path) => readFileSync(path, 'utf8'));
      const rows = parse(csv, { columns: true }) as Record<string, string>[];
      expect(new Set(rows.map(({ reader }) => reader))).toEqual(new Set(['Ann', 'Ben', 'Model']));
      const effusion = rows.find(({ reader, finding }) => reader === 'Ann' && finding === 'effusion');
      expect(effusion).toMatchObject({ case: 'Breathless', expected: '1', probability: '0.7', hints: '0' });
      expect(html).toContain('2/2 = 100 %');
    },
    patienceMs,
  );
});

describe.skipIf(missing !== null)('the README’s first case, followed word for word', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cxr-readme-'));
  const readme = readFileSync(join(import.meta.dirname, '..', '..', '..', 'README.md'), 'utf8');
  /** What is typed stands in the README. */
  const asWritten = (words: string): string => {
    expect(readme).toContain(`\`${words}\``);
    return words;
  };

  test(
    'a sample case opened by name, an answer in a private window, the reveal and the export',
    async () => {
      expect(readme).toContain('npm run -s cxr -- cases sample cases ');
      expect(readme).toContain('CASE_LIBRARY=cases npm start ');
      expect((await runCxr(['cases', 'sample', join(scratch, 'cases')])).code).toBe(0);
      const { folder } = await bundleFolder(scratch);
      const program = await startProgram(scratch, { BUNDLE_DIR: folder, CASE_LIBRARY: 'cases' });
      const browsers = [await browse(), await browse()];
      try {
        const [teacher, reader] = await Promise.all(browsers.map(({ context }) => context.newPage()));
        if (teacher === undefined || reader === undefined) throw new Error('no pages');
        const said = (page: Page, text: string) => page.locator('.post.bot[data-state=done]').filter({ hasText: text });
        const write = async (page: Page, text: string) => {
          await page.getByRole('textbox', { name: 'Message' }).fill(text);
          await page.keyboard.press('Enter');
        };
        teacher.setDefaultTimeout(patienceMs);
        reader.setDefaultTimeout(patienceMs);
        await teacher.goto(program.url);
        await write(teacher, asWritten('/case open dull-base'));
        await said(teacher, 'Breathless for a week').waitFor();
        await teacher.getByRole('img', { name: 'Radiograph 1.' }).waitFor();
        await reader.goto(teacher.url());
        await said(reader, 'Breathless for a week').waitFor();
        await write(reader, asWritten('left effusion 80%, no pneumothorax'));
        await said(reader, 'effusion: 80 % present').waitFor();
        await reader.getByRole('button', { name: 'That is what I mean' }).click();
        await said(reader, 'Counted.').waitFor();
        // Everybody's list names the case, not what somebody answered.
        await teacher.getByRole('heading', { name: 'Dull at the left base' }).first().waitFor();
        await write(teacher, asWritten('/case hint'));
        await said(teacher, 'Hint 1').waitFor();
        await write(teacher, asWritten('/case reveal'));
        await said(teacher, 'Reveal: Dull at the left base').getByRole('table').first().waitFor();
        for (const page of [teacher, reader])
          await page.getByRole('button', { name: 'Attention overlay', pressed: true }).waitFor();
        await write(teacher, asWritten('/case export'));
        await said(teacher, 'as a table')
          .getByRole('link', { name: /case\.csv/ })
          .waitFor();
      } finally {
        for (const browser of browsers) await browser.close();
        await program.stop();
        rmSync(scratch, { recursive: true, force: true });
      }
    },
    3 * patienceMs,
  );
});
