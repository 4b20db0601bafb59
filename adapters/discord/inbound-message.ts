// Discord's message events as the core's: new, edited and deleted messages, and attachments taken out of a message.
import type { Author, DeleteEvent, EditEvent, MessageEvent, Place } from '../../bot/contract.ts';
import { toAttachments } from './attachments.ts';
import { readIncomingText } from './incoming-text.ts';
import type { DiscordMessage } from './payloads.ts';
import { type ChannelFacts, messageId, placeOf, timeOf } from './thread-id.ts';

/** Who we are, and what of a guild's roles is ours. */
export interface DiscordIdentity {
  userId: string;
  applicationId: string;
  ownRoles(guild: string | null): ReadonlySet<string>;
}

/** Messages that people wrote: default and reply; all other types are notices of the platform. */
const WRITTEN: ReadonlySet<number> = new Set([0, 19]);

export function isWrittenByOthers(message: DiscordMessage, self: DiscordIdentity): boolean {
  return WRITTEN.has(message.type) && message.author !== undefined && message.author.id !== self.userId;
}

/** An answer to one of our messages in a channel belongs to what that message answered; anything else begins something of its own. */
function rootOf(message: DiscordMessage, self: DiscordIdentity): string {
  const answered = message.referenced_message;
  if (answered == null || answered.author?.id !== self.userId) return message.id;
  return answered.message_reference?.message_id ?? message.id;
}

export function toMessageEvent(message: DiscordMessage, channel: ChannelFacts, self: DiscordIdentity): MessageEvent {
  const guild = message.guild_id ?? null;
  const { text, mentionsBot, mentionsOthers } = readIncomingText(message, self.userId, self.ownRoles(guild));
  return {
    kind: 'message',
    id: messageId(message.channel_id, message.id),
    place: placeOf(channel, rootOf(message, self), guild ?? ''),
    author: authorOf(message),
    at: timeOf(message.id),
    text,
    attachments: toAttachments(message),
    mentionsBot,
    mentionsOthers,
  };
}

export function authorOf({ author, member, webhook_id }: DiscordMessage): Author {
  const name = member?.nick ?? author?.global_name ?? author?.username;
  return {
    id: author?.id ?? '',
    isBot: author?.bot === true || webhook_id != null,
    ...(name == null ? {} : { name }),
    ...(member?.roles === undefined ? {} : { roles: member.roles }),
  };
}

/** True for a message whose own id does not tell its place: what comes of it later, its deletion above all, does not name what it answered. */
export function isElsewhere(event: MessageEvent, message: DiscordMessage, channel: ChannelFacts): boolean {
  return event.place.thread !== placeOf(channel, message.id, '').thread;
}

/** Discord sends updates for pins and previews too: only those with an edit's time are edits, and one edit has one time. `place`: if known. */
export function toEditEvent(
  message: DiscordMessage,
  channel: ChannelFacts,
  self: DiscordIdentity,
  place: Place | null,
): EditEvent | null {
  if (message.edited_timestamp == null) return null;
  const event = toMessageEvent(message, channel, self);
  return {
    kind: 'edit',
    id: `${event.id}:edit:${message.edited_timestamp}`,
    place: place ?? event.place,
    author: event.author,
    at: Date.parse(message.edited_timestamp),
    message: event.id,
    text: event.text,
  };
}

export function toDeleteEvent(
  deleted: { id: string; channel_id: string; guild_id?: string | null | undefined },
  channel: ChannelFacts,
  place: Place | null,
): DeleteEvent {
  const id = messageId(deleted.channel_id, deleted.id);
  return {
    kind: 'delete',
    id: `${id}:delete`,
    place: place ?? placeOf(channel, deleted.id, deleted.guild_id ?? ''),
    // Discord does not say who deleted it.
    author: { id: '', isBot: false },
    at: Date.now(),
    message: id,
  };
}

export function toFileDeletion(
  file: string,
  message: DiscordMessage,
  channel: ChannelFacts,
  place: Place | null,
): DeleteEvent {
  return {
    kind: 'delete',
    id: `discord:file:${file}:delete`,
    place: place ?? placeOf(channel, message.id, message.guild_id ?? ''),
    author: authorOf(message),
    at: Date.now(),
    message: null,
    attachment: file,
  };
}
