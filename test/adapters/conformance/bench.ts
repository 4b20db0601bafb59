// The state of one conformance test and the steps that its tests share: one harness, one started adapter, the events it told.
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Adapter, InboundEvent, MessageEvent, Place, Receive, Reply } from '../../../bot/contract.ts';
import type { AdapterHarness, PostOptions, SeenPost } from './harness.ts';

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABc3UBGAAAAABJRU5ErkJggg==',
  'base64',
);
export const eventually = { timeout: 20_000, interval: 20 };
/** Letters only: how adapters break lines, escape or mark parts is their own affair, that no word is lost is not. */
export const letters = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '');

export interface Bench {
  harness: AdapterHarness;
  adapter: Adapter;
  events: InboundEvent[];
  /** What the adapter's events are given to; tests may replace it. */
  receive: Receive;
  messages(): MessageEvent[];
  messageOf(id: string): MessageEvent;
  /** A person posts; resolves with the event that the adapter told. */
  posted(options: PostOptions): Promise<MessageEvent>;
  /** A person posts and the bot opens a reply under `key`. */
  opened(key: string, options?: PostOptions): Promise<{ event: MessageEvent; place: Place; reply: Reply }>;
  /** The only post of the bot in that thread. */
  only(place: Place): Promise<SeenPost>;
  /** Ends the adapter as a crash would and starts another one over the same platform. */
  restart(): Promise<void>;
}

/** Skips the test, with its reason, where the platform does not have what it is about. */
export function need(skip: (reason: string) => void, has: unknown, what: string): void {
  if (has === undefined || has === false) skip(`this platform has no ${what}`);
}

/** A bench that is set up anew for each test of the surrounding `describe`. */
export function createBench(createHarness: () => Promise<AdapterHarness>): Bench {
  const bench = {
    messages: () => bench.events.filter((event) => event.kind === 'message'),
    messageOf(id: string) {
      const found = bench.messages().find((event) => event.id === id);
      if (found !== undefined) return found;
      throw new Error(`no message event ${id} among ${bench.events.map((event) => event.id).join(', ')}`);
    },
    async posted(options: PostOptions) {
      const { message } = await bench.harness.post(options);
      return vi.waitFor(() => bench.messageOf(message), eventually);
    },
    async opened(key: string, options: PostOptions = { text: 'hello', mention: 'bot' }) {
      const event = await bench.posted(options);
      const reply = await bench.adapter.reply(event.place, { key, answers: event.id });
      return { event, place: event.place, reply };
    },
    async only(place: Place) {
      const seen = await bench.harness.seen(place.thread);
      expect(seen).toHaveLength(1);
      return seen[0] as SeenPost;
    },
    async restart() {
      await bench.harness.crash(bench.adapter);
      bench.adapter = await bench.harness.adapter();
      await bench.adapter.start((event) => bench.receive(event));
    },
  } as Bench;
  beforeEach(async () => {
    bench.harness = await createHarness();
    bench.adapter = await bench.harness.adapter();
    bench.events = [];
    bench.receive = async (event) => {
      bench.events.push(event);
      return 'accepted';
    };
    await bench.adapter.start((event) => bench.receive(event));
  });
  afterEach(async () => {
    await bench.adapter.stop();
    await bench.harness.close();
  });
  return bench;
}
