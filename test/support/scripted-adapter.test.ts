// Holds the scripted adapter to the same suite as the real ones, so that what the core is tested over behaves like a platform.

import type { Place } from '../../bot/contract.ts';
import { type AdapterHarness, describeAdapter, type PostOptions } from '../adapters/conformance.ts';
import { createScriptedAdapter, messageEvent, placeOf, type ScriptedAdapter } from './scripted-adapter.ts';
import { createScriptedPlatform, type StoredPost } from './scripted-platform.ts';

const PERSON = { id: 'person-1', isBot: false };

describeAdapter('scripted', async (): Promise<AdapterHarness> => {
  const platform = createScriptedPlatform();
  let current: ScriptedAdapter | null = null;
  const delivered = new Set<string>();
  let latest: (() => Promise<void>) | null = null;
  let threads = 0;

  const subjects = new Map<string, Place>();
  const subject = (message: string) => ({
    place: subjects.get(message) ?? placeOf({}),
    author: PERSON,
    at: Date.now(),
  });

  const deliver = async (options: PostOptions) => {
    threads += 1;
    const event = messageEvent(platform, {
      thread: options.thread ?? `scripted:channel-1:t${threads}`,
      text: options.text ?? '',
      isBot: options.by === 'other-bot',
      isDirect: options.direct ?? false,
      mentionsBot: options.mention === 'bot',
      mentionsOthers: options.mention === 'other',
      files: options.files ?? [],
    });
    subjects.set(event.id, event.place);
    latest = async () => {
      await current?.deliver(event);
      delivered.add(event.id);
    };
    void latest().catch(() => undefined);
    return { thread: event.place.thread, message: event.id };
  };

  return {
    async adapter() {
      current = createScriptedAdapter(platform);
      return current;
    },
    async crash() {
      current?.kill();
    },
    post: deliver,
    seen: async (thread) =>
      platform.thread(thread).map((post: StoredPost) => ({
        id: post.id,
        parts: [post.text],
        unfinished: post.outcome === null,
        controls: post.controls,
        pictures: post.pictures.map((each) => ({ name: each.name, bytes: Buffer.from(each.base64, 'base64') })),
        files: post.files.map((each) => ({ name: each.name, bytes: Buffer.from(each.base64, 'base64') })),
      })),
    pings: async () => [],
    links: async () => [],
    async redeliver() {
      await latest?.();
    },
    acknowledged: async (message) => delivered.has(message),
    async edit(message, text) {
      await current?.deliver({ ...subject(message), kind: 'edit', id: `${message}-edit`, message, text });
    },
    async remove(message) {
      await current?.deliver({ ...subject(message), kind: 'delete', id: `${message}-delete`, message });
    },
    async press(thread, post, action) {
      const place = placeOf({ thread });
      await current?.deliver({
        kind: 'action',
        id: `${post}-${action}`,
        place,
        author: PERSON,
        at: Date.now(),
        action,
        post,
      });
    },
    async command(name, argument) {
      const place = placeOf({});
      const id = `command-${name}`;
      await current?.deliver({
        kind: 'command',
        id,
        place,
        author: PERSON,
        at: Date.now(),
        name,
        argument,
        attachments: [],
      });
    },
    stopOnDrafts: true,
    async close() {},
  };
});
