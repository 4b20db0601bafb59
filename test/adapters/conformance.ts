// The adapter conformance suite: every adapter's test calls `describeAdapter(name, createHarness)` with a harness over a server that
// speaks its platform's real protocol on loopback. Change it only together with every harness.
//
// HOW TO WRITE A HARNESS
// `createHarness()` is called before every test and gives an `AdapterHarness`:
//   adapter()      builds an adapter (not started) over the platform. The suite calls it again after `crash` to see what survives.
//   crash(adapter) ends an adapter the hard way, as kill −9 would: connections dropped, nothing said, nothing waited for.
//   post(…)        a person (or a bot) posts on the platform; returns the thread as the adapter must name it and the message's event id.
//                  `thread` undefined: a new thread; `in` a channel unless `direct`. Deliver it as the platform would.
//   seen(thread)   what a person sees of the bot in that thread *now*, oldest first: one `SeenPost` per reply (a reply that the adapter
//                  split into several platform messages is one SeenPost with several `parts`). Text as rendered: platform escapes undone.
//   pings()        every person, role or group that the bot's posts would have notified so far.
//   links()        every link that the bot's posts would have rendered as clickable so far.
//   stopOnDrafts   true if the platform can show a button under an unfinished reply (the stop button).
//   optional       `edit`, `remove`, `press`, `command`, `redeliver`, `twice`, `acknowledged`, `fault`, `writes`: leave out what the
//                  platform does not have; the suite then prints the test as skipped with that reason.
// All waiting is done by the suite (`vi.waitFor`): the harness answers at once with what is.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type {
  ActionName,
  Adapter,
  Attachment,
  InboundEvent,
  MessageEvent,
  Place,
  Receive,
} from '../../bot/contract.ts';

export interface SeenPost {
  /** What `Reply.post` names. */
  id: string;
  /** Platform messages that carry the reply, in order, as rendered. */
  parts: readonly string[];
  /** True while a person can see that this is not finished. */
  unfinished: boolean;
  controls: readonly { action: string; label: string }[];
  pictures: readonly { name: string; bytes: Uint8Array }[];
  files: readonly { name: string; bytes: Uint8Array }[];
}

export interface PostOptions {
  thread?: string;
  text?: string;
  files?: readonly { name: string; mediaType: string; bytes: Uint8Array }[];
  by?: 'person' | 'other-person' | 'other-bot';
  mention?: 'bot' | 'other';
  direct?: boolean;
}

export type PlatformFault = 'rate-limit' | 'server-error' | 'slow' | 'disconnect';

export interface AdapterHarness {
  adapter(): Promise<Adapter>;
  crash(adapter: Adapter): Promise<void>;
  post(options: PostOptions): Promise<{ thread: string; message: string }>;
  seen(thread: string): Promise<readonly SeenPost[]>;
  pings(): Promise<readonly string[]>;
  links(): Promise<readonly string[]>;
  /** The person changes the text of an earlier message. */
  edit?(message: string, text: string): Promise<void>;
  /** The person deletes an earlier message. */
  remove?(message: string): Promise<void>;
  /** The person presses a button under a reply. */
  press?(thread: string, post: string, action: ActionName): Promise<void>;
  /** The person uses a slash command. */
  command?(name: string, argument: string): Promise<void>;
  /** The platform delivers the latest event once more, unchanged. */
  redeliver?(): Promise<void>;
  /** True where there is one person and the bot and nobody else: no mentions, no other bots. */
  alone?: boolean;
  /** True where a crash takes everything seen with it (a terminal): replies cannot be continued. */
  forgetsOnCrash?: boolean;
  /** True where an unfinished reply can carry buttons. */
  stopOnDrafts?: boolean;
  /** True where one upload arrives as two events on this platform; `post` with files then sends both. */
  twice?: boolean;
  /** True once the platform takes the event of this message as delivered. */
  acknowledged?(message: string): Promise<boolean>;
  /** The next answer of the platform to the bot is this fault (once). */
  fault?(fault: PlatformFault): Promise<void>;
  /** How many writes (posts, edits) the bot made so far. */
  writes?(): Promise<number>;
  close(): Promise<void>;
}

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABc3UBGAAAAABJRU5ErkJggg==',
  'base64',
);
const eventually = { timeout: 20_000, interval: 20 };
/** Letters only: how adapters break lines, escape or mark parts is their own affair, that no word is lost is not. */
const letters = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '');

