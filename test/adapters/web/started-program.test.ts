// The started program (`npm start`) with the page in Chromium: real films through the real core and engine, a crash in mid-answer, forgetting.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Browsing, browse, chromiumMissing } from './chromium.ts';
import { bundleFolder, type StartedProgram, startProgram } from './started-program.ts';

const data = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data');
const missing = chromiumMissing();
if (missing) console.warn(missing);
const noFilms = existsSync(join(data, 'samples')) ? null : 'no ../shared/data: the ten real films are skipped';
if (noFilms) console.warn(noFilms);
const patienceMs = 120_000;

/** Nine films as people upload them (PNG, JPEG, DICOM), and more from the reduced set. */
function tenFilms(): string[] {
  const samples = readdirSync(join(data, 'samples')).map((name) => join(data, 'samples', name));
  const more = readdirSync(join(data, 'cxr', 'nih')).slice(0, 10 - samples.length);
  return [...samples, ...more.map((name) => join(data, 'cxr', 'nih', name))];
}

describe.skipIf(missing !== null)('the started program', () => {
  let scratch: string;
  let program: StartedProgram;
  let env: Record<string, string>;
  let isToy: boolean;
  let browser: Browsing;
  let page: Page;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'cxr-started-'));
    const bundle = await bundleFolder(scratch);
    isToy = bundle.isToy;
    if (isToy) console.warn('no models/micro: a toy bundle answers, what it says means nothing');
    env = { BUNDLE_DIR: bundle.folder };
    program = await startProgram(scratch, env);
    browser = await browse();
    browser.context.setDefaultTimeout(patienceMs);
    page = await browser.context.newPage();
    await page.goto(program.url);
    await page
      .locator('.notice')
      .getByText(/written by/)
      .waitFor();
  }, 2 * patienceMs);
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, patienceMs);

  /** All that the store has on the disk, its journal files included. */
  const stored = () =>
    readdirSync(scratch)
      .filter((name) => name.startsWith('state.sqlite'))
      .map((name) => readFileSync(join(scratch, name)).toString('latin1'))
      .join('');
  /** The pictures of the README: `SCREENSHOTS=docs/images npx vitest run test/adapters/web/started-program.test.ts`. */
  async function takePictures(): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder === undefined) return;
    await page.getByRole('button', { name: 'Attention overlay' }).click();
    for (const [colorScheme, name] of [
      ['light', 'reading-room.png'],
      ['dark', 'reading-room-dark.png'],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      const picture = sharp(await page.screenshot()).png({ palette: true, colours: 128, effort: 10 });
      await picture.toFile(join(folder, name));
    }
  }
  const reports = () => page.locator('.post.bot[data-state=done]');
  const fresh = () => page.getByRole('button', { name: 'New conversation', exact: true }).click();

  test(
    'a newcomer’s way: the sample, its report, and the paper’s two questions',
    async () => {
      await page.getByRole('button', { name: /Try the sample/ }).click();
      await reports().nth(0).waitFor();
      expect(await reports().nth(0).textContent()).toMatch(/Not a diagnosis/);
      await page.getByRole('img', { name: /Radiograph 1/ }).waitFor();
      expect(await page.locator('.finding').count()).toBeGreaterThan(0);
      for (const [index, question] of [
        'What can be possible diagnosis?',
        'What kind of further examination is required?',
      ].entries()) {
        await page.getByRole('button', { name: question }).click();
        await reports()
          .nth(index + 1)
          .waitFor();
      }
      await page
        .getByRole('button', { name: /^Ask the model, yes or no/ })
        .first()
        .click();
      await reports().nth(3).waitFor();
      await takePictures();
      expect(await reports().nth(3).textContent()).toMatch(/: (yes|no) \(encoder [<>]? ?\d+\s%, threshold \d+\s%\)/);
    },
    3 * patienceMs,
  );

  test.skipIf(noFilms !== null)(
    'ten real films go through it: PNG, JPEG and DICOM',
    async () => {
      const films = tenFilms();
      expect(films).toHaveLength(10);
      for (const path of films) {
        await fresh();
        await page.setInputFiles('input[type=file]', path);
        const settled = page.locator('.post.bot[data-state=done], .post.bot[data-state=failed]').first();
        await settled.waitFor();
        const said = (await settled.textContent()) ?? '';
        // A toy encoder has no say on what is a chest film; the shipped one may refuse, and then says why.
        expect(said, path).toMatch(isToy ? /Draft report/ : /Draft report|chest radiograph/);
        if (said.includes('Draft report')) await page.getByRole('img', { name: /Radiograph 1/ }).waitFor();
      }
      const names = films.map((path) => path.split('/').at(-1) ?? '');
      const kept = stored();
      for (const name of names) {
        expect(program.output()).not.toContain(name);
        expect(kept.includes(name), name).toBe(false);
      }
    },
    10 * patienceMs,
  );

  test(
    'what is no film is refused with one sentence',
    async () => {
      await fresh();
      const files = [
        { name: 'page.png', mimeType: 'image/png', buffer: Buffer.from('<html>no image</html>') },
        { name: 'half.png', mimeType: 'image/png', buffer: Buffer.from('89504e470d0a1a0a0000000d', 'hex') },
      ];
      await page.setInputFiles('input[type=file]', files);
      await page.locator('.post.bot[data-state=failed]').nth(1).waitFor();
      for (const sentence of await page.locator('.post.bot .failure:visible').allInnerTexts()) {
        expect(sentence).not.toMatch(/Error|undefined|stack|node:/);
        expect(sentence.length).toBeGreaterThan(10);
      }
    },
    patienceMs,
  );

  test(
    'killed in mid-answer and started again, it finishes the answer once, in the page that stayed open',
    async () => {
      await fresh();
      await page.getByRole('button', { name: /Try the sample/ }).click();
      await reports().first().waitFor();
      await page.getByRole('textbox', { name: 'Message' }).fill('What can be possible diagnosis?');
      await page.keyboard.press('Enter');
      await page.locator('.post.bot').nth(1).waitFor();
      const { port } = new URL(program.url);
      await program.stop('SIGKILL');
      program = await startProgram(scratch, { ...env, WEB_PORT: port });
      await vi
        .waitFor(async () => expect(await reports().count()).toBe(2), { timeout: patienceMs, interval: 500 })
        .catch((error: unknown) => {
          throw new Error(program.output(), { cause: error });
        });
      expect(await page.locator('.post.bot').count()).toBe(2);
    },
    2 * patienceMs,
  );

  test(
    'forgetting leaves nothing of the conversation in the store',
    async () => {
      await fresh();
      await page.getByRole('textbox', { name: 'Message' }).fill('Quokkas are not radiographs.');
      await page.keyboard.press('Enter');
      await reports().first().waitFor();
      const thread = new URL(page.url()).hash.slice(2);
      expect(stored().includes(thread)).toBe(true);
      await page.getByRole('button', { name: 'Forget this conversation' }).click();
      await page.getByRole('button', { name: 'Forget', exact: true }).click();
      await page
        .locator('.gone')
        .getByText(/nothing of this conversation is left/)
        .waitFor();
      await vi.waitFor(() => expect(stored().includes('Quokkas')).toBe(false), patienceMs);
      expect(program.output()).not.toContain('Quokkas');
    },
    patienceMs,
  );
});
