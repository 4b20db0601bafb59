// Stored things as Discord's JSON: signed links that expire, and texts hidden from bots without the message content intent.
import { createHmac } from 'node:crypto';
import type { DiscordStore, StoredChannel, StoredFile, StoredMessage } from './store.ts';

export interface Links {
  base(): string;
  /** How long a link of the CDN is good for, from when it was handed out. */
  lifeMs: number;
}

const SECRET = 'cdn';

export function signature(path: string, expires: string): string {
  return createHmac('sha256', SECRET).update(`${path}?${expires}`).digest('hex').slice(0, 32);
}

export function fileJson(file: StoredFile, links: Links): Record<string, unknown> {
  const path = `/attachments/${file.channel}/${file.id}/${encodeURIComponent(file.filename)}`;
  const expires = (Date.now() + links.lifeMs).toString(16);
  return {
    id: file.id,
    filename: file.filename,
    size: file.bytes.byteLength,
    content_type: file.content_type,
    ...(file.description === undefined ? {} : { description: file.description }),
    url: `${links.base()}${path}?ex=${expires}&is=0&hm=${signature(path, expires)}`,
    proxy_url: 'http://media.invalid/',
  };
}

export function messageJson(store: DiscordStore, message: StoredMessage, links: Links): Record<string, unknown> {
  const { files, pinged: _pinged, onlyFor: _onlyFor, interaction: _i, thinking: _t, nonce: _n, ...plain } = message;
  const channel = store.channels.get(message.channel_id);
  const referenced = message.message_reference && store.messages.get(message.message_reference.message_id);
  return {
    ...plain,
    attachments: files.map((file) => fileJson(file, links)),
    embeds: [],
    timestamp: new Date().toISOString(),
    tts: false,
    pinned: false,
    ...(channel?.guild_id === undefined ? {} : { guild_id: channel.guild_id }),
    ...(referenced === undefined ? {} : { referenced_message: messageJson(store, referenced, links) }),
  };
}

/** Without the intent a bot sees what it wrote, what is direct, and what mentions it; of the rest only that it was written. */
export function hiddenJson(store: DiscordStore, message: StoredMessage, links: Links): Record<string, unknown> {
  const json = messageJson(store, message, links);
  const direct = store.channels.get(message.channel_id)?.type === 1;
  const concerns = message.author.id === store.bot.id || message.mentions.some((user) => user.id === store.bot.id);
  return direct || concerns ? json : { ...json, content: '', attachments: [], components: [], embeds: [] };
}

export function channelJson(channel: StoredChannel): Record<string, unknown> {
  const { denied: _denied, archived, locked, recipient, ...plain } = channel;
  const isThread = channel.type === 11;
  return {
    ...plain,
    ...(isThread
      ? {
          thread_metadata: {
            archived,
            locked,
            auto_archive_duration: 1_440,
            archive_timestamp: new Date().toISOString(),
          },
        }
      : { position: 0, permission_overwrites: [] }),
    ...(recipient === undefined ? {} : { recipients: [{ id: recipient, username: 'person', discriminator: '0' }] }),
  };
}