export function describeAdapter(name: string, createHarness: () => Promise<AdapterHarness>): void {
  describe(`adapter conformance: ${name}`, () => {
    let harness: AdapterHarness;
    let adapter: Adapter;
    let events: InboundEvent[];
    let receive: Receive;

    beforeEach(async () => {
      harness = await createHarness();
      adapter = await harness.adapter();
      events = [];
      receive = async (event) => {
        events.push(event);
      };
      await adapter.start((event) => receive(event));
    });
    afterEach(async () => {
      await adapter.stop();
      await harness.close();
    });

    const messages = (): MessageEvent[] => events.filter((event) => event.kind === 'message');
    const messageOf = (id: string): MessageEvent => {
      const found = messages().find((event) => event.id === id);
      if (found === undefined)
        throw new Error(`no message event ${id} among ${events.map((event) => event.id).join(', ')}`);
      return found;
    };
    async function posted(options: PostOptions): Promise<MessageEvent> {
      const { message } = await harness.post(options);
      return vi.waitFor(() => messageOf(message), eventually);
    }
    async function opened(key: string, options: PostOptions = { text: 'hello', mention: 'bot' }) {
      const event = await posted(options);
      const reply = await adapter.reply(event.place, { key, answers: event.id });
      return { event, place: event.place, reply };
    }
    async function only(place: Place): Promise<SeenPost> {
      const seen = await harness.seen(place.thread);
      expect(seen).toHaveLength(1);
      return seen[0] as SeenPost;
    }
    async function restart(): Promise<void> {
      await harness.crash(adapter);
      adapter = await harness.adapter();
      await adapter.start((event) => receive(event));
    }
    const need = (skip: (reason: string) => void, has: unknown, what: string): void => {
      if (has === undefined || has === false) skip(`this platform has no ${what}`);
    };

    test('is ready once started', async () => {
      expect(adapter.name).toMatch(/^[a-z][a-z-]*$/);
      await vi.waitFor(() => expect(adapter.health().ready).toBe(true), eventually);
    });

    test('tells a message with its place, author and text', async () => {
      const { thread, message } = await harness.post({ text: 'Is there an effusion?', mention: 'bot' });
      const event = await vi.waitFor(() => messageOf(message), eventually);
      expect(event.place.thread).toBe(thread);
      expect(thread.startsWith(`${adapter.name}:`)).toBe(true);
      expect(event.text).toContain('Is there an effusion?');
      expect(event.author.isBot).toBe(false);
      expect(event.author.id).not.toBe('');
      expect(event.mentionsOthers).toBe(false);
      expect(Math.abs(Date.now() - event.at)).toBeLessThan(24 * 3_600_000);
    });

    test('keeps threads together and apart', async () => {
      const first = await posted({ text: 'first', mention: 'bot' });
      const same = await posted({ thread: first.place.thread, text: 'second', mention: 'bot' });
      expect(same.place.thread).toBe(first.place.thread);
      expect(same.id).not.toBe(first.id);
    });

    test('tells who was mentioned', async ({ skip }) => {
      if (harness.alone === true) skip('there is nobody else to mention');
      const { message } = await harness.post({ text: 'look at this', mention: 'other' });
      await vi
        .waitFor(() => expect(messageOf(message).mentionsOthers).toBe(true), eventually)
        .catch((error: unknown) => {
          // Not delivering what is for somebody else is as good.
          if (messages().some((event) => event.id === message)) throw error;
        });
      const toBot = await posted({ text: 'and you', mention: 'bot' });
      expect(toBot.mentionsBot || toBot.place.isDirect).toBe(true);
      expect(toBot.text).not.toMatch(/<@|@cxr/i);
    });

    test('never tells the bot’s own posts, and marks other bots', async ({ skip }) => {
      if (harness.alone === true) skip('there are no other bots');
      const { reply } = await opened('own');
      await reply.finish({ text: 'My own words.' });
      const { message } = await harness.post({ text: 'beep', by: 'other-bot' });
      await posted({ text: 'a person again', mention: 'bot' });
      const bots = messages().filter((event) => event.id === message);
      expect(bots.every((event) => event.author.isBot)).toBe(true);
      expect(messages().some((event) => event.text.includes('My own words'))).toBe(false);
    });

    test('gives a redelivered event the same id', async ({ skip }) => {
      need(skip, harness.redeliver, 'redelivery');
      const event = await posted({ text: 'once', mention: 'bot' });
      const before = events.length;
      await harness.redeliver?.();
      await vi.waitFor(() => expect(events.length).toBeGreaterThan(before), eventually);
      expect(new Set(messages().map((each) => each.id))).toEqual(new Set([event.id]));
    });

    test('acknowledges only what was taken in', async ({ skip }) => {
      need(skip, harness.acknowledged, 'acknowledgement');
      let take: () => void = () => {};
      const taken = new Promise<void>((resolve) => {
        take = resolve;
      });
      receive = async (event) => {
        events.push(event);
        await taken;
      };
      const { message } = await harness.post({ text: 'hold on', mention: 'bot' });
      await vi.waitFor(() => messageOf(message), eventually);
      await sleep(50);
      expect(await harness.acknowledged?.(message)).toBe(false);
      take();
      await vi.waitFor(async () => expect(await harness.acknowledged?.(message)).toBe(true), eventually);
    });

    const bytes = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 251);
    const film = { name: 'film.png', mediaType: 'image/png', bytes };

    test('offers a file and reads its bytes', async () => {
      const event = await posted({ files: [film], text: 'read this', mention: 'bot' });
      const attachment = event.attachments[0] as Attachment;
      expect(event.attachments).toHaveLength(1);
      expect(attachment.name).toBe('film.png');
      expect(attachment.size).toBe(bytes.length);
      const signal = new AbortController().signal;
      const read = await adapter.read(attachment, { maxBytes: 10_000, signal });
      expect(Buffer.from(read).equals(Buffer.from(bytes))).toBe(true);
    });

    test('offers several files of one message in order', async () => {
      const files = [1, 2, 3].map((n) => ({
        name: `film-${n}.png`,
        mediaType: 'image/png',
        bytes: Uint8Array.of(n, n, n),
      }));
      const event = await posted({ files, mention: 'bot' });
      expect(event.attachments.map((each) => each.name)).toEqual(files.map((each) => each.name));
      expect(new Set(event.attachments.map((each) => each.id)).size).toBe(3);
    });

    test('stops reading at the limit and when told to', async () => {
      const event = await posted({ files: [film], mention: 'bot' });
      const attachment = event.attachments[0] as Attachment;
      const signal = new AbortController().signal;
      await expect(adapter.read(attachment, { maxBytes: 100, signal })).rejects.toMatchObject({
        code: 'image-too-large',
      });
      const again = await posted({ files: [{ ...film, name: 'other.png' }], mention: 'bot' });
      await expect(
        adapter.read(again.attachments[0] as Attachment, { maxBytes: 10_000, signal: AbortSignal.abort() }),
      ).rejects.toMatchObject({ code: 'aborted' });
    });

    test('finds a file again after a crash, if it says that it can', async ({ skip }) => {
      const event = await posted({ files: [film], mention: 'bot' });
      const attachment = event.attachments[0] as Attachment;
      if (attachment.reference === null) skip('the platform cannot serve a file twice, and the adapter says so');
      await restart();
      const kept = JSON.parse(JSON.stringify(attachment)) as Attachment;
      const read = await adapter.read(kept, { maxBytes: 10_000, signal: new AbortController().signal });
      expect(Buffer.from(read).equals(Buffer.from(bytes))).toBe(true);
    });

    test('names one upload alike in both of its events', async ({ skip }) => {
      need(skip, harness.twice, 'double events');
      const { message } = await harness.post({ files: [film] });
      await vi.waitFor(() => messageOf(message), eventually);
      await sleep(300);
      const ids = messages().flatMap((event) => event.attachments.map((each) => each.id));
      expect(new Set(ids).size).toBe(1);
      expect(new Set(messages().map((event) => event.place.thread)).size).toBe(1);
    });

    test('shows a growing draft as unfinished, then the whole answer', async () => {
      const { place, reply } = await opened('draft');
      await reply.update('The heart');
      await reply.update('The heart is');
      await vi.waitFor(async () => expect((await only(place)).unfinished).toBe(true), eventually);
      await reply.finish({ text: 'The heart is enlarged.' });
      const seen = await only(place);
      expect(seen.unfinished).toBe(false);
      expect(seen.parts.join('\n')).toContain('The heart is enlarged.');
      expect(seen.id).toBe(reply.post);
    });

    test('takes two hundred quick updates without throwing or flooding', async () => {
      const { place, reply } = await opened('quick');
      const before = (await harness.writes?.()) ?? 0;
      for (let n = 1; n <= 200; n++)
        void reply.update(`${'word '.repeat(n)}`).catch((error: unknown) => events.push(error as never));
      await reply.finish({ text: `${'word '.repeat(200)}end.` });
      const seen = await only(place);
      expect(letters(seen.parts.join(''))).toBe(`${'word'.repeat(200)}end`);
      if (harness.writes !== undefined) expect((await harness.writes()) - before).toBeLessThan(60);
      expect(events.every((event) => 'kind' in event)).toBe(true);
    });

    test('brings 40,000 characters whole', async () => {
      const { place, reply } = await opened('long');
      const text = Array.from({ length: 1_000 }, (_, n) => `Sentence number ${n} of a very long answer.`)
        .join(' ')
        .slice(0, 39_980);
      await reply.finish({ text: `${text} The last words.` });
      const seen = await only(place);
      expect(letters(seen.parts.join(''))).toContain(letters(`${text} The last words.`));
      expect(seen.unfinished).toBe(false);
    });

    test('closes and reopens a code fence where it splits', async () => {
      const { place, reply } = await opened('fence');
      const code = Array.from({ length: 600 }, (_, n) => `line ${n}`).join('\n');
      await reply.finish({ text: `Before.\n\`\`\`\n${code}\n\`\`\`\nAfter.` });
      const seen = await only(place);
      for (const part of seen.parts) expect((part.match(/```/g) ?? []).length % 2).toBe(0);
      expect(letters(seen.parts.join(''))).toBe(letters(`Before${code}After`));
    });

    test('shows pictures and files', async () => {
      const { place, reply } = await opened('picture');
      const csv = Buffer.from('a,b\n1,2\n');
      await reply.finish({
        text: 'With a picture.',
        pictures: [{ png: PNG, name: 'panel.png', alt: 'Finding panel' }],
        files: [{ bytes: csv, name: 'table.csv', mediaType: 'text/csv' }],
      });
      await vi.waitFor(async () => {
        const seen = await only(place);
        expect(seen.pictures.map((each) => each.name)).toEqual(['panel.png']);
        expect(Buffer.from(seen.pictures[0]?.bytes ?? []).equals(PNG)).toBe(true);
        expect(seen.files.map((each) => each.name)).toEqual(['table.csv']);
        expect(Buffer.from(seen.files[0]?.bytes ?? []).equals(csv)).toBe(true);
      }, eventually);
    });

    test('continues the reply of a key', async () => {
      const { place, reply } = await opened('same');
      await reply.update('Half');
      const second = await adapter.reply(place, { key: 'same' });
      expect(second.post).toBe(reply.post);
      await second.finish({ text: 'Whole.' });
      expect((await only(place)).parts.join('')).toContain('Whole.');
    });

    test('keeps replies of different keys apart', async () => {
      const { place, reply } = await opened('one');
      const other = await adapter.reply(place, { key: 'two' });
      await reply.finish({ text: 'First answer.' });
      await other.finish({ text: 'Second answer.' });
      const texts = (await harness.seen(place.thread)).map((post) => post.parts.join('\n'));
      expect(texts).toHaveLength(2);
      expect(texts.filter((text) => text.includes('First answer.'))).toHaveLength(1);
      expect(texts.filter((text) => text.includes('Second answer.'))).toHaveLength(1);
    });

    test.for(['after an update', 'after finishing'])(
      'continues the reply of a key after a crash %s',
      async (when, { skip }) => {
        if (harness.forgetsOnCrash === true) skip('what was seen is gone with the process');
        const content = {
          text: 'The whole answer.',
          pictures: [{ png: PNG, name: 'panel.png', alt: 'Finding panel' }],
        };
        const { place, reply } = await opened('crash');
        await reply.update('The whole');
        await vi.waitFor(async () => expect((await only(place)).unfinished).toBe(true), eventually);
        if (when === 'after finishing') await reply.finish(content);
        await restart();
        const continued = await adapter.reply(place, { key: 'crash' });
        await continued.finish(content);
        await vi.waitFor(async () => {
          const seen = await only(place);
          expect(seen.parts.join('').split('The whole answer.')).toHaveLength(2);
          expect(seen.pictures).toHaveLength(1);
          expect(seen.unfinished).toBe(false);
        }, eventually);
      },
    );

    test('finishing again replaces the answer', async () => {
      const { place, reply } = await opened('replace');
      await reply.finish({ text: 'Old answer.' });
      const again = await adapter.reply(place, { key: 'replace' });
      await again.update('New');
      await again.finish({ text: 'New answer.' });
      const text = (await only(place)).parts.join('');
      expect(text).toContain('New answer.');
      expect(text).not.toContain('Old answer.');
    });

    test('finishing again with less text leaves nothing of the longer one', async () => {
      const { place, reply } = await opened('shorter');
      await reply.finish({ text: Array.from({ length: 600 }, (_, n) => `Old sentence ${n}.`).join(' ') });
      await (await adapter.reply(place, { key: 'shorter' })).finish({ text: 'New answer.' });
      expect(letters((await only(place)).parts.join(''))).toBe('Newanswer');
    });

    test('shows a failure as a sentence', async () => {
      const { place, reply } = await opened('fail');
      await reply.update('The heart');
      await reply.fail('The image is empty.');
      await vi.waitFor(async () => {
        const seen = await only(place);
        expect(seen.parts.join('\n')).toContain('The image is empty.');
        expect(seen.unfinished).toBe(false);
      }, eventually);
    });

    test('shows controls, and tells when one is pressed', async ({ skip }) => {
      need(skip, harness.press, 'buttons');
      const { place, reply } = await opened('controls');
      await reply.finish({
        text: 'Report.',
        controls: [
          { action: 'again', label: 'Report again' },
          { action: 'forget', label: 'Forget this case', style: 'danger' },
        ],
      });
      const seen = await only(place);
      expect(seen.controls.map((each) => each.label)).toEqual(['Report again', 'Forget this case']);
      await harness.press?.(place.thread, reply.post, 'again');
      const action = await vi.waitFor(() => {
        const found = events.find((event) => event.kind === 'action');
        if (found?.kind !== 'action') throw new Error('no action yet');
        return found;
      }, eventually);
      expect(action.action).toBe('again');
      expect(action.post).toBe(reply.post);
      expect(action.place.thread).toBe(place.thread);
    });

    test('shows the stop button under a draft and takes it away afterwards', async ({ skip }) => {
      need(skip, harness.stopOnDrafts, 'buttons on unfinished replies');
      const { place, reply } = await opened('stop');
      await reply.update('The heart', [{ action: 'stop', label: 'Stop' }]);
      await vi.waitFor(
        async () => expect((await only(place)).controls.map((each) => each.label)).toEqual(['Stop']),
        eventually,
      );
      await reply.finish({ text: 'The heart is enlarged.' });
      await vi.waitFor(async () => expect((await only(place)).controls).toEqual([]), eventually);
    });

    test('keeps a picture when finished again without one, and takes it away when told so', async () => {
      const { place, reply } = await opened('keep');
      await reply.finish({ text: 'Report.', pictures: [{ png: PNG, name: 'panel.png', alt: 'Finding panel' }] });
      await vi.waitFor(async () => expect((await only(place)).pictures).toHaveLength(1), eventually);
      await (await adapter.reply(place, { key: 'keep' })).finish({ text: 'Other report.' });
      expect((await only(place)).pictures).toHaveLength(1);
      await (await adapter.reply(place, { key: 'keep' })).finish({ text: 'Image deleted.', pictures: [] });
      await vi.waitFor(async () => expect((await only(place)).pictures).toHaveLength(0), eventually);
    });

    test('hostile text pings nobody and renders no link', async () => {
      const { place, reply } = await opened('hostile');
      const hostile =
        'Ask @everyone, @here, <@U12345>, <!channel>, <@&99>, <#C123>, see <https://evil.example|our page>, [click](https://evil.example/a) <b>bold</b> <script>alert(1)</script>';
      await reply.update(hostile);
      await reply.finish({ text: hostile });
      await only(place);
      expect(await harness.pings()).toEqual([]);
      expect((await harness.links()).filter((link) => link.includes('evil.example'))).toEqual([]);
    });

    test('tells an edited and a deleted message', async ({ skip }) => {
      need(skip, harness.edit ?? harness.remove, 'editing');
      const event = await posted({ text: 'Is there an efusion?', mention: 'bot' });
      await harness.edit?.(event.id, 'Is there an effusion?');
      await vi.waitFor(() => {
        const edits = events.filter((each) => each.kind === 'edit');
        expect(edits.map((each) => [each.message, each.text.includes('an effusion')])).toEqual([[event.id, true]]);
      }, eventually);
      await harness.remove?.(event.id);
      await vi.waitFor(() => {
        const deletes = events.filter((each) => each.kind === 'delete');
        expect(deletes.map((each) => [each.message, each.place.thread])).toEqual([[event.id, event.place.thread]]);
      }, eventually);
    });

    test('tells a command', async ({ skip }) => {
      need(skip, harness.command, 'commands');
      await harness.command?.('settings', 'language de');
      await vi.waitFor(() => {
        const commands = events.filter((each) => each.kind === 'command');
        expect(commands.map((each) => [each.name, each.argument])).toEqual([['settings', 'language de']]);
      }, eventually);
    });

    test('answers a direct message', async () => {
      const event = await posted({ direct: true, text: 'hello' });
      expect(event.place.isDirect).toBe(true);
      const reply = await adapter.reply(event.place, { key: 'direct', privateTo: event.author.id });
      await reply.finish({ text: 'Hello.' });
      expect((await only(event.place)).parts.join('')).toContain('Hello.');
    });

    test.for(['rate-limit', 'server-error', 'slow', 'disconnect'] as const)(
      'brings the whole answer through a fault: %s',
      async (fault, { skip }) => {
        need(skip, harness.fault, 'fault injection');
        const { place, reply } = await opened(`fault-${fault}`);
        await reply.update('The heart');
        await harness.fault?.(fault);
        await reply.update('The heart is');
        await reply.finish({ text: 'The heart is enlarged.' });
        await vi.waitFor(async () => {
          const seen = await only(place);
          expect(seen.parts.join('').split('The heart is enlarged.')).toHaveLength(2);
          expect(seen.unfinished).toBe(false);
        }, eventually);
      },
    );

    test('status never throws', async () => {
      const { place, reply } = await opened('status');
      await adapter.status?.(place, 'is reading the image');
      await adapter.status?.(place, null);
      await reply.finish({ text: 'Done.' });
    });

    test('after stop it takes nothing in', async () => {
      await posted({ text: 'before', mention: 'bot' });
      await adapter.stop();
      const before = events.length;
      await harness.post({ text: 'after', mention: 'bot' }).catch(() => undefined);
      await sleep(100);
      expect(events.length).toBe(before);
      expect(adapter.health().ready).toBe(false);
    });
  });
}
