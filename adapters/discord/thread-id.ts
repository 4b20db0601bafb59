// Thread ids `discord:{channel}:{thread}`: made and read only here. A thread begun at a message has that message's id, so the place of an
// upload is known before its thread exists. An empty thread is a direct conversation, or a channel itself (slash commands).
import type { Place } from '../../bot/contract.ts';

export interface DiscordThread {
  channel: string;
  thread: string | null;
}

/** What the adapter knows of a channel; https://docs.discord.com/developers/resources/channel#channel-object-channel-types */
export interface ChannelFacts {
  id: string;
  /** The channel that a thread belongs to; null for anything that is no thread. */
  parent: string | null;
  isDirect: boolean;
}

const THREAD_TYPES: ReadonlySet<number> = new Set([10, 11, 12]);
const DIRECT_TYPES: ReadonlySet<number> = new Set([1, 3]);

export function channelFacts(channel: {
  id: string;
  type: number;
  parent_id?: string | null | undefined;
}): ChannelFacts {
  return {
    id: channel.id,
    parent: THREAD_TYPES.has(channel.type) ? (channel.parent_id ?? null) : null,
    isDirect: DIRECT_TYPES.has(channel.type),
  };
}

/** Throws a RangeError for an id that this adapter did not make. */
export function decodeThread(thread: string): DiscordThread {
  const match = /^discord:(\d+):(\d*)$/.exec(thread);
  if (match === null) throw new RangeError(`not a Discord thread id: ${thread}`);
  return { channel: match[1] ?? '', thread: match[2] === '' ? null : (match[2] ?? null) };
}

/** `root`: the message at which a thread is, or would be, begun; null for the channel itself. */
export function placeOf(channel: ChannelFacts, root: string | null, space: string): Place {
  const { id, parent, isDirect } = channel;
  if (isDirect) return { thread: `discord:${id}:`, channel: id, space: '', isDirect };
  if (parent !== null) return { thread: `discord:${parent}:${id}`, channel: parent, space, isDirect };
  return { thread: `discord:${id}:${root ?? ''}`, channel: id, space, isDirect };
}

export function messageId(channel: string, message: string): string {
  return `discord:${channel}:${message}`;
}

/** Snowflakes carry the time of their making; https://docs.discord.com/developers/reference#snowflakes */
const EPOCH_MS = 1_420_070_400_000;
export function timeOf(snowflake: string): number {
  return Number(BigInt(snowflake) >> 22n) + EPOCH_MS;
}

/** Smaller than every id made from then on. */
export function snowflakeAt(timeMs: number): string {
  return String(BigInt(Math.max(0, Math.floor(timeMs) - EPOCH_MS)) << 22n);
}
