// What a person is in a server (roles, name there), where Discord leaves it out: in direct messages and in what it gives by REST.
import { Routes } from 'discord.js';
import type { Log } from '../../bot/contract.ts';
import { createRecent } from '../shared/recent.ts';
import { type DiscordApi, discordCode } from './discord-api.ts';
import { type DiscordMember, member as memberPayload } from './payloads.ts';

export interface Members {
  /** Null for somebody who is no member, or where Discord does not say: the allowlists then take the person for one without roles. */
  of(guild: string, user: string): Promise<DiscordMember | null>;
}

const CAPACITY = 1_000;
/** Roles change: what was asked long ago is asked again. */
const GOOD_FOR_MS = 60_000;

export function createMembers(api: DiscordApi, log: Log): Members {
  const known = createRecent<{ at: number; member: DiscordMember }>(CAPACITY);

  return {
    async of(guild, user) {
      const key = `${guild}:${user}`;
      const seen = known.get(key);
      if (seen !== undefined && Date.now() - seen.at < GOOD_FOR_MS) return seen.member;
      try {
        const member = memberPayload.parse(await api.call('GET', Routes.guildMember(guild, user), { attempts: 2 }));
        known.set(key, { at: Date.now(), member });
        return member;
      } catch (error) {
        log.warn({ err: error, code: discordCode(error) }, 'what a person is in a server could not be asked for');
        return null;
      }
    },
  };
}
