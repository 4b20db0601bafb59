// An upload arrives as a message and as `file_shared`; the message is the event, and a `file_shared` that stays alone is looked up.
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { Recent } from '../shared/recent.ts';
import { fileInfo, type fileSharedEvent, type SlackMessageEvent, threadMessages } from './payloads.ts';
import { type SlackApi, slackErrorCode } from './slack-api.ts';

/** Slack's errors that say that there is nothing to read for us. */
const INVISIBLE = new Set([
  'file_not_found',
  'file_deleted',
  'access_denied',
  'channel_not_found',
  'not_in_channel',
  'thread_not_found',
]);
const POLL_MS = 100;

/**
 * The message that carries the file, as if its event had come; null when that event did come, or when there is none to see.
 * Throws if Slack cannot be asked: the event then stays unacknowledged and comes again.
 */
export async function messageOfSharedFile(
  event: z.infer<typeof fileSharedEvent>,
  context: { api: SlackApi; seenFiles: Recent<unknown>; graceMs: number },
): Promise<SlackMessageEvent | null> {
  const { api, seenFiles, graceMs } = context;
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    if (seenFiles.has(event.file_id)) return null;
    await sleep(Math.min(POLL_MS, graceMs));
  }
  try {
    const { file } = fileInfo.parse(await api.call('files.info', { file: event.file_id }, { attempts: 2 }));
    const shares = [file.shares?.public, file.shares?.private].flatMap((each) => each?.[event.channel_id] ?? []);
    const share = shares[0];
    if (share === undefined || seenFiles.has(event.file_id)) return null;
    const message = await fetchMessage(api, event.channel_id, share.ts, share.thread_ts ?? null);
    return message === null ? null : { ...message, type: 'message', channel: event.channel_id };
  } catch (error) {
    if (INVISIBLE.has(slackErrorCode(error) ?? '')) return null;
    throw error;
  }
}

async function fetchMessage(api: SlackApi, channel: string, ts: string, threadTs: string | null) {
  const range = { channel, oldest: ts, latest: ts, inclusive: true, limit: 1 };
  const answer =
    threadTs === null || threadTs === ts
      ? await api.call('conversations.history', range, { attempts: 2 })
      : await api.call('conversations.replies', { ...range, ts: threadTs, limit: 2 }, { attempts: 2 });
  return threadMessages.parse(answer).messages.find((message) => message.ts === ts) ?? null;
}
