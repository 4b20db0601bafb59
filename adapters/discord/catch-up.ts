// After a session that could not be resumed: fetches what was written meanwhile in the channels that were heard of, so that nothing is lost.
import { Routes } from 'discord.js';
import type { Log } from '../../bot/contract.ts';
import { type DiscordApi, discordCode } from './discord-api.ts';
import { type DiscordMessage, messages as messagesPayload } from './payloads.ts';

export interface CatchUp {
  /** The newest message that came in through the gateway. */
  saw(channel: string, message: string, guild: string | null): void;
  /** Everything newer than that, oldest first, one channel after the other. */
  missed(): AsyncGenerator<DiscordMessage>;
}

/** Channels in which something was last said, and how far back is fetched in each. */
const MAX_CHANNELS = 200;
const PAGE_SIZE = 100;

export function createCatchUp(api: DiscordApi, log: Log): CatchUp {
  const newest = new Map<string, { message: string; guild: string | null }>();

  return {
    saw(channel, message, guild) {
      const known = newest.get(channel);
      newest.delete(channel);
      const isNewer = known === undefined || BigInt(message) > BigInt(known.message);
      newest.set(channel, { message: isNewer ? message : known.message, guild });
      for (const oldest of newest.keys()) {
        if (newest.size <= MAX_CHANNELS) break;
        newest.delete(oldest);
      }
    },
    async *missed() {
      for (const [channel, { message, guild }] of [...newest]) {
        try {
          const query = { after: message, limit: String(PAGE_SIZE) };
          const page = messagesPayload.parse(await api.call('GET', Routes.channelMessages(channel), { query }));
          // Discord leaves the guild out of what it gives by REST.
          for (const missed of page.reverse()) yield { ...missed, guild_id: guild };
        } catch (error) {
          log.warn(
            { err: error, code: discordCode(error) },
            'what was written during an interruption could not be fetched',
          );
        }
      }
    },
  };
}
