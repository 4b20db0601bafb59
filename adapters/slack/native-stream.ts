// Slack's own streaming of a growing text: append-only, one message at a time, closed and begun anew before Slack ends it.
import type { types } from '@slack/bolt';
import { openFence } from '../shared/split-text.ts';
import { posted } from './payloads.ts';
import type { PostedMessages } from './posted-messages.ts';
import { draftMark, splitForSlack, toMessage, toStreamMarkdown } from './render.ts';
import { replyMetadata } from './reply-search.ts';
import { mayHaveHappened, type SlackApi, slackErrorCode } from './slack-api.ts';
import type { SlackThread } from './thread-id.ts';

/** Slack takes 12,000 characters a call (https://docs.slack.dev/reference/methods/chat.appendStream) and a message stays below that. */
const MAX_STREAM_LENGTH = 10_000;

export interface NativeStream {
  /** Shows the text so far, `buttons` above it. Throws when streaming cannot go on: the caller falls back to editing. */
  write(text: string, buttons: readonly types.KnownBlock[]): Promise<void>;
  /** Ends the open stream, if there is one; a stream that Slack has ended already is no error. */
  stop(): Promise<void>;
  /** Where the text was cut into messages by rolling over, as lengths of the text so far. */
  cuts(text: string): number[];
}

export function createNativeStream(options: {
  api: SlackApi;
  messages: PostedMessages;
  thread: SlackThread & { threadTs: string };
  ref: string;
  /** Slack shows the stream live to this person; required outside direct messages. */
  recipient: { userId: string; teamId: string };
  rollOverMs: number;
}): NativeStream {
  const { api, messages, thread, ref } = options;
  let open: { ts: string; startedAt: number; length: number } | null = null;
  /** What people have been shown so far, as given, and where messages begin in it. */
  let committed = '';
  const cuts: number[] = [];

  async function start(piece: string, buttons: readonly types.KnownBlock[]): Promise<void> {
    const markdown = `_${draftMark(ref)}_\n\n${piece}`;
    const { ts } = posted.parse(await startCall(buttons, markdown));
    open = { ts, startedAt: Date.now(), length: markdown.length };
    messages.adopt(ts);
    // The notice that stood there before the text began is not part of it.
    if (cuts.length === 0) await messages.keepOnly(ts);
  }

  /** A stream takes blocks only as a chunk; its order is the order on the screen. */
  async function startCall(buttons: readonly types.KnownBlock[], markdown: string): Promise<unknown> {
    const chunks = [
      { type: 'blocks', blocks: buttons },
      { type: 'markdown_text', text: markdown },
    ];
    try {
      return await api.call(
        'chat.startStream',
        {
          channel: thread.channel,
          thread_ts: thread.threadTs,
          recipient_user_id: options.recipient.userId,
          recipient_team_id: options.recipient.teamId,
          ...(buttons.length === 0 ? { markdown_text: markdown } : { chunks }),
        },
        { attempts: 1 },
      );
    } catch (error) {
      if (mayHaveHappened(error)) await messages.adoptLost();
      throw error;
    }
  }

  async function append(stream: { ts: string; length: number }, piece: string): Promise<void> {
    await api.call(
      'chat.appendStream',
      { channel: thread.channel, ts: stream.ts, markdown_text: piece },
      { attempts: 1 },
    );
    stream.length += piece.length;
  }

  async function stop(): Promise<void> {
    if (open === null) return;
    const { ts } = open;
    open = null;
    try {
      await api.call('chat.stopStream', { channel: thread.channel, ts, metadata: replyMetadata(ref) });
    } catch (error) {
      if (slackErrorCode(error) !== 'message_not_in_streaming_state') throw error;
    }
    messages.markStopped(ts);
  }

  /** Ends the message at the last whole sentence and gives the rest of what was said to the next one. */
  async function rollOver(text: string, buttons: readonly types.KnownBlock[]): Promise<void> {
    const from = cuts.at(-1) ?? 0;
    const cut = from + lastSentenceEnd(committed.slice(from));
    if (cut === from) throw new Error('no place to roll over');
    await stop();
    cuts.push(cut);
    await messages.show(segments(committed.slice(0, cut), cuts).map((part) => toMessage(part)));
    await start(toStreamMarkdown(text.slice(cut)), buttons);
  }

  return {
    async write(text, buttons) {
      if (!text.startsWith(committed)) throw new Error('the text so far was changed; a stream can only grow');
      const piece = toStreamMarkdown(text).slice(toStreamMarkdown(committed).length);
      if (open === null) await start(piece, buttons);
      else if (Date.now() - open.startedAt >= options.rollOverMs || open.length + piece.length > MAX_STREAM_LENGTH) {
        await rollOver(text, buttons);
      } else if (piece !== '') await append(open, piece);
      committed = text;
    },
    stop,
    cuts: (text) => (text.startsWith(committed.slice(0, cuts.at(-1) ?? 0)) ? [...cuts] : []),
  };
}

/** The messages of a text that is cut at `cuts` (and wherever a piece is too long for one). */
export function segments(text: string, cuts: readonly number[]): string[] {
  const bounds = [0, ...cuts.filter((cut) => cut < text.length), text.length];
  return bounds.slice(1).flatMap((end, index) => splitForSlack(text.slice(bounds[index], end).trim()));
}

/** Length up to the last sentence or paragraph end that leaves no code fence open; 0 if there is none. */
function lastSentenceEnd(text: string): number {
  const ends = [...text.matchAll(/[.!?]\s+|\n{2,}/g)].map((match) => match.index + match[0].length).reverse();
  return ends.find((end) => openFence(text.slice(0, end)) === null) ?? 0;
}
