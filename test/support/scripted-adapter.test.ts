// Holds the scripted adapter to the same suite as the real ones, so that what the core is tested over behaves like a platform.
import { type AdapterHarness, describeAdapter, type PostOptions } from '../adapters/conformance.ts';
import { createScriptedAdapter, messageEvent, type ScriptedAdapter } from './scripted-adapter.ts';
import { createScriptedPlatform, type StoredPost } from './scripted-platform.ts';

describeAdapter('scripted', async (): Promise<AdapterHarness> => {
  const platform = createScriptedPlatform();
  let current: ScriptedAdapter | null = null;
  const delivered = new Set<string>();
  let latest: (() => Promise<void>) | null = null;
  let threads = 0;

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
    async close() {},
  };
});
