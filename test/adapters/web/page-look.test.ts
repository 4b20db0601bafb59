// How the page looks and feels in a real Chromium: keyboard alone, axe, narrow and light, motion, frames per second, first paint, size.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { builtPageFolder, loadPageFiles } from '../../../adapters/web/page-files.ts';
import { CxrError } from '../../../engine/error.ts';
import { violationsOf } from './axe.ts';
import { type Browsing, browse, chromiumMissing } from './chromium.ts';
import { drawnFilm } from './drawn-film.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

const missing = chromiumMissing();
if (missing) console.warn(missing);
/** SCREENSHOTS=folder keeps the pictures for people to look at. */
const pictures = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'cxr-page-'));

test('the page is small: under 150 kB compressed, everything together', () => {
  expect(loadPageFiles(builtPageFolder()).gzipBytes()).toBeLessThan(150 * 1024);
});

describe.skipIf(missing !== null)('the look of the page', () => {
  let browser: Browsing;
  let room: ReadingRoom;
  let page: Page;
  let film: Uint8Array;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await browse();
    film = await drawnFilm();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    room = await openReadingRoom({ samples: [{ name: 'drawn chest', bytes: () => film }] });
    room.core.pace = 1000;
    page = await browser.context.newPage();
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'no-preference' });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(room.url);
    await page.getByRole('button', { name: 'Send' }).waitFor();
  });
  afterEach(async () => {
    await page.close();
    await room.close();
  });

  const answered = (n: number) => page.locator('.post.bot[data-state=done]').nth(n).waitFor();
  const readSample = async () => {
    await page.getByRole('button', { name: /Try the sample/ }).click();
    await answered(0);
    await page.locator('.finding').first().waitFor();
  };

  const violations = () => violationsOf(page);

  test.for(['dark', 'light'] as const)('axe finds nothing of weight, %s, in every state', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await violations(), 'empty').toEqual([]);
    await page.screenshot({ path: join(pictures, `empty-${colorScheme}.png`) });
    room.core.pace = 10;
    await page.getByRole('button', { name: /Try the sample/ }).click();
    await page.locator('.post.bot[data-state=draft] .text p').first().waitFor();
    expect(await violations(), 'streaming').toEqual([]);
    await page.screenshot({ path: join(pictures, `streaming-${colorScheme}.png`) });
    room.core.pace = 1000;
    await answered(0);
    await page.setInputFiles('input[type=file]', [
      { name: 'two.png', mimeType: 'image/png', buffer: Buffer.from(film) },
      { name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
    ]);
    await answered(1);
    await page.locator('.thumbnail').nth(1).waitFor();
    await page.getByRole('combobox', { name: 'Compare with another film' }).selectOption('with film 1');
    await page.getByRole('button', { name: 'Attention overlay' }).click();
    expect(await violations(), 'answered').toEqual([]);
    await page.screenshot({ path: join(pictures, `answered-${colorScheme}.png`) });
    await page.getByRole('button', { name: 'Keys' }).click();
    expect(await violations(), 'dialog').toEqual([]);
    await page.screenshot({ path: join(pictures, `keys-${colorScheme}.png`) });
    await page.keyboard.press('Escape');
    await room.adapter.stop();
    await page.getByText('The connection is lost.').waitFor();
    expect(await violations(), 'offline').toEqual([]);
    await page.screenshot({ path: join(pictures, `offline-${colorScheme}.png`) });
  });

  test('the keyboard alone is enough, from the first film to forgetting', async () => {
    const focused = () => page.evaluate<string>(focusedName);
    async function tabTo(name: RegExp): Promise<void> {
      for (let n = 0; n < 80; n += 1) {
        if (name.test(await focused())) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`no way to ${name} by Tab`);
    }
    await tabTo(/Try the sample/);
    await page.keyboard.press('Enter');
    await answered(0);
    await page.locator('.finding').first().waitFor();
    await tabTo(/^Message$/);
    await page.keyboard.type('Is there an effusion?');
    await page.keyboard.press('Enter');
    await answered(1);
    await tabTo(/^Radiograph 1/);
    await page.keyboard.press('i');
    await page.keyboard.press('o');
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowLeft');
    const readout = page.locator('.film-pane:visible .film-readout');
    await vi.waitFor(async () => expect(await readout.textContent()).toMatch(/125 %\s+inverted/));
    expect(await page.getByRole('button', { name: 'Attention overlay' }).getAttribute('aria-pressed')).toBe('true');
    await tabTo(/^Ask the model.*cardiomegaly/);
    await page.keyboard.press('Enter');
    await answered(2);
    room.core.pace = 5;
    await page.keyboard.press('/');
    await page.keyboard.type('A long one, please.');
    await page.keyboard.press('Enter');
    await page.locator('.post.bot[data-state=draft] .text p').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.post.bot').getByText('(Stopped here.)').waitFor();
    await tabTo(/^Forget this conversation$/);
    await page.keyboard.press('Enter');
    await tabTo(/^Forget$/);
    await page.keyboard.press('Enter');
    await page
      .locator('.gone')
      .getByText(/nothing of this conversation is left/)
      .waitFor();
  });

  test('a narrow screen shows film and talk in turn, and the list as a drawer', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: join(pictures, 'narrow-empty.png') });
    await readSample().catch(async () => page.locator('.post.bot[data-state=done]').waitFor());
    await page.screenshot({ path: join(pictures, 'narrow-talk.png') });
    await page.getByRole('button', { name: 'Film', exact: true }).click();
    await page.getByRole('img', { name: /Radiograph 1/ }).waitFor();
    await page.screenshot({ path: join(pictures, 'narrow-film.png') });
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    expect(await page.locator('.notice').isVisible()).toBe(true);
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Conversations' }).click();
    await page.getByRole('button', { name: /Cardiomegaly, pleural effusion/ }).waitFor();
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(pictures, 'narrow-list.png') });
    await page.getByRole('button', { name: /Cardiomegaly, pleural effusion/ }).click();
    await page.getByRole('searchbox').waitFor({ state: 'hidden' });
  });

  test('the drawer takes the focus and gives it back, and notices are as wide as their words', async () => {
    await readSample();
    await page.setViewportSize({ width: 390, height: 844 });
    const menu = page.getByRole('button', { name: 'Conversations' });
    await menu.focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate<string>(focusedName)).toBe('New conversation');
    expect(await menu.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('Escape');
    expect(await page.evaluate<string>(focusedName)).toBe('Conversations');
    expect(await menu.getAttribute('aria-expanded')).toBe('false');
    room.core.refuseNext = new CxrError('overloaded', 'Too many requests are waiting already; please try again later.');
    await page.getByRole('button', { name: 'Report again' }).click();
    const notice = page.locator('.toast', { hasText: 'Too many requests' });
    await notice.waitFor();
    const box = await notice.boundingBox();
    expect(box?.width ?? 0).toBeGreaterThan(300);
    const composer = await page.locator('.composer-row').boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(composer?.y ?? 0);
  });

  test('the film’s tools stand in one line beside the talk, and its words are readable over white', async () => {
    await readSample();
    await page.setViewportSize({ width: 1024, height: 768 });
    const tops = await page.locator('.tool-group').evaluateAll((groups) => groups.map((group) => group.offsetTop));
    expect(new Set(tops).size).toBe(1);
    for (const words of ['.film-caption', '.film-readout', '.film-draft', '.film-legend']) {
      const ground = `getComputedStyle(document.querySelector('${words}')).backgroundColor`;
      expect(await page.evaluate<string>(ground), words).not.toBe('rgba(0, 0, 0, 0)');
    }
  });

  test('nothing moves for those who asked for no motion', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    room.core.pace = 5;
    await page.getByRole('button', { name: /Try the sample/ }).click();
    await page.locator('.post.bot[data-state=draft] .text p').first().waitFor();
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    room.core.pace = 1000;
  });

  test('the first paint comes soon on loopback', async () => {
    const paints: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      await page.reload();
      await page.getByRole('button', { name: 'Send' }).waitFor();
      paints.push(
        await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 1e9"),
      );
    }
    console.log(`first contentful paint: ${paints.map((ms) => `${Math.round(ms)} ms`).join(', ')}`);
    // 0.5 s on a quiet machine; the limit here only has to hold on a crowded one.
    expect(Math.min(...paints)).toBeLessThan(5000);
  });

  test('frames keep coming while a long answer streams in', async () => {
    await readSample();
    room.core.pace = 120;
    room.core.script = [Array.from({ length: 600 }, (_, n) => (n % 40 === 39 ? 'end.\n\n' : `word${n} `)).join('')];
    await page.getByRole('textbox', { name: 'Message' }).fill('A long one, please.');
    await page.keyboard.press('Enter');
    await page.locator('.post.bot[data-state=draft] .text p').first().waitFor();
    const busyMs = await page.evaluate<number[]>(frameCosts);
    const sorted = busyMs.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
    console.log(
      `work per frame while streaming: median ${median.toFixed(1)} ms, 95 % ${(sorted[Math.floor(sorted.length * 0.95)] ?? 0).toFixed(1)} ms`,
    );
    // 16.7 ms on a quiet machine, where the median is a small part of it; crowded ones are given four frames.
    expect(median).toBeLessThan(4 * (1000 / 60));
    room.core.pace = 5000;
    await answered(1);
  });
});

/** Script for the page: of 120 frames, the time from a frame's callbacks until its rendering is done, in ms. */
const frameCosts = `new Promise((resolve) => {
  const costs = [];
  const measure = () => {
    const start = performance.now();
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      costs.push(performance.now() - start);
      if (costs.length < 120) requestAnimationFrame(measure);
      else resolve(costs);
    };
    channel.port2.postMessage(null);
  };
  requestAnimationFrame(measure);
})`;

/** Script for the page: the name of what has the focus. */
const focusedName =
  "document.activeElement === document.body ? '' : (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '')";
