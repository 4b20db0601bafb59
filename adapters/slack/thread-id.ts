// Thread ids `slack:{channel}:{thread}`: made and read only here. An empty thread is a channel without one (slash commands).
import type { Place } from '../../bot/contract.ts';

export interface SlackThread {
  channel: string;
  /** `ts` of the thread's first message; null at the top level of a channel. */
  threadTs: string | null;
}

export function encodeThread(channel: string, threadTs: string | null): string {
  return `slack:${channel}:${threadTs ?? ''}`;
}

/** Throws a RangeError for an id that this adapter did not make. */
export function decodeThread(thread: string): SlackThread {
  const match = /^slack:([^:]+):([^:]*)$/.exec(thread);
  if (match === null) throw new RangeError(`not a Slack thread id: ${thread}`);
  return { channel: match[1] ?? '', threadTs: match[2] === '' ? null : (match[2] ?? null) };
}

export function placeOf(channel: string, threadTs: string | null, space: string, isDirect?: boolean): Place {
  return {
    thread: encodeThread(channel, threadTs),
    channel,
    space,
    // Ids of direct conversations begin with D (https://docs.slack.dev/reference/objects/conversation-object).
    isDirect: isDirect ?? channel.startsWith('D'),
  };
}

/** Event id of a message, the same through `message`, `app_mention` and `file_shared`. */
export function messageId(channel: string, ts: string): string {
  return `slack:${channel}:${ts}`;
}

/** Slack's `ts` is Unix seconds with six decimals that make it unique. */
export function timeOf(ts: string): number {
  return Math.round(Number(ts) * 1_000);
}
