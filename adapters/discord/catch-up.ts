// After a start, or a session that could not be resumed: fetches what was written and edited meanwhile, so that nothing is lost. The core knows by
// each message's id what it had already.
import { Routes } from 'discord.js';
import type { z } from 'zod';
import type { Log } from '../../bot/contract.ts';
import { CODE, type DiscordApi, discordCode } from './discord-api.ts';
import { LEFT } from './lanes.ts';
import type { Members } from './members.ts';
import type { DiscordMemory } from './memory.ts';
import type { Patience } from './patience.ts';
import { type channel as channelPayload, type DiscordMessage, messages as messagesPayload } from './payloads.ts';
import { snowflakeAt, timeOf } from './thread-id.ts';

export interface CatchUp {
  /** A new session has begun: what was heard before it is where fetching starts. */
  begin(): void;
  /** Discord lists a server's channels and open threads at the beginning of a session, each with its newest message. */
  listed(guild: string, channels: readonly ListedChannel[]): void;
  /** What came after that and no more than `maxAgeMs` ago, oldest first, one channel after the other. */
  missed(): AsyncGenerator<Missed>;
}

export interface Missed {
  message: DiscordMessage;
  /** From before the time that is fetched: only its edit is news. */
  isOld: boolean;
  /** Changed within that time. */
  isEdited: boolean;
}

type ListedChannel = z.infer<typeof channelPayload>;

/** Channels with the newest messages, and how much is fetched in each. */
const MAX_CHANNELS = 200;
const MAX_OWN_THREADS = 50;
const MAX_DIRECTS_WITH_EDITS = 20;
const PAGE_SIZE = 100;
const MAX_PAGES = 5;
/** Channels are taken in beside each other: a message a little older than the newest may not have been kept yet. */
const OVERLAP_MS = 10_000;
/** Categories, forums and media channels: what stands in them stands in threads. */
const WITHOUT_MESSAGES: ReadonlySet<number> = new Set([4, 15, 16]);
const NOT_OURS: ReadonlySet<number> = new Set([CODE.missingAccess, CODE.unknownChannel, CODE.missingPermissions]);

export interface CatchUpParts {
  api: DiscordApi;
  memory: DiscordMemory;
  members: Members;
  patience: Patience;
  self(): string;
  maxAgeMs: number;
  log: Log;
}

export function createCatchUp({ api, memory, members, patience, self, maxAgeMs, log }: CatchUpParts): CatchUp {
  let before: Promise<string | null> = Promise.resolve(null);
  /** Until all was fetched, what comes meanwhile must not count as the newest thing heard. */
  let session = 0;
  const holdOf = (number: number): string => `session-${number}`;
  const channels = new Map<string, { guild: string; channel: ListedChannel }>();

  /** From which id on messages are fetched. Null where nothing was ever heard: a newly invited bot reads nothing old. */
  async function start(): Promise<string | null> {
    const newest = await before;
    if (newest === null) return null;
    const from = Math.max(timeOf(newest) - OVERLAP_MS, Date.now() - maxAgeMs);
    return snowflakeAt(from);
  }

  async function page(channel: string, query: Record<string, string>): Promise<DiscordMessage[]> {
    const limit = String(PAGE_SIZE);
    return messagesPayload.parse(
      await api.call('GET', Routes.channelMessages(channel), { query: { ...query, limit } }),
    );
  }

  /** Discord leaves guild and member out of what it gives by REST. */
  async function whole(message: DiscordMessage, guild: string | null): Promise<DiscordMessage> {
    const author = message.author;
    if (guild === null || author === undefined || author.bot === true) return { ...message, guild_id: guild };
    return { ...message, guild_id: guild, member: await members.of(guild, author.id) };
  }

  async function* newIn(channel: string, guild: string | null, since: string): AsyncGenerator<DiscordMessage> {
    let after = since;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const found = (await page(channel, { after })).reverse();
      for (const message of found) yield whole(message, guild);
      after = found.at(-1)?.id ?? after;
      if (found.length < PAGE_SIZE) return;
    }
    log.warn({ channel, fetched: MAX_PAGES * PAGE_SIZE }, 'more was written in a channel meanwhile than is fetched');
  }

  function isEdited(message: DiscordMessage, since: string): boolean {
    const { edited_timestamp: at, author } = message;
    return at != null && Date.parse(at) > timeOf(since) && author?.id !== self();
  }

  async function* editedIn(channel: string, guild: string | null, since: string): AsyncGenerator<DiscordMessage> {
    for (const message of (await page(channel, {})).reverse()) {
      if (isEdited(message, since) && BigInt(message.id) <= BigInt(since)) yield whole(message, guild);
    }
  }

  function newestFirst(): { guild: string; channel: ListedChannel }[] {
    const last = ({ channel }: { channel: ListedChannel }): bigint => BigInt(channel.last_message_id ?? 0);
    return [...channels.values()].sort((a, b) => Number(last(b) - last(a) > 0n) - Number(last(b) - last(a) < 0n));
  }

  async function* inChannel<T>(channel: string, messages: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* messages;
    } catch (error) {
      const code = discordCode(error);
      const sentence = 'what was written meanwhile could not be fetched in a channel';
      if (NOT_OURS.has(code ?? 0)) log.debug({ channel, code }, sentence);
      else log.warn({ err: error, channel, code }, sentence);
    }
  }

  return {
    begin() {
      channels.clear();
      const begunAt = snowflakeAt(Date.now());
      const earlier = session;
      session += 1;
      const hold = holdOf(session);
      memory.hold(hold, null);
      before = patience.until(memory.newest, { what: 'how far was heard', endless: true });
      const noted = before.then((newest) => {
        memory.hold(hold, newest ?? begunAt);
        memory.release(holdOf(earlier));
        // From the first start on there is something to go back to.
        if (newest === null) memory.heard(begunAt);
      });
      noted.catch((error: unknown) => log.warn({ err: error }, 'how far was heard could not be read'));
    },
    listed(guild, list) {
      for (const channel of list) channels.set(channel.id, { guild, channel });
    },
    async *missed() {
      const hold = holdOf(session);
      const since = await start();
      if (since === null) {
        memory.release(hold);
        return;
      }
      // What was left until now is among what is fetched.
      memory.release(LEFT);
      const known = newestFirst().filter(({ channel }) => !WITHOUT_MESSAGES.has(channel.type));
      const withNews = known.filter(({ channel }) => BigInt(channel.last_message_id ?? 0) > BigInt(since));
      const directs = (await memory.directs()).map((id) => ({ guild: null, id }));
      const places = [
        ...withNews.slice(0, MAX_CHANNELS).map(({ guild, channel }) => ({ guild, id: channel.id })),
        ...directs,
      ];
      for (const { guild, id } of places) {
        for await (const message of inChannel(id, newIn(id, guild, since))) {
          yield { message, isOld: false, isEdited: isEdited(message, since) };
        }
      }
      const own = known.filter(({ channel }) => channel.owner_id === self()).slice(0, MAX_OWN_THREADS);
      const talks = [
        ...own.map(({ guild, channel }) => ({ guild, id: channel.id })),
        ...directs.slice(0, MAX_DIRECTS_WITH_EDITS),
      ];
      for (const { guild, id } of talks) {
        const edits = inChannel(id, editedIn(id, guild, since));
        for await (const message of edits) yield { message, isOld: true, isEdited: true };
      }
      memory.release(hold);
    },
  };
}
