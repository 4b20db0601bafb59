// Conformance: how a reply grows, is finished, split, replaced and escaped.
import { expect, test, vi } from 'vitest';
import { type Bench, eventually, letters, need, PNG } from './bench.ts';

export function describeReplies(bench: Bench): void {
  test('shows a growing draft as unfinished, then the whole answer', async () => {
    const { place, reply } = await bench.opened('draft');
    await reply.update('The heart');
    await reply.update('The heart is');
    await vi.waitFor(async () => expect((await bench.only(place)).unfinished).toBe(true), eventually);
    await reply.finish({ text: 'The heart is enlarged.' });
    const seen = await bench.only(place);
    expect(seen.unfinished).toBe(false);
    expect(seen.parts.join('\n')).toContain('The heart is enlarged.');
    expect(seen.id).toBe(reply.post);
  });

  test('takes two hundred quick updates without throwing or flooding', async () => {
    const { place, reply } = await bench.opened('quick');
    const before = (await bench.harness.writes?.()) ?? 0;
    for (let n = 1; n <= 200; n++)
      void reply.update(`${'word '.repeat(n)}`).catch((error: unknown) => bench.events.push(error as never));
    await reply.finish({ text: `${'word '.repeat(200)}end.` });
    const seen = await bench.only(place);
    expect(letters(seen.parts.join(''))).toBe(`${'word'.repeat(200)}end`);
    if (bench.harness.writes !== undefined) expect((await bench.harness.writes()) - before).toBeLessThan(60);
    expect(bench.events.every((event) => 'kind' in event)).toBe(true);
  });

  test('brings 40,000 characters whole', async () => {
    const { place, reply } = await bench.opened('long');
    const text = Array.from({ length: 1_000 }, (_, n) => `Sentence number ${n} of a very long answer.`)
      .join(' ')
      .slice(0, 39_980);
    await reply.finish({ text: `${text} The last words.` });
    const seen = await bench.only(place);
    expect(letters(seen.parts.join(''))).toContain(letters(`${text} The last words.`));
    expect(seen.unfinished).toBe(false);
  });

  test('closes and reopens a code fence where it splits', async () => {
    const { place, reply } = await bench.opened('fence');
    const code = Array.from({ length: 600 }, (_, n) => `line ${n}`).join('\n');
    await reply.finish({ text: `Before.\n\`\`\`\n${code}\n\`\`\`\nAfter.` });
    const seen = await bench.only(place);
    for (const part of seen.parts) expect((part.match(/```/g) ?? []).length % 2).toBe(0);
    expect(letters(seen.parts.join(''))).toBe(letters(`Before${code}After`));
  });

  test('shows pictures and files', async () => {
    const { place, reply } = await bench.opened('picture');
    const csv = Buffer.from('a,b\n1,2\n');
    await reply.finish({
      text: 'With a picture.',
      pictures: [{ png: PNG, name: 'panel.png', alt: 'Finding panel' }],
      files: [{ bytes: csv, name: 'table.csv', mediaType: 'text/csv' }],
    });
    await vi.waitFor(async () => {
      const seen = await bench.only(place);
      expect(seen.pictures.map((each) => each.name)).toEqual(['panel.png']);
      expect(Buffer.from(seen.pictures[0]?.bytes ?? []).equals(PNG)).toBe(true);
      expect(seen.files.map((each) => each.name)).toEqual(['table.csv']);
      expect(Buffer.from(seen.files[0]?.bytes ?? []).equals(csv)).toBe(true);
    }, eventually);
  });

  test('continues the reply of a key', async () => {
    const { place, reply } = await bench.opened('same');
    await reply.update('Half');
    const second = await bench.adapter.reply(place, { key: 'same' });
    expect(second.post).toBe(reply.post);
    await second.finish({ text: 'Whole.' });
    expect((await bench.only(place)).parts.join('')).toContain('Whole.');
  });

  test('keeps replies of different keys apart', async () => {
    const { place, reply } = await bench.opened('one');
    const other = await bench.adapter.reply(place, { key: 'two' });
    await reply.finish({ text: 'First answer.' });
    await other.finish({ text: 'Second answer.' });
    const texts = (await bench.harness.seen(place.thread)).map((post) => post.parts.join('\n'));
    expect(texts).toHaveLength(2);
    expect(texts.filter((text) => text.includes('First answer.'))).toHaveLength(1);
    expect(texts.filter((text) => text.includes('Second answer.'))).toHaveLength(1);
  });

  test('finishing again replaces the answer', async () => {
    const { place, reply } = await bench.opened('replace');
    await reply.finish({ text: 'Old answer.' });
    const again = await bench.adapter.reply(place, { key: 'replace' });
    await again.update('New');
    await again.finish({ text: 'New answer.' });
    const text = (await bench.only(place)).parts.join('');
    expect(text).toContain('New answer.');
    expect(text).not.toContain('Old answer.');
  });

  test('finishing again with less text leaves nothing of the longer one', async () => {
    const { place, reply } = await bench.opened('shorter');
    await reply.finish({ text: Array.from({ length: 600 }, (_, n) => `Old sentence ${n}.`).join(' ') });
    await (await bench.adapter.reply(place, { key: 'shorter' })).finish({ text: 'New answer.' });
    expect(letters((await bench.only(place)).parts.join(''))).toBe('Newanswer');
  });

  test('shows a failure as a sentence', async () => {
    const { place, reply } = await bench.opened('fail');
    await reply.update('The heart');
    await reply.fail('The image is empty.');
    await vi.waitFor(async () => {
      const seen = await bench.only(place);
      expect(seen.parts.join('\n')).toContain('The image is empty.');
      expect(seen.unfinished).toBe(false);
    }, eventually);
  });

  test('shows controls, and tells when one is pressed', async ({ skip }) => {
    need(skip, bench.harness.press, 'buttons');
    const { place, reply } = await bench.opened('controls');
    await reply.finish({
      text: 'Report.',
      controls: [
        { action: 'again', label: 'Report again' },
        { action: 'forget', label: 'Forget this case', style: 'danger' },
      ],
    });
    const seen = await bench.only(place);
    expect(seen.controls.map((each) => each.label)).toEqual(['Report again', 'Forget this case']);
    await bench.harness.press?.(place.thread, reply.post, 'again');
    const action = await vi.waitFor(() => {
      const found = bench.events.find((event) => event.kind === 'action');
      if (found?.kind !== 'action') throw new Error('no action yet');
      return found;
    }, eventually);
    expect(action.action).toBe('again');
    expect(action.post).toBe(reply.post);
    expect(action.place.thread).toBe(place.thread);
  });

  test('shows the stop button under a draft and takes it away afterwards', async ({ skip }) => {
    need(skip, bench.harness.stopOnDrafts, 'buttons on unfinished replies');
    const { place, reply } = await bench.opened('stop');
    await reply.update('The heart', [{ action: 'stop', label: 'Stop' }]);
    await vi.waitFor(
      async () => expect((await bench.only(place)).controls.map((each) => each.label)).toEqual(['Stop']),
      eventually,
    );
    await reply.finish({ text: 'The heart is enlarged.' });
    await vi.waitFor(async () => expect((await bench.only(place)).controls).toEqual([]), eventually);
  });

  test('keeps a picture when finished again without one, and takes it away when told so', async () => {
    const { place, reply } = await bench.opened('keep');
    await reply.finish({ text: 'Report.', pictures: [{ png: PNG, name: 'panel.png', alt: 'Finding panel' }] });
    await vi.waitFor(async () => expect((await bench.only(place)).pictures).toHaveLength(1), eventually);
    await (await bench.adapter.reply(place, { key: 'keep' })).finish({ text: 'Other report.' });
    expect((await bench.only(place)).pictures).toHaveLength(1);
    await (await bench.adapter.reply(place, { key: 'keep' })).finish({ text: 'Image deleted.', pictures: [] });
    await vi.waitFor(async () => expect((await bench.only(place)).pictures).toHaveLength(0), eventually);
  });

  test('hostile text pings nobody and renders no link', async () => {
    const { place, reply } = await bench.opened('hostile');
    const hostile =
      'Ask @everyone, @here, <@U12345>, <!channel>, <@&99>, <#C123>, see <https://evil.example|our page>, [click](https://evil.example/a) <b>bold</b> <script>alert(1)</script>';
    await reply.update(hostile);
    await reply.finish({ text: hostile });
    await bench.only(place);
    expect(await bench.harness.pings()).toEqual([]);
    expect((await bench.harness.links()).filter((link) => link.includes('evil.example'))).toEqual([]);
  });
}
