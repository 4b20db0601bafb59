// A form on the page, in a real Chromium: opened and sent by keyboard, read by axe, nothing lost by Escape or by a server that is away.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ActionEvent, Place, Reply } from '../../../bot/contract.ts';
import { FORM_CONTROL } from '../../support/form-control.ts';
import { violationsOf } from './axe.ts';
import { type Browsing, browse, chromiumMissing } from './chromium.ts';
import { drawnFilm } from './drawn-film.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

const missing = chromiumMissing();
if (missing) console.warn(missing);
/** SCREENSHOTS=folder keeps the pictures for people to look at. */
const pictures = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'cxr-form-'));

describe.skipIf(missing !== null)('a form on the page', () => {
  let browser: Browsing;
  let room: ReadingRoom;
  let page: Page;
  let place: Place;
  let reply: Reply;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await browse();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    room = await openReadingRoom({ samples: [{ name: 'drawn chest', bytes: () => drawnFilm() }] });
    room.core.pace = 1000;
    page = await browser.context.newPage();
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(room.url);
    await page.getByRole('button', { name: /Try the sample/ }).click();
    await page.locator('.post.bot[data-state=done]').waitFor();
    await page.locator('.finding').first().waitFor();
    place = room.core.events[0]?.place as Place;
    reply = await room.adapter.reply(place, { key: 'case' });
    await reply.finish({ text: '**Case: Breathless**\n\nWhat do you see?', controls: [FORM_CONTROL] });
  });
  afterEach(async () => {
    await page.close();
    await room.close();
  });

  const button = () => page.getByRole('button', { name: 'Give my answer' });
  const dialog = () => page.getByRole('dialog', { name: 'My answer' });
  const submit = () => dialog().getByRole('button', { name: 'Send my answer' });
  const actions = (): ActionEvent[] => room.core.events.filter((event) => event.kind === 'action');
  const focused = () => page.evaluate('document.activeElement.id || document.activeElement.textContent');

  test('by keyboard alone, from the button to one event', async () => {
    await button().focus();
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    expect(await focused()).toBe('form-findings');
    await page.keyboard.type('Left effusion\nNo pneumothorax');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('form-certainty');
    await page.keyboard.type('Not');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Cancel');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog().waitFor({ state: 'detached' });
    expect(actions()).toMatchObject([
      {
        action: 'case-answer',
        post: reply.post,
        place: { thread: place.thread },
        fields: { findings: 'Left effusion\nNo pneumothorax', certainty: 'Not sure at all' },
      },
    ]);
    expect(await focused()).toBe('Give my answer');
  });

  test('the focus stays in it, Escape closes it and keeps what was typed', async () => {
    await button().click();
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab');
      // The browser's own bar comes between the last and the first; nothing of the page behind does.
      expect(await page.evaluate("document.activeElement.matches('dialog *, body')")).toBe(true);
    }
    await page.getByLabel('What do you see?').fill('Cardiomegaly, I thi');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(await focused()).toBe('Give my answer');
    expect(actions()).toEqual([]);
    await button().click();
    expect(await page.getByLabel('What do you see?').inputValue()).toBe('Cardiomegaly, I thi');
  });

  test('what was typed stays while another conversation is forgotten', async () => {
    await button().click();
    await page.getByLabel('What do you see?').fill('Left effus');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    const other = await browser.context.newPage();
    await other.goto(room.url);
    await other.getByRole('button', { name: /Try the sample/ }).click();
    await other.locator('.post.bot[data-state=done]').waitFor();
    // Both are in this page's list: it hears of both.
    const listed = page.getByRole('navigation', { name: 'Conversations' }).getByRole('listitem');
    await expect.poll(() => listed.count()).toBe(2);
    await other.getByRole('button', { name: 'Forget this conversation' }).click();
    await other.getByRole('button', { name: 'Forget', exact: true }).click();
    await expect.poll(() => listed.count()).toBe(1);
    await other.close();
    await button().click();
    expect(await page.getByLabel('What do you see?').inputValue()).toBe('Left effus');
  });

  test('what is missing is said at its field, and nothing is sent', async () => {
    await button().click();
    await submit().click();
    expect(await dialog().getByText('Please fill in "What do you see?".').isVisible()).toBe(true);
    expect(await page.getByLabel('What do you see?').getAttribute('aria-invalid')).toBe('true');
    expect(await focused()).toBe('form-findings');
    expect(actions()).toEqual([]);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: join(pictures, 'form-problem.png') });
  });

  test('a server that is away loses nothing: sent again it is one event', async () => {
    await button().click();
    await page.getByLabel('What do you see?').fill('Normal');
    await page.route('**/actions', async (route) => {
      // The server takes it, its answer gets lost.
      await route.fetch();
      await route.abort();
    });
    await submit().click();
    await dialog().getByText('The reading room cannot be reached.').waitFor();
    await page.unroute('**/actions');
    await submit().click();
    await dialog().waitFor({ state: 'detached' });
    expect(actions()).toHaveLength(1);
    await button().click();
    expect(await page.getByLabel('What do you see?').inputValue()).toBe('');
  });

  test('a form that is no longer under its post is refused with a sentence', async () => {
    await button().click();
    await page.getByLabel('What do you see?').fill('Normal');
    await (await room.adapter.reply(place, { key: 'case' })).finish({ text: 'The case is closed.' });
    await submit().click();
    await dialog().getByText('I do not have this form any more').waitFor();
    expect(actions()).toEqual([]);
  });

  test.for(['dark', 'light'] as const)(
    'axe finds nothing of weight, %s; it fits a narrow screen',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await button().click();
      await page.getByLabel('What do you see?').fill('Probable left effusion, no pneumothorax');
      await page.getByLabel('How sure are you?').selectOption('Not sure at all');
      expect(await violationsOf(page)).toEqual([]);
      await page.screenshot({ path: join(pictures, `form-${colorScheme}.png`) });
      // Whoever describes the film sees it meanwhile.
      const film = await page.getByRole('main', { name: 'Film' }).boundingBox();
      const wide = await dialog().boundingBox();
      expect(wide?.x).toBeGreaterThanOrEqual((film?.x ?? 0) + (film?.width ?? 0) - 8);
      await page.setViewportSize({ width: 360, height: 640 });
      await page.screenshot({ path: join(pictures, `form-narrow-${colorScheme}.png`) });
      const box = await dialog().boundingBox();
      expect(box?.width).toBeLessThanOrEqual(360);
      expect(await submit().isVisible()).toBe(true);
    },
  );
});
