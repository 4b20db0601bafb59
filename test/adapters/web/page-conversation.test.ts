// The page in a real Chromium over the real server and a scripted core: from a film to the third answer, and everything that may come between.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CxrError } from '../../../engine/error.ts';
import { type Browsing, browse, chromiumMissing } from './chromium.ts';
import { drawnFilm } from './drawn-film.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

const missing = chromiumMissing();
if (missing) console.warn(missing);

describe.skipIf(missing !== null)('a conversation in the browser', () => {
  let browser: Browsing;
  let room: ReadingRoom;
  let page: Page;
  let faults: string[];
  let film: Uint8Array;

  beforeAll(async () => {
    browser = await browse();
    film = await drawnFilm();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    room = await openReadingRoom({ samples: [{ name: 'drawn chest', bytes: () => film }], maxBytes: 2_000_000 });
    room.core.pace = 500;
    faults = [];
    page = await tab();
  });
  afterEach(async () => {
    await page.close();
    await room.close();
    expect(faults).toEqual([]);
  });

  async function tab(path = ''): Promise<Page> {
    const opened = await browser.context.newPage();
    opened.on('pageerror', (error) => faults.push(error.message));
    opened.on('dialog', (dialog) => faults.push(`dialog: ${dialog.message()}`));
    await opened.goto(room.url + path);
    await opened.getByRole('button', { name: 'Send' }).waitFor();
    return opened;
  }
  const file = (name: string, bytes: Uint8Array = film, mimeType = 'image/png') => ({
    name,
    mimeType,
    buffer: Buffer.from(bytes),
  });
  const give = (...files: ReturnType<typeof file>[]) => page.setInputFiles('input[type=file]', files);
  const answers = (on = page) => on.locator('.post.bot[data-state=done]');
  const ask = async (text: string, on = page) => {
    await on.getByRole('textbox', { name: 'Message' }).fill(text);
    await on.keyboard.press('Enter');
  };

  test('from an upload to the third answer', async () => {
    await give(file('chest.png'));
    await answers().nth(0).waitFor();
    expect(await answers().nth(0).textContent()).toContain('Cardiomegaly.');
    await page.getByRole('img', { name: /Radiograph 1.*cardiomegaly/ }).waitFor();
    expect(await page.locator('.finding').count()).toBe(5);
    expect(await page.locator('.not-assessed').textContent()).toBe('Not assessed: mass, nodule, hernia');
    await page.getByRole('button', { name: 'What can be possible diagnosis?' }).click();
    await answers().nth(1).waitFor();
    await page.getByRole('button', { name: 'What kind of further examination is required?' }).click();
    await answers().nth(2).waitFor();
    expect(room.core.events.map((event) => (event.kind === 'message' ? event.text : event.kind))).toEqual([
      '',
      'What can be possible diagnosis?',
      'What kind of further examination is required?',
    ]);
    expect(await page.locator('.suggestions').isHidden()).toBe(true);
    expect(await page.locator('.notice').textContent()).toMatch(
      /Draft — not a diagnosis.*written by scripted 1\.0\.0/s,
    );
  });

  test('the sample is one click away', async () => {
    await page.getByRole('button', { name: /Try the sample/ }).click();
    await answers().first().waitFor();
    await page.getByRole('img', { name: /Radiograph 1/ }).waitFor();
  });

  test('several films at once, each with its receipt or refusal in place', async () => {
    await give(
      file('one.png'),
      file('empty.png', new Uint8Array(0)),
      file('two.jpg', await drawnFilm('jpeg'), 'image/jpeg'),
      file('huge.png', new Uint8Array(2_000_001)),
      file('notes.txt', Buffer.from('no image'), 'text/plain'),
    );
    await page.locator('.post.bot[data-state=failed]').waitFor();
    expect(await answers().count()).toBe(2);
    expect(await page.locator('.post.bot[data-state=failed]').textContent()).toContain('This is no image');
    const refused = await page.locator('.post.outgoing').textContent();
    expect(refused).toContain('empty.png');
    expect(refused).toContain('This file is empty.');
    expect(refused).toContain('larger than the 1 MB');
    expect(await page.locator('.thumbnail').count()).toBe(2);
    await page.getByRole('combobox', { name: 'Compare with another film' }).selectOption('with film 1');
    expect(await page.locator('.film-pane:visible').count()).toBe(2);
  });

  test('a refusal is drawn as Markdown, and read aloud without its marks', async () => {
    await ask('Is there an effusion?');
    await answers().first().waitFor();
    const place = room.core.events[0]?.place;
    if (place === undefined) throw new Error('nothing arrived');
    const reply = await room.adapter.reply(place, { key: 'refused' });
    await reply.update('Reading **film.png** …');
    await reply.fail('**film.png** was not read: it does not look like a chest radiograph.');
    const failure = page.locator('.post.bot[data-state=failed] .failure');
    expect(await failure.textContent()).toBe('film.png was not read: it does not look like a chest radiograph.');
    expect(await failure.locator('strong').textContent()).toBe('film.png');
    await page
      .locator('[aria-live=polite]')
      .getByText('CXR-LLaVA: film.png was not read: it does not look like a chest radiograph.', { exact: true })
      .waitFor({ state: 'attached' });
  });

  test('films can be dropped and pasted', async () => {
    for (const kind of ['drop', 'paste'] as const) {
      await page.evaluate(handOver(kind, film));
      await answers()
        .nth(kind === 'drop' ? 0 : 1)
        .waitFor();
    }
    expect(await page.locator('.thumbnail').count()).toBe(2);
  });

  test('stop ends the answer that is being written', async () => {
    room.core.pace = 8;
    await ask('Tell me a lot.');
    room.core.script = [];
    await page.locator('.post.bot[data-state=draft] .text p').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await answers().first().waitFor();
    expect(await answers().first().textContent()).toContain('(Stopped here.)');
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
  });

  test('buttons of an answer: again, helpful, a question per finding, copy', async () => {
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: room.url });
    await give(file('chest.png'));
    await answers().first().waitFor();
    const helpful = page.getByRole('button', { name: 'Helpful', exact: true }).first();
    await helpful.click();
    await vi.waitFor(async () => expect(await helpful.getAttribute('aria-pressed')).toBe('true'));
    await page.getByRole('button', { name: 'Ask the model, yes or no: pleural effusion' }).click();
    await page.getByText('effusion: yes (84 %)', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Report again' }).first().click();
    await vi.waitFor(() => expect(room.core.events.filter(({ kind }) => kind === 'action')).toHaveLength(3));
    expect(room.core.events.filter((event) => event.kind === 'action')).toMatchObject([
      { action: 'helpful' },
      { action: 'confirm', value: 'effusion' },
      { action: 'again' },
    ]);
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('The cardiac silhouette is enlarged.');
  });

  test('exports come as files', async () => {
    await give(file('chest.png'));
    await answers().first().waitFor();
    for (const [name, marker] of [
      ['Markdown', '## CXR-LLaVA'],
      ['JSON', '"findings"'],
      ['HTML with films', 'data:image/png;base64,'],
    ] as const) {
      await page.locator('.export summary').click();
      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name }).click();
      const download = await downloading;
      expect(readFileSync(await download.path(), 'utf8')).toContain(marker);
    }
  });

  test('a first visitor reads for how many days films are kept', async () => {
    await page
      .getByText(/a display copy is kept with the conversation until you forget it or 30 days are over\.$/)
      .waitFor();
  });

  test('forget removes the conversation from every tab and from the store', async () => {
    await give(file('chest.png'));
    await answers().first().waitFor();
    const other = await tab(new URL(page.url()).hash);
    await answers(other).first().waitFor();
    // A telephone, where a question about the conversation is just open.
    await other.setViewportSize({ width: 390, height: 844 });
    await other.getByRole('button', { name: 'Delete this message' }).click();
    await other.getByRole('dialog').waitFor();
    await page.getByRole('button', { name: 'Forget this conversation' }).click();
    await page.getByRole('button', { name: 'Forget', exact: true }).click();
    await page.getByText(/nothing of this conversation is left/).waitFor();
    await page.getByRole('heading', { name: 'Drop a chest radiograph here' }).waitFor();
    await other
      .locator('.gone')
      .getByText(/nothing of this conversation is left/)
      .waitFor();
    expect(await other.locator('.post, dialog').count()).toBe(0);
    await ask('Good morning', other);
    await answers(other).first().waitFor();
    expect(await other.locator('.gone').textContent()).toBe('');
    await other.getByRole('button', { name: 'Forget this conversation' }).click();
    await other.getByRole('button', { name: 'Forget', exact: true }).click();
    await other.getByText(/nothing of this conversation is left/).waitFor();
    expect([...room.stored.keys()].filter((key) => /web:(thread|blob):/.test(key))).toEqual([]);
    await other.close();
  });

  test('a conversation whose time is over leaves every tab, with a sentence', async () => {
    await page.close();
    await room.close();
    // Erased by itself as soon as its time is over.
    room = await openReadingRoom({ retentionMs: 4_000 });
    page = await tab();
    await ask('Good morning');
    await answers().nth(0).waitFor();
    await page.getByText('The time for which this conversation was kept is over').waitFor();
    expect(await page.locator('.post').count()).toBe(0);
    expect(await page.locator('.thread').count()).toBe(0);
  });

  test('a conversation that went while the server was away goes from the page when it comes back', async () => {
    await give(file('chest.png'));
    await answers().first().waitFor();
    await room.adapter.stop();
    await page.getByText('The connection is lost.').waitFor();
    for (const key of room.stored.keys()) if (/web:(thread|blob):/.test(key)) room.stored.delete(key);
    await room.restart();
    await page.locator('.gone').getByText('This conversation is not here any more').waitFor();
    expect(await page.locator('.post, .problem:visible, .thread').count()).toBe(0);
    await page.getByRole('heading', { name: 'Drop a chest radiograph here' }).waitFor();
  });

  test('a conversation that cannot be loaded again at once is tried again, not given up', async () => {
    await ask('Good morning');
    await answers().first().waitFor();
    let cut = 0;
    await page.route(/\/api\/threads\/[^/]+$/, async (route) => {
      cut += 1;
      await (cut === 1 ? route.abort() : route.continue());
    });
    await room.restart();
    await vi.waitFor(() => expect(cut).toBeGreaterThan(1), 20_000);
    await page.getByText('The connection is lost.').waitFor({ state: 'hidden' });
    expect(await page.locator('.problem:visible').count()).toBe(0);
    await ask('And now?');
    await answers().nth(1).waitFor();
  });

  test('two tabs show the same words as they come', async () => {
    room.core.pace = 40;
    await ask('Tell me a lot.');
    await page.locator('.post.bot').waitFor();
    const other = await tab(new URL(page.url()).hash);
    await answers().first().waitFor();
    await answers(other).first().waitFor();
    const texts = await Promise.all([page, other].map((each) => each.locator('.post.bot .text').textContent()));
    expect(texts[0]).toBe(texts[1]);
    await ask('From the other tab.', other);
    await page.getByText('From the other tab.').waitFor();
    await answers().nth(1).waitFor();
    await other.close();
  });

  test('a restart of the server in mid-answer loses no word, on neither side', async () => {
    room.core.pace = 6;
    room.core.script = ['one two three four five six seven eight nine ten eleven twelve'];
    await ask('Count, please.');
    await page.locator('.post.bot .text').getByText('one two three').waitFor();
    const asked = room.core.events[0];
    const stopping = room.restart();
    await page.getByText('The connection is lost.').waitFor();
    await ask('Written while the server was away.');
    await stopping;
    const reply = await room.adapter.reply(asked?.place as never, { key: asked?.id ?? '', answers: asked?.id ?? '' });
    await reply.update('one two');
    await reply.finish({ text: 'one two three four five six seven eight nine ten eleven twelve' });
    await page.locator('.post.bot .text').getByText('eleven twelve').waitFor();
    await page.locator('.post.person:not(.outgoing)').nth(1).waitFor();
    await vi.waitFor(
      () =>
        expect(room.core.events.map((event) => event.kind === 'message' && event.text)).toEqual([
          'Written while the server was away.',
        ]),
      20_000,
    );
    await page.getByText('The connection is lost.').waitFor({ state: 'hidden' });
    expect(await page.locator('.post.bot').first().locator('.text').textContent()).toBe(
      'one two three four five six seven eight nine ten eleven twelve',
    );
  });

  test('a conversation is resumed from the list after the page was closed', async () => {
    await give(file('chest.png'));
    await answers().first().waitFor();
    await page.goto('about:blank');
    await page.goto(room.url);
    await page.getByRole('searchbox').fill('costophrenic');
    await page.getByRole('button', { name: /Cardiomegaly, pleural effusion/ }).click();
    await page.getByRole('img', { name: /Radiograph 1/ }).waitFor();
    await page.getByRole('searchbox').fill('zebra');
    await page.getByText('Nothing found.').waitFor();
  });

  test('a hostile file name stays text and stays in the browser', async () => {
    const name = '<img src=x onerror=alert(1)>\u202egnp.exe $(reboot) Miller_Anna_1950.png';
    await give(file(name));
    await answers().first().waitFor();
    expect(await page.locator('.file-name').first().textContent()).toBe(name);
    expect(await page.locator('.talk img').count()).toBe(0);
    expect(JSON.stringify(room.core.events)).not.toContain('Miller');
    expect(JSON.stringify([...room.stored])).not.toContain('Miller');
    expect(room.logged.join('\n')).not.toContain('Miller');
  });

  test('hostile model text is only text', async () => {
    const hostile =
      '<script>document.title = "owned"</script> <img src=x onerror="document.title=\'owned\'"> [click](javascript:alert(1)) <https://evil.example> ![x](https://evil.example/x.png)\n\n# <b>Head</b>\n- `<i>code</i>`\n\n```\n</code><script>alert(1)</script>';
    room.core.script = [hostile];
    await ask('Say something bad.');
    await answers().first().waitFor();
    const text = page.locator('.post.bot .text');
    expect(await text.textContent()).toContain('<script>document.title = "owned"</script>');
    expect(await text.locator('script, img, a, b, i').count()).toBe(0);
    expect(await text.locator('li code').textContent()).toBe('<i>code</i>');
    expect(await page.title()).not.toContain('owned');
  });

  test('an overloaded server is told apart, and what was written is not lost', async () => {
    room.core.refuseNext = new CxrError(
      'overloaded',
      'Too many requests are waiting already; please try again in a few minutes.',
    );
    await ask('Is there an effusion?');
    await page.locator('.outgoing[data-state=failed]').getByText('Too many requests are waiting already').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await answers().first().waitFor();
    expect(room.core.events).toHaveLength(1);
  });

  test('commands, private replies, editing and deleting', async () => {
    await ask('/help');
    await page.locator('.post.bot').getByText('You asked for /help.').waitFor();
    // What was typed into the command, and the answer.
    await page.locator('.post.person').getByText('only you see this').waitFor();
    await page.locator('.post.bot').getByText('only you see this').waitFor();
    await ask('Is there an efusion?');
    await answers().nth(1).waitFor();
    const mine = page.locator('.post.person').nth(1);
    await mine.getByRole('button', { name: 'Edit and ask again' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Is there an effusion?');
    await page.getByRole('button', { name: 'Save' }).click();
    await mine.getByText('Is there an effusion?').waitFor();
    await mine.getByRole('button', { name: 'Delete this message' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await vi.waitFor(async () => expect(await page.locator('.post.person').count()).toBe(1));
    expect(room.core.events.map(({ kind }) => kind)).toEqual(['command', 'message', 'edit', 'delete']);
  });
});

/** Script for the page: a drop or a paste as the browser would report it. */
function handOver(kind: 'drop' | 'paste', bytes: Uint8Array): string {
  const event =
    kind === 'drop'
      ? "new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })"
      : "new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })";
  return `{
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array([${bytes.join(',')}])], 'film.png', { type: 'image/png' }));
    document.body.dispatchEvent(${event});
  }`;
}
