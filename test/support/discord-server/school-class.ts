// A class in the local Discord: people with names who write, press and command in a case's thread, and what each of them was told in private.
import { expect, vi } from 'vitest';
import type { DiscordServer } from './discord-server.ts';
import { repliesIn, type SeenReply } from './looking.ts';
import type { Upload } from './people.ts';
import { buttonsOf } from './rendering.ts';
import type { StoredInteraction, StoredMessage } from './store.ts';

export interface SchoolClass {
  idOf(name: string): string;
  /** Words in a thread; returns the message, to edit or delete it. */
  say(name: string, thread: string, text: string): StoredMessage;
  /** `/case do:verb text:…` in a thread or channel; resolves once Discord was told that it is worked on. */
  command(
    name: string,
    channel: string,
    verb: string,
    text?: string,
    films?: readonly Upload[],
  ): Promise<StoredInteraction>;
  /** Waits until this person was read back `count` answers altogether that wait for a button, then presses it on those not settled yet. */
  settle(name: string, count: number): Promise<void>;
  /** Waits in the same way, presses `No` on the answers read as `dropped`, and lets the others be for good. */
  drop(name: string, count: number, dropped: RegExp): Promise<void>;
  /** What the bot told this person alone: direct messages, and messages in channels that nobody else sees. */
  toldAlone(name: string): SeenReply[];
  /** Finished replies in a channel or thread that everybody sees. */
  told(channel: string): SeenReply[];
}

const CONFIRM = 'That is what I mean';
const eventually = { timeout: 90_000, interval: 100 };

export function createSchoolClass(server: DiscordServer, names: readonly string[]): SchoolClass {
  const { people, store } = server;
  const ids = new Map(names.map((name, index) => [name, String(510_000_000_000_000_000n + BigInt(index))]));
  for (const [name, id] of ids) store.names.set(id, name);
  /** Messages whose button was pressed. */
  const settled = new Set<string>();

  function idOf(name: string): string {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`nobody is called ${name}`);
    return id;
  }

  const isFor = (name: string) => (message: StoredMessage) =>
    message.onlyFor === idOf(name) || message.channel_id === people.direct(idOf(name));

  function toldAlone(name: string): SeenReply[] {
    return [...store.channels.keys()]
      .flatMap((channel) => repliesIn(store, channel))
      .filter(({ messages }) => messages.every(isFor(name)));
  }

  /** Answers read back and not settled yet, once there are `count` altogether. */
  const readBack = (name: string, count: number): Promise<StoredMessage[]> =>
    vi.waitFor(() => {
      const all = toldAlone(name)
        .flatMap(({ messages }) => messages)
        .filter((message) => buttonsOf(message).some(({ label }) => label === CONFIRM));
      expect(all, `answers read back to ${name}`).toHaveLength(count);
      return all.filter(({ id }) => !settled.has(id));
    }, eventually);

  async function press(name: string, message: StoredMessage, label: string): Promise<void> {
    const before = toldAlone(name).length;
    await people.answered(people.press(message, label, idOf(name)));
    await vi.waitFor(() => expect(toldAlone(name).length, `${name} was told`).toBe(before + 1), eventually);
  }

  return {
    idOf,
    toldAlone,
    say: (name, thread, text) => people.post({ channel: thread, text, user: idOf(name) }),
    async command(name, channel, verb, text, films = []) {
      const files = Object.fromEntries(films.map((film, index) => [index === 0 ? 'image' : `image${index + 1}`, film]));
      const strings = { do: verb, ...(text === undefined ? {} : { text }) };
      const used = people.command(['case'], { channel, user: idOf(name), strings, files });
      await people.answered(used);
      return used;
    },
    async settle(name, count) {
      for (const message of await readBack(name, count)) {
        settled.add(message.id);
        await press(name, message, CONFIRM);
      }
    },
    async drop(name, count, dropped) {
      for (const message of await readBack(name, count)) {
        settled.add(message.id);
        if (dropped.test(message.content)) await press(name, message, 'No');
      }
    },
    told: (channel) =>
      repliesIn(store, channel).filter(
        ({ messages, unfinished }) => !unfinished && messages.every(({ onlyFor }) => onlyFor === undefined),
      ),
  };
}
