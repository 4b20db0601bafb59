// What the replies of a teaching case do to the page, in a real Chromium: films in the viewer, pictures in large, long replies, the reveal.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Place, ReplyContent } from '../../../bot/contract.ts';
import { violationsOf } from './axe.ts';
import { type Browsing, browse, chromiumMissing } from './chromium.ts';
import { drawnFilm } from './drawn-film.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';
import { scriptedFindings } from './scripted-core.ts';

const missing = chromiumMissing();
if (missing) console.warn(missing);

describe.skipIf(missing !== null)('replies of a case on the page', () => {
  let browser: Browsing;
  let room: ReadingRoom;
  let page: Page;
  let place: Place;
  let png: Uint8Array;

  beforeAll(async () => {
    browser = await browse({ colorScheme: 'light' });
    png = await drawnFilm();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    room = await openReadingRoom();
    room.core.pace = 1000;
    page = await browser.context.newPage();
    await page.setViewportSize({ width: 1360, height: 850 });
    await page.goto(room.url);
    await write('/case open dull-base');
    await page.locator('.post.bot[data-state=done]').waitFor();
    place = room.core.events[0]?.place as Place;
  });
  afterEach(async () => {
    await page.close();
    await room.close();
  });

  async function write(text: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.keyboard.press('Enter');
  }
  /** The bot says this, whole and at once, as it does in a case. */
  async function tell(key: string, content: ReplyContent): Promise<void> {
    await (await room.adapter.reply(place, { key })).finish(content);
    await page
      .locator('.post.bot[data-state=done]')
      .filter({ hasText: (content.text.split('\n')[0] ?? '').replaceAll('**', '') })
      .first()
      .waitFor();
  }
  const film = (image: number) => ({ image, png, overlay: null, findings: [] });

  test('each question’s film stands in the viewer, also where an earlier one had a higher number', async () => {
    await tell('question-1', { text: 'Question one', film: film(0) });
    await page.getByRole('img', { name: 'Radiograph 1.' }).waitFor();
    await tell('question-2', { text: 'Question two', film: film(1) });
    await page.getByRole('img', { name: 'Radiograph 2.' }).waitFor();
    await tell('question-3', { text: 'Another quiz', film: film(0) });
    await page.getByRole('img', { name: 'Radiograph 1.' }).waitFor();
    expect(await page.locator('.thumbnail').count()).toBe(2);
  });

  test('a long reply that comes whole is read from its start; the next message of one’s own leads to the end', async () => {
    const points = Array.from({ length: 60 }, (_, index) => `- point ${index + 1}`);
    await tell('reveal', { text: ['**Reveal: Dull at the left base**', ...points].join('\n') });
    const seen = (text: string) =>
      page
        .locator('.scroller')
        .getByText(text, { exact: true })
        .evaluate((element) => {
          const box = element.getBoundingClientRect();
          const frame = element.closest('.scroller')?.getBoundingClientRect();
          return frame !== undefined && box.top >= frame.top && box.bottom <= frame.bottom;
        });
    expect(await seen('Reveal: Dull at the left base')).toBe(true);
    expect(await seen('point 60')).toBe(false);
    const below = page.getByRole('button', { name: 'New words below' });
    await below.waitFor();
    const [button, words] = [await below.boundingBox(), await page.locator('.scroller').boundingBox()];
    expect(button?.y, 'the button covers no words').toBeGreaterThanOrEqual((words?.y ?? 0) + (words?.height ?? 0));
    await write('Thank you');
    await expect.poll(() => seen('Thank you')).toBe(true);
  });

  test('a picture that comes late leaves the newest words in sight', async () => {
    const panel = await drawnFilm('png', 900);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/blobs/**', async (route) => {
      await held;
      await route.continue();
    });
    await tell('hint', { text: 'Hint', pictures: [{ png: panel, name: 'panel.png', alt: 'Panel' }] });
    const picture = page.getByRole('img', { name: 'Panel' });
    const before = await picture.boundingBox();
    expect(before?.height ?? 0).toBeGreaterThan(200);
    await tell('more', { text: 'The newest words' });
    release();
    await expect
      .poll(() => picture.evaluate((image) => (image as unknown as { complete: boolean }).complete))
      .toBe(true);
    expect((await picture.boundingBox())?.height).toBeCloseTo(before?.height ?? 0, 0);
    const bottom = (box: { y: number; height: number } | null) => (box?.y ?? 0) + (box?.height ?? 0);
    const [words, frame] = [page.locator('.post').getByText('The newest words'), page.locator('.scroller')];
    expect(bottom(await words.boundingBox())).toBeLessThanOrEqual(bottom(await frame.boundingBox()));
  });

  test('a number and its sign stay on one line', async () => {
    await tell('hint', { text: 'Answers: **54 %** of 3 (54 %)' });
    expect(await page.locator('.post', { hasText: 'Answers:' }).textContent()).toContain('54\u00a0% of 3 (54\u00a0%)');
  });

  test('the reveal switches the overlay on and shows the findings, without questions that a case does not answer', async () => {
    await tell('opening', { text: 'Case', film: film(0) });
    const faint = { name: 'edema', label: 'edema', assessed: true, probability: 0.004, threshold: 0.3 };
    const toggle = page.getByRole('button', { name: 'Attention overlay' });
    await page.getByRole('img', { name: 'Radiograph 1.' }).waitFor();
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    expect(await page.locator('.film-legend').first().isVisible()).toBe(false);
    await tell('reveal', {
      text: 'Reveal',
      film: { image: 0, png, overlay: png, findings: [...scriptedFindings, faint] },
    });
    await expect.poll(() => toggle.getAttribute('aria-pressed')).toBe('true');
    expect(await page.locator('.finding-value').allTextContents()).toEqual([
      '81 %',
      '52 %',
      '31 %',
      '22 %',
      '4 %',
      '< 1 %',
    ]);
    expect(await page.getByRole('button', { name: /Ask the model/ }).count()).toBe(0);
    await page.getByText('Attention, not the place of a finding').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await toggle.click();
    await tell('more', { text: 'One thing more' });
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    await page.locator('.film-legend').first().waitFor({ state: 'hidden' });
  });

  test('on a telephone every control of the film is in sight, and the legend beside no other words', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await tell('opening', { text: 'Case', film: film(0) });
    await tell('reveal', { text: 'Reveal', film: { image: 0, png, overlay: png, findings: scriptedFindings } });
    await page.getByRole('button', { name: 'Film', exact: true }).click();
    for (const name of ['Window', 'Level', 'Overlay strength']) {
      const box = await page.getByRole('slider', { name, exact: true }).boundingBox();
      expect((box?.x ?? 999) + (box?.width ?? 0), name).toBeLessThanOrEqual(390);
    }
    const legend = await page.locator('.film-legend').first().boundingBox();
    const readout = await page.locator('.film-readout').first().boundingBox();
    expect((legend?.y ?? 0) + (legend?.height ?? 0)).toBeLessThanOrEqual(readout?.y ?? 0);
  });

  test('an answer that is no longer part of the conversation says so, without buttons', async () => {
    const controls = [{ action: 'again', label: 'Answer again' }] as const;
    const reply = await room.adapter.reply(place, { key: 'later' });
    await reply.finish({ text: 'A later answer', controls });
    const post = page.locator('.post.bot').filter({ hasText: 'A later answer' });
    await post.getByRole('button', { name: 'Answer again' }).waitFor();
    await room.adapter.outdate?.(place, reply.post);
    await post.getByText('no longer part of the conversation').waitFor();
    expect(await post.getByRole('button', { name: 'Answer again' }).count()).toBe(0);
    expect(await violationsOf(page)).toEqual([]);
    await reply.finish({ text: 'A later answer, given anew', controls });
    await post.getByRole('button', { name: 'Answer again' }).waitFor();
    expect(await post.getByText('no longer part of the conversation').isVisible()).toBe(false);
  });

  test('only a model’s words are called a draft, and what others write stands on the other side', async () => {
    await tell('saved', { text: 'Saved.' });
    await tell('report', { text: 'No effusion.', isDraft: true });
    const badges = (text: string) =>
      page.locator('.post.bot').filter({ hasText: text }).getByText('draft', { exact: true });
    expect(await badges('Saved.').isVisible()).toBe(false);
    expect(await badges('No effusion.').isVisible()).toBe(true);
    // Words, for a typed command nobody else sees.
    await write('I see an effusion.');
    const other = await browse({ colorScheme: 'light' });
    try {
      const reader = await other.context.newPage();
      await reader.goto(page.url());
      const seen = await reader.locator('.post.person.other').boundingBox();
      const bot = await reader.locator('.post.bot').first().boundingBox();
      expect(seen?.x).toBe(bot?.x);
      expect(await page.locator('.post.person.other').count()).toBe(0);
    } finally {
      await other.close();
    }
  });

  test('what was not answered has nothing to copy', async () => {
    await (await room.adapter.reply(place, { key: 'failed' })).fail('The model could not be asked just now.');
    const failed = page.locator('.post[data-state=failed]');
    await failed.getByText('could not be asked').waitFor();
    expect(await failed.getByRole('button').count()).toBe(0);
  });

  test('a picture of a post opens large, by keyboard too, and in its own size', async () => {
    const panel = await drawnFilm('png', 1200);
    await tell('hint', { text: 'Hint', pictures: [{ png: panel, name: 'panel.png', alt: 'Panel of findings' }] });
    const small = page.getByRole('button', { name: 'Panel of findings' });
    const width = (await small.boundingBox())?.width ?? 0;
    await small.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Panel of findings' });
    const large = dialog.getByRole('img');
    await large.waitFor();
    expect((await large.boundingBox())?.width).toBeGreaterThan(width * 1.5);
    expect(await violationsOf(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Own size' }).click();
    const own = await large.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
    expect((await large.boundingBox())?.width).toBe(own);
    expect(own).toBe(1200);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await small.evaluate((button) => button.matches(':focus'))).toBe(true);
  });
});
