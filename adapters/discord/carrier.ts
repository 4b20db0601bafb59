// The ways in which a message of ours gets to people: a channel or thread, a direct message, an interaction's own answer.
import { type RawFile, Routes } from 'discord.js';
import { CODE, type DiscordApi, discordCode } from './discord-api.ts';
import { channel as channelPayload, created, type DiscordAttachment } from './payloads.ts';

export interface Outgoing {
  content: string;
  components: unknown[];
  /** What shall hang on the message, kept (`id` of Discord) and new ones (index of `files`); left out: as it is. */
  attachments?: readonly { id: string | number; filename?: string; description?: string }[];
  files?: readonly RawFile[];
}

export interface Carried {
  id: string;
  attachments: readonly DiscordAttachment[];
}

export interface Carrier {
  /** `nonce`: at most 25 characters; the same one within some minutes gives the same message, not a second one. */
  create(message: Outgoing, nonce: string): Promise<Carried>;
  edit(id: string, message: Outgoing): Promise<Carried>;
  remove(id: string): Promise<void>;
}

/** This way is closed for good; the next one may be open. */
export class WayClosed extends Error {}
/** What was answered is gone, with the place for an answer: nobody is left to tell. */
export class PlaceGone extends Error {}

/** No embed is made of a link; https://docs.discord.com/developers/resources/message#message-object-message-flags */
export const SUPPRESS_EMBEDS = 1 << 2;
export const EPHEMERAL = 1 << 6;

const CLOSED: ReadonlySet<number> = new Set([
  CODE.unknownChannel,
  CODE.missingAccess,
  CODE.missingPermissions,
  CODE.threadLocked,
  CODE.cannotSendInChannel,
  CODE.cannotMessageUser,
  CODE.unknownWebhook,
  CODE.unknownInteraction,
  CODE.invalidWebhookToken,
  CODE.tooManyThreads,
]);

/** With files a missing permission may be that for files alone. */
export function isClosed(error: unknown, message?: Outgoing): boolean {
  const code = discordCode(error) ?? 0;
  if (code === CODE.missingPermissions && (message?.files?.length ?? 0) > 0) return false;
  return error instanceof WayClosed || CLOSED.has(code);
}

/** Nobody is ever pinged, not even who is answered. */
export function bodyOf(message: Outgoing): Record<string, unknown> {
  return {
    content: message.content,
    components: message.components,
    allowed_mentions: { parse: [], replied_user: false },
    ...(message.attachments === undefined ? {} : { attachments: message.attachments }),
  };
}

/** `replyTo`: the message in the same channel that is answered. */
export function channelCarrier(api: DiscordApi, channel: string, replyTo: string | null = null): Carrier {
  /** Archived threads take no edits; anybody who may write in one may open it again unless it is locked. */
  async function opened<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (discordCode(error) !== CODE.threadArchived) throw error;
      await api.call('PATCH', Routes.channel(channel), { body: { archived: false } });
      return write();
    }
  }

  async function send(message: Outgoing, nonce: string, reference: string | null): Promise<Carried> {
    const answer = await api.call('POST', Routes.channelMessages(channel), {
      body: {
        ...bodyOf(message),
        flags: SUPPRESS_EMBEDS,
        nonce,
        enforce_nonce: true,
        ...(reference === null ? {} : { message_reference: { message_id: reference, fail_if_not_exists: false } }),
      },
      files: message.files ?? [],
    });
    return created.parse(answer);
  }

  return {
    create: (message, nonce) =>
      opened(async () => {
        try {
          return await send(message, nonce, replyTo);
        } catch (error) {
          if (discordCode(error) !== CODE.cannotReplyWithoutHistory) throw error;
          return send(message, nonce, null);
        }
      }),
    edit: (id, message) =>
      opened(async () => {
        const route = Routes.channelMessage(channel, id);
        return created.parse(await api.call('PATCH', route, { body: bodyOf(message), files: message.files ?? [] }));
      }),
    remove: (id) =>
      opened(async () => {
        await api.call('DELETE', Routes.channelMessage(channel, id));
      }),
  };
}

export async function directCarrier(api: DiscordApi, user: string): Promise<Carrier> {
  const opened = channelPayload.parse(await api.call('POST', Routes.userChannels(), { body: { recipient_id: user } }));
  return channelCarrier(api, opened.id);
}
