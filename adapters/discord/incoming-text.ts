// Turns Discord's message markup into what the person typed, and tells who was mentioned.
import type { DiscordMessage } from './payloads.ts';

export interface IncomingText {
  text: string;
  mentionsBot: boolean;
  mentionsOthers: boolean;
}

/** Source of the markup: https://docs.discord.com/developers/reference#message-formatting */
const MARKUP = /<(@!?|@&|#)(\d+)>|<a?:(\w+):\d+>/g;

/** `ownRoles`: people also mention the role that Discord gives every bot, meaning the bot. */
export function readIncomingText(
  message: Pick<DiscordMessage, 'content' | 'mentions' | 'mention_roles' | 'mention_everyone'>,
  botId: string,
  ownRoles: ReadonlySet<string>,
): IncomingText {
  const names = new Map(message.mentions.map((user) => [user.id, user.global_name ?? user.username ?? 'someone']));
  const text = message.content.replace(MARKUP, (_markup, sign: string | undefined, id: string, emoji: string) => {
    if (sign === undefined) return `:${emoji}:`;
    if (sign === '#') return '#channel';
    if (sign === '@&') return ownRoles.has(id) ? '' : '@role';
    return id === botId ? '' : `@${names.get(id) ?? 'someone'}`;
  });
  return {
    text: text.replace(/[ \t]{2,}/g, ' ').trim(),
    mentionsBot:
      message.mentions.some((user) => user.id === botId) || message.mention_roles.some((role) => ownRoles.has(role)),
    mentionsOthers:
      message.mention_everyone ||
      message.mentions.some((user) => user.id !== botId) ||
      message.mention_roles.some((role) => !ownRoles.has(role)),
  };
}
