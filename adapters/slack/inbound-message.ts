// Slack's message events as the core's: new, edited and deleted messages and deleted files.
import type { DeleteEvent, EditEvent, InboundEvent, MessageEvent, Place } from '../../bot/contract.ts';
import { isTombstone, toAttachments } from './attachments.ts';
import { readIncomingText } from './incoming-text.ts';
import type { SlackMessage, SlackMessageEvent } from './payloads.ts';
import type { SlackApi } from './slack-api.ts';
import { messageId, placeOf, timeOf } from './thread-id.ts';

/** Who we are in this workspace. */
export interface SlackIdentity {
  userId: string;
  botId: string | null;
  teamId: string;
}

/** Messages that people (or other bots) wrote; all other subtypes are notices of the platform. */
const WRITTEN = new Set([undefined, null, '', 'file_share', 'thread_broadcast', 'me_message', 'bot_message']);

/** Zero or more events for one of Slack's; our own messages give none. Throws if Slack cannot be asked about a file. */
export async function toMessageEvents(
  event: SlackMessageEvent,
  context: { self: SlackIdentity; space: string; api: SlackApi },
): Promise<InboundEvent[]> {
  const { self, space } = context;
  const isDirect = event.channel_type == null ? event.channel.startsWith('D') : event.channel_type === 'im';
  const placeIn = (message: { ts: string; thread_ts?: string | null | undefined }): Place =>
    placeOf(event.channel, message.thread_ts ?? message.ts, space, isDirect);

  if (event.subtype === 'message_deleted') return deleted(event, event.previous_message ?? null, self, placeIn);
  if (event.subtype === 'message_changed') {
    const { message, previous_message: previous } = event;
    if (message == null || isOwn(message, self)) return [];
    // A deleted message that has answers stays as a tombstone.
    if (message.subtype === 'tombstone') {
      return deleted({ ...event, deleted_ts: message.ts }, previous ?? message, self, placeIn);
    }
    return changed(event, message, previous ?? null, self, placeIn(message));
  }
  if (!WRITTEN.has(event.subtype) || isOwn(event, self)) return [];
  return [await written(event, placeIn(event), context)];
}

async function written(
  event: SlackMessageEvent,
  place: Place,
  { self, api }: { self: SlackIdentity; api: SlackApi },
): Promise<MessageEvent> {
  const { text, mentionsBot, mentionsOthers } = readIncomingText(event.text ?? '', self.userId);
  return {
    kind: 'message',
    id: messageId(event.channel, event.ts),
    place,
    author: { id: event.user ?? event.bot_id ?? '', isBot: event.bot_id != null || event.subtype === 'bot_message' },
    at: timeOf(event.ts),
    text,
    attachments: await toAttachments(event.files ?? [], api),
    mentionsBot: mentionsBot || event.type === 'app_mention',
    mentionsOthers,
  };
}

function changed(
  event: SlackMessageEvent,
  message: SlackMessage,
  previous: SlackMessage | null,
  self: SlackIdentity,
  place: Place,
): InboundEvent[] {
  const id = messageId(event.channel, message.ts);
  const author = { id: message.edited?.user ?? message.user ?? '', isBot: message.bot_id != null };
  const before = new Set((previous?.files ?? []).filter((file) => !isTombstone(file)).map((file) => file.id));
  const events: InboundEvent[] = (message.files ?? [])
    .filter((file) => isTombstone(file) && (previous === null || before.has(file.id)))
    .map((file) => fileDeletion(file.id, place, event.ts, author.id));
  // Slack also sends this event for unfurled links and the like: only people's edits of the text count.
  if (message.edited != null && message.text !== previous?.text) {
    const edit: EditEvent = {
      kind: 'edit',
      id: `${id}:edit:${message.edited.ts}`,
      place,
      author,
      at: timeOf(message.edited.ts),
      message: id,
      text: readIncomingText(message.text ?? '', self.userId).text,
    };
    events.push(edit);
  }
  return events;
}

function deleted(
  event: SlackMessageEvent,
  previous: SlackMessage | null,
  self: SlackIdentity,
  placeIn: (message: { ts: string; thread_ts?: string | null | undefined }) => Place,
): DeleteEvent[] {
  const ts = event.deleted_ts ?? previous?.ts;
  if (ts == null || (previous !== null && isOwn(previous, self))) return [];
  const id = messageId(event.channel, ts);
  return [
    {
      kind: 'delete',
      id: `${id}:delete`,
      place: placeIn({ ts, thread_ts: previous?.thread_ts }),
      author: { id: previous?.user ?? '', isBot: previous?.bot_id != null },
      at: timeOf(event.ts),
      message: id,
    },
  ];
}

export function fileDeletion(file: string, place: Place, ts: string, author: string): DeleteEvent {
  return {
    kind: 'delete',
    id: `slack:file:${file}:delete`,
    place,
    author: { id: author, isBot: false },
    at: timeOf(ts),
    message: null,
    attachment: file,
  };
}

export function isOwn(message: Pick<SlackMessage, 'user' | 'bot_id'>, self: SlackIdentity): boolean {
  return message.user === self.userId || (self.botId !== null && message.bot_id === self.botId);
}
