// Native streaming as Slack does it: append-only, a recipient in channels, over after a lifetime, not editable while it runs.
import { blockError } from './block-limits.ts';
import type { StoredMessage } from './store.ts';
import { type Answer, type ApiSurroundings, type Args, failure, json, type Method } from './web-api.ts';

const MAX_MARKDOWN_LENGTH = 12_000;

export function streamMethods(around: ApiSurroundings): Record<string, Method> {
  const { store } = around;

  /** The open stream, or Slack's answer that there is none. */
  function running(args: Args): StoredMessage | null {
    const message = store.find(args.channel ?? '', args.ts ?? '');
    if (message?.streaming_state !== 'in_progress') return null;
    if (Date.now() - (message.streamStartedAt ?? 0) > around.streamLifetimeMs()) {
      message.streaming_state = 'errored';
      return null;
    }
    return message;
  }

  /** Markdown and blocks of a call, whichever way they were given. */
  function pieces(args: Args): { text: string; blocks: unknown[] } {
    const chunks = json<{ type: string; text?: string; blocks?: unknown[] }[]>(args.chunks) ?? [];
    const text = chunks.map((chunk) => (chunk.type === 'markdown_text' ? (chunk.text ?? '') : '')).join('');
    return { text: (args.markdown_text ?? '') + text, blocks: chunks.flatMap((chunk) => chunk.blocks ?? []) };
  }

  function grow(message: StoredMessage, args: Args): Answer | null {
    const { text: more, blocks } = pieces(args);
    if (blockError(blocks, 50) !== null) return failure('invalid_chunks');
    if (blocks.length > 0) message.streamBlocks = [...(message.streamBlocks ?? []), ...blocks];
    if (more.length > MAX_MARKDOWN_LENGTH) return failure('msg_too_long');
    message.text += more;
    message.history.push(message.text);
    return null;
  }

  return {
    'chat.startStream': (args) => {
      if (args.thread_ts === undefined) return failure('thread_not_found');
      if (store.closedChannels.has(args.channel ?? '')) return failure('not_in_channel');
      const direct = args.channel?.startsWith('D') ?? false;
      if (!direct && (args.recipient_user_id === undefined || args.recipient_team_id === undefined))
        return failure('missing_recipient_user_id');
      const message = store.add({
        channel: args.channel ?? '',
        ts: store.nextTs(),
        thread_ts: args.thread_ts,
        user: store.bot.user,
        bot_id: store.bot.bot,
        text: '',
        streaming_state: 'in_progress',
        streamStartedAt: Date.now(),
      });
      const refused = grow(message, args);
      if (refused === null) return { ok: true, channel: message.channel, ts: message.ts };
      message.deleted = true;
      return refused;
    },
    'chat.appendStream': (args) => {
      const message = running(args);
      if (message === null) return failure('message_not_in_streaming_state');
      return grow(message, args) ?? { ok: true, channel: message.channel, ts: message.ts };
    },
    'chat.stopStream': (args) => {
      const message = running(args);
      if (message === null) return failure('message_not_in_streaming_state');
      const refused = grow(message, args);
      if (refused !== null) return refused;
      message.streaming_state = 'completed';
      const metadata = json<StoredMessage['metadata']>(args.metadata);
      if (metadata !== undefined) message.metadata = metadata;
      return { ok: true, channel: message.channel, ts: message.ts };
    },
  };
}
