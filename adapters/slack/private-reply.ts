// Replies that one person alone sees: ephemeral where Slack can, otherwise in the direct conversation; files always in the latter.
import type { Log, Reply } from '../../bot/contract.ts';
import { isAllowedFileUrl } from '../shared/download.ts';
import { controlBlocks } from './controls.ts';
import { type UploadTarget, uploadFiles } from './file-upload.ts';
import { openedConversation } from './payloads.ts';
import { type OutgoingMessage, splitForSlack, toMessage } from './render.ts';
import { uploadsOf } from './reply.ts';
import { slackErrorCode } from './slack-api.ts';

export interface PrivateReplyParts {
  post: string;
  ref: string;
  target: UploadTarget;
  userId: string;
  /** Where a command may be answered even in channels that the bot is not in; five times within half an hour. */
  responseUrl: string | null;
  responseHosts: ReadonlySet<string>;
  log: Log;
}

/** Reasons why chat.postEphemeral cannot reach the person there, while a direct message can. */
const NOT_THERE = new Set([
  'not_in_channel',
  'channel_not_found',
  'user_not_in_channel',
  'is_archived',
  'messages_tab_disabled',
]);
const MAX_RESPONSES = 5;

export function createPrivateReply(parts: PrivateReplyParts): Reply {
  const { target, userId, log } = parts;
  let responses = 0;

  async function respond(message: OutgoingMessage): Promise<boolean> {
    if (parts.responseUrl === null || responses >= MAX_RESPONSES) return false;
    if (!isAllowedFileUrl(parts.responseUrl, parts.responseHosts)) return false;
    responses += 1;
    try {
      const response = await fetch(parts.responseUrl, {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message }),
        signal: AbortSignal.timeout(target.requestTimeoutMs),
      });
      await response.body?.cancel();
      return response.ok;
    } catch (error) {
      log.warn({ err: error }, 'answering through the response URL failed');
      return false;
    }
  }

  async function whisper(message: OutgoingMessage): Promise<void> {
    if (await respond(message)) return;
    const { channel, threadTs } = target.thread;
    try {
      await target.api.call('chat.postEphemeral', {
        channel,
        user: userId,
        ...(threadTs === null ? {} : { thread_ts: threadTs }),
        parse: 'none',
        ...message,
      });
    } catch (error) {
      if (!NOT_THERE.has(slackErrorCode(error) ?? '')) throw error;
      await target.api.call('chat.postMessage', {
        channel: await directChannel(),
        unfurl_links: false,
        parse: 'none',
        ...message,
      });
    }
  }

  async function directChannel(): Promise<string> {
    return openedConversation.parse(await target.api.call('conversations.open', { users: userId })).channel.id;
  }

  return {
    post: parts.post,
    // An ephemeral message cannot be edited: only the whole answer is shown.
    update: async () => undefined,
    async finish(content) {
      const controls = controlBlocks(content.controls ?? [], parts.post, { topLevel: target.thread.threadTs === null });
      const texts = splitForSlack(content.text);
      for (const [index, text] of texts.entries()) {
        await whisper(toMessage(text, index === texts.length - 1 ? { controls } : {}));
      }
      const uploads = uploadsOf(content, parts.ref);
      if (uploads.length === 0) return;
      await uploadFiles({ ...target, thread: { channel: await directChannel(), threadTs: null } }, uploads);
      await whisper(toMessage('I sent the file to you in a direct message.'));
    },
    async fail(sentence) {
      await whisper(toMessage(sentence));
    },
  };
}
