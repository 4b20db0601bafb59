// Finds what a reply has already put into a thread, so that a restarted bot goes on with it instead of answering twice.
import { Routes } from 'discord.js';
import { type Carried, type Carrier, channelCarrier } from './carrier.ts';
import { CODE, type DiscordApi, discordCode } from './discord-api.ts';
import { messages as messagesPayload } from './payloads.ts';
import { carriesMark } from './render.ts';
import { decodeThread } from './thread-id.ts';

const PAGE_SIZE = 100;
/** The newest 500 messages of the thread, and 100 of the channel where an answer stands if no thread could be opened. */
const PAGES_IN_THREAD = 5;
const NOT_THERE: ReadonlySet<number> = new Set([CODE.unknownChannel, CODE.missingAccess, CODE.missingPermissions]);

export async function findReply(
  api: DiscordApi,
  place: string,
  ref: string,
  self: string,
): Promise<(Carried & { carrier: Carrier })[]> {
  const { channel, thread } = decodeThread(place);
  if (thread !== null) {
    const found = await search(api, thread, ref, self, PAGES_IN_THREAD);
    if (found.length > 0) return found.map((each) => ({ ...each, carrier: channelCarrier(api, thread) }));
  }
  const found = await search(api, channel, ref, self, thread === null ? PAGES_IN_THREAD : 1);
  return found.map((each) => ({ ...each, carrier: channelCarrier(api, channel, thread) }));
}

async function search(api: DiscordApi, channel: string, ref: string, self: string, pages: number): Promise<Carried[]> {
  const found: Carried[] = [];
  let before: string | null = null;
  for (let page = 0; page < pages; page += 1) {
    const query: Record<string, string> = { limit: String(PAGE_SIZE), ...(before === null ? {} : { before }) };
    let batch: ReturnType<typeof messagesPayload.parse>;
    try {
      batch = messagesPayload.parse(await api.call('GET', Routes.channelMessages(channel), { query }));
    } catch (error) {
      if (NOT_THERE.has(discordCode(error) ?? 0)) return found;
      throw error;
    }
    for (const message of batch) {
      if (message.author?.id === self && carriesMark(message.content, ref)) found.unshift(message);
    }
    before = batch.at(-1)?.id ?? null;
    if (batch.length < PAGE_SIZE || before === null) break;
  }
  return found;
}
