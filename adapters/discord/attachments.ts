// Discord's attachments as the core's, with what is needed to find their bytes again once the signed link has expired.
import type { Attachment } from '../../bot/contract.ts';
import type { DiscordAttachment, DiscordMessage } from './payloads.ts';

/** Channel, message and attachment: the message is fetched again for a fresh link. The link is checked against the allowed hosts whenever it is used. */
export interface FileReference {
  channel: string;
  message: string;
  attachment: string;
  url: string;
}

export function toAttachments(message: DiscordMessage): Attachment[] {
  return allAttachments(message).map((file) => ({
    ...described(file),
    reference: JSON.stringify({
      channel: message.channel_id,
      message: message.id,
      attachment: file.id,
      url: file.url,
    } satisfies FileReference),
  }));
}

/** A file given to a slash command belongs to no message and can't be fetched twice for sure: the core keeps its bytes. */
export function described(file: DiscordAttachment): Attachment {
  return {
    id: file.id,
    name: file.filename,
    mediaType: file.content_type?.split(';')[0] ?? 'application/octet-stream',
    size: file.size,
    reference: null,
  };
}

/** Own attachments and those of a forwarded message. */
export function allAttachments(message: DiscordMessage): DiscordAttachment[] {
  const forwarded = (message.message_snapshots ?? []).flatMap((snapshot) => snapshot.message.attachments ?? []);
  return [...message.attachments, ...forwarded];
}

export function readReference(attachment: Attachment): FileReference | null {
  if (attachment.reference === null) return null;
  const value = JSON.parse(attachment.reference) as Partial<FileReference>;
  const { channel, message, url } = value;
  if (typeof channel !== 'string' || typeof message !== 'string' || !/^\d+$/.test(channel) || !/^\d+$/.test(message))
    return null;
  return { channel, message, attachment: attachment.id, url: typeof url === 'string' ? url : '' };
}
