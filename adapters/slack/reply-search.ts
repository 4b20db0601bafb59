// Finds what a reply has already put into a thread, so that a restarted bot goes on with it instead of answering twice.

import { isOwn, type SlackIdentity } from './inbound-message.ts';
import { type ThreadMessage, threadMessages } from './payloads.ts';
import { draftMark } from './render.ts';
import type { SlackApi } from './slack-api.ts';
import type { SlackThread } from './thread-id.ts';

export const REPLY_METADATA_TYPE = 'cxr_reply';

/** Kept with every message of a reply; https://docs.slack.dev/messaging/message-metadata */
export function replyMetadata(ref: string): { event_type: string; event_payload: { ref: string } } {
  return { event_type: REPLY_METADATA_TYPE, event_payload: { ref } };
}

export interface FoundReply {
  /** Messages that carry the text, oldest first. */
  messages: { ts: string; streaming: boolean }[];
  /** The files uploaded for it, and the message that shows each. */
  files: { id: string; name: string; ts: string }[];
}

const PAGE_SIZE = 200;
/** Ten thousand messages of one thread; a top-level search looks at the newest page only. */
const MAX_PAGES = 50;

/** What carries the reply `ref` in `thread`. Native streams take no metadata before they end: they are known by their draft mark. */
export async function findReply(
  api: SlackApi,
  thread: SlackThread,
  ref: string,
  self: SlackIdentity,
): Promise<FoundReply> {
  const found: FoundReply = { messages: [], files: [] };
  for await (const message of messagesOf(api, thread)) {
    if (!isOwn(message, self)) continue;
    const files = (message.files ?? []).flatMap((file) =>
      file.name?.includes(ref) ? [{ id: file.id, name: file.name, ts: message.ts }] : [],
    );
    found.files.push(...files);
    if (carries(message, ref)) found.messages.push({ ts: message.ts, streaming: isStream(message) });
  }
  found.messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  return found;
}

function carries(message: ThreadMessage, ref: string): boolean {
  const { metadata } = message;
  if (metadata != null) return metadata.event_type === REPLY_METADATA_TYPE && metadata.event_payload.ref === ref;
  return JSON.stringify([message.text ?? '', message.blocks ?? []]).includes(draftMark(ref));
}

function isStream(message: ThreadMessage): boolean {
  return message.metadata == null || message.streaming_state === 'in_progress';
}

async function* messagesOf(api: SlackApi, thread: SlackThread): AsyncGenerator<ThreadMessage> {
  const method = thread.threadTs === null ? 'conversations.history' : 'conversations.replies';
  let cursor: string | null = '';
  for (let page = 0; page < (thread.threadTs === null ? 1 : MAX_PAGES) && cursor !== null; page += 1) {
    const answer = threadMessages.parse(
      await api.call(method, {
        channel: thread.channel,
        ...(thread.threadTs === null ? {} : { ts: thread.threadTs }),
        include_all_metadata: true,
        limit: PAGE_SIZE,
        ...(cursor === '' ? {} : { cursor }),
      }),
    );
    yield* answer.messages;
    cursor = answer.response_metadata?.next_cursor || null;
  }
}
