// What kind of channel an id is: learned from the gateway, asked of Discord where it is not known yet.
import { Routes } from 'discord.js';
import { createRecent } from '../shared/recent.ts';
import { CODE, type DiscordApi, discordCode } from './discord-api.ts';
import { channel as channelPayload } from './payloads.ts';
import { type ChannelFacts, channelFacts } from './thread-id.ts';

export interface Channels {
  learn(channel: { id: string; type: number; parent_id?: string | null | undefined }): void;
  /** The channel is gone for good. */
  forget(id: string): void;
  isKnown(id: string): boolean;
  isGone(id: string): boolean;
  /** Null if Discord does not show us this channel. */
  facts(id: string, guild: string | null): Promise<ChannelFacts | null>;
}

const CAPACITY = 50_000;

export function createChannels(api: DiscordApi): Channels {
  const known = createRecent<ChannelFacts>(CAPACITY);
  const gone = createRecent<true>(CAPACITY);

  return {
    learn(channel) {
      gone.delete(channel.id);
      known.set(channel.id, channelFacts(channel));
    },
    forget(id) {
      known.delete(id);
      gone.set(id, true);
    },
    isKnown: (id) => known.has(id),
    isGone: (id) => gone.has(id),
    async facts(id, guild) {
      const seen = known.get(id);
      if (seen !== undefined) return seen;
      // Only direct messages come without a guild.
      if (guild === null) return { id, parent: null, isDirect: true };
      try {
        const facts = channelFacts(channelPayload.parse(await api.call('GET', Routes.channel(id))));
        known.set(id, facts);
        return facts;
      } catch (error) {
        const code = discordCode(error);
        if (code === CODE.unknownChannel || code === CODE.missingAccess) return null;
        throw error;
      }
    },
  };
}
