// Conformance: how an adapter offers files and reads them.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { Attachment } from '../../../bot/contract.ts';
import { type Bench, eventually, need } from './bench.ts';

export function describeFiles(bench: Bench): void {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 251);
  const film = { name: 'film.png', mediaType: 'image/png', bytes };

  test('offers a file and reads its bytes', async () => {
    const event = await bench.posted({ files: [film], text: 'read this', mention: 'bot' });
    const attachment = event.attachments[0] as Attachment;
    expect(event.attachments).toHaveLength(1);
    expect(attachment.name).toBe('film.png');
    expect(attachment.size).toBe(bytes.length);
    const signal = new AbortController().signal;
    const read = await bench.adapter.read(attachment, { maxBytes: 10_000, signal });
    expect(Buffer.from(read).equals(Buffer.from(bytes))).toBe(true);
  });

  test('offers several files of one message in order', async () => {
    const files = [1, 2, 3].map((n) => ({
      name: `film-${n}.png`,
      mediaType: 'image/png',
      bytes: Uint8Array.of(n, n, n),
    }));
    const event = await bench.posted({ files, mention: 'bot' });
    expect(event.attachments.map((each) => each.name)).toEqual(files.map((each) => each.name));
    expect(new Set(event.attachments.map((each) => each.id)).size).toBe(3);
  });

  test('stops reading at the limit and when told to', async () => {
    const event = await bench.posted({ files: [film], mention: 'bot' });
    const attachment = event.attachments[0] as Attachment;
    const signal = new AbortController().signal;
    await expect(bench.adapter.read(attachment, { maxBytes: 100, signal })).rejects.toMatchObject({
      code: 'image-too-large',
    });
    const again = await bench.posted({ files: [{ ...film, name: 'other.png' }], mention: 'bot' });
    await expect(
      bench.adapter.read(again.attachments[0] as Attachment, { maxBytes: 10_000, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' });
  });

  test('finds a file again after a crash, if it says that it can', async ({ skip }) => {
    const event = await bench.posted({ files: [film], mention: 'bot' });
    const attachment = event.attachments[0] as Attachment;
    if (attachment.reference === null) skip('the platform cannot serve a file twice, and the adapter says so');
    await bench.restart();
    const kept = JSON.parse(JSON.stringify(attachment)) as Attachment;
    const read = await bench.adapter.read(kept, { maxBytes: 10_000, signal: new AbortController().signal });
    expect(Buffer.from(read).equals(Buffer.from(bytes))).toBe(true);
  });

  test('names one upload alike in both of its events', async ({ skip }) => {
    need(skip, bench.harness.twice, 'double events');
    const { message } = await bench.harness.post({ files: [film] });
    await vi.waitFor(() => bench.messageOf(message), eventually);
    await sleep(300);
    const ids = bench.messages().flatMap((event) => event.attachments.map((each) => each.id));
    expect(new Set(ids).size).toBe(1);
    expect(new Set(bench.messages().map((event) => event.place.thread)).size).toBe(1);
  });
}
