// The Slack messages that carry one reply: brought in line with what it should say by posting, editing and deleting.
import type { SlackIdentity } from './inbound-message.ts';
import { posted } from './payloads.ts';
import type { OutgoingMessage } from './render.ts';
import { findReply, replyMetadata } from './reply-search.ts';
import { type CallOptions, type SlackApi, slackErrorCode } from './slack-api.ts';
import type { SlackThread } from './thread-id.ts';

export interface PostedMessages {
  /** Makes the messages say exactly `wanted`, in order; surplus ones are deleted. `draft` tries once and may give up. */
  show(wanted: readonly OutgoingMessage[], options?: { draft?: boolean }): Promise<void>;
  /** A native stream that now carries a part. */
  adopt(ts: string): void;
  /** Takes all other messages away; what Slack does not delete now goes with the next `show`. */
  keepOnly(ts: string): Promise<void>;
  /** After an answer of Slack that got lost: takes in a message of this reply that is there although we do not know it. */
  adoptLost(): Promise<void>;
  /** The stream is over: from now on the message is edited like any other. */
  markStopped(ts: string): void;
  count(): number;
}

interface Message {
  ts: string;
  /** What it says, as sent; empty where unknown. */
  shown: string;
  streaming: boolean;
}

const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found']);
const NOT_STREAMING = new Set(['message_not_in_streaming_state', 'message_not_found', 'message_not_owned_by_app']);

export function createPostedMessages(options: {
  api: SlackApi;
  self: SlackIdentity;
  thread: SlackThread;
  ref: string;
  found: readonly { ts: string; streaming: boolean }[];
}): PostedMessages {
  const { api, thread, ref } = options;
  const messages: Message[] = options.found.map((each) => ({ ...each, shown: '' }));
  /** A call was given up without an answer and had not taken effect when we looked: it may do so later. */
  let mayComeLate = false;

  async function post(message: OutgoingMessage, call: CallOptions): Promise<string> {
    const answer = await api.call(
      'chat.postMessage',
      {
        channel: thread.channel,
        ...(thread.threadTs === null ? {} : { thread_ts: thread.threadTs }),
        ...body(message),
      },
      { ...call, recover: recoverPost },
    );
    return posted.parse(answer).ts;
  }

  /** After an answer that got lost: the message of this reply that we do not know yet, if there is one. */
  async function recoverPost(): Promise<Record<string, unknown> | null> {
    const [lost] = await unknown();
    if (lost === undefined) mayComeLate = true;
    return lost === undefined ? null : { ts: lost.ts };
  }

  /** Messages of this reply that are there although we do not know them. */
  async function unknown(): Promise<{ ts: string; streaming: boolean }[]> {
    const known = new Set(messages.map((each) => each.ts));
    return (await findReply(api, thread, ref, options.self)).messages.filter((each) => !known.has(each.ts));
  }

  async function takeInLate(): Promise<void> {
    for (const late of await unknown()) messages.push({ ...late, shown: '' });
    mayComeLate = false;
  }

  function body(message: OutgoingMessage): Record<string, unknown> {
    return {
      text: message.text,
      blocks: message.blocks,
      metadata: replyMetadata(ref),
      parse: 'none',
      unfurl_links: false,
      unfurl_media: false,
    };
  }

  async function edit(message: Message, wanted: OutgoingMessage, call: CallOptions): Promise<void> {
    if (message.streaming) await stop(message);
    const shown = JSON.stringify(wanted);
    if (message.shown === shown) return;
    try {
      await api.call('chat.update', { channel: thread.channel, ts: message.ts, ...body(wanted) }, call);
    } catch (error) {
      const code = slackErrorCode(error);
      if (code === null || !GONE.has(code)) throw error;
      message.ts = await post(wanted, call);
    }
    message.shown = shown;
  }

  async function stop(message: Message): Promise<void> {
    try {
      await api.call('chat.stopStream', { channel: thread.channel, ts: message.ts, metadata: replyMetadata(ref) });
    } catch (error) {
      const code = slackErrorCode(error);
      if (code === null || !NOT_STREAMING.has(code)) throw error;
    }
    message.streaming = false;
  }

  async function remove(message: Message, call: CallOptions): Promise<void> {
    try {
      await api.call('chat.delete', { channel: thread.channel, ts: message.ts }, call);
    } catch (error) {
      if (slackErrorCode(error) !== 'message_not_found') throw error;
    }
  }

  return {
    async show(wanted, { draft = false } = {}) {
      const call: CallOptions = draft ? { attempts: 1 } : {};
      for (const [index, message] of wanted.entries()) {
        const carrier = messages[index];
        if (carrier !== undefined) await edit(carrier, message, call);
        else messages.push({ ts: await post(message, call), shown: JSON.stringify(message), streaming: false });
      }
      if (mayComeLate && !draft) await takeInLate();
      for (let last = messages.at(-1); last !== undefined && messages.length > wanted.length; last = messages.at(-1)) {
        await remove(last, call);
        messages.pop();
      }
    },
    adopt(ts) {
      messages.push({ ts, shown: '', streaming: true });
    },
    async keepOnly(ts) {
      messages.sort((a, b) => Number(b.ts === ts) - Number(a.ts === ts));
      while (messages.length > 1) {
        const last = messages.at(-1);
        if (
          last === undefined ||
          !(await remove(last, { attempts: 2 }).then(
            () => true,
            () => false,
          ))
        )
          return;
        messages.pop();
      }
    },
    async adoptLost() {
      const lost = await recoverPost();
      if (lost !== null) messages.push({ ts: posted.parse(lost).ts, shown: '', streaming: true });
    },
    markStopped(ts) {
      for (const message of messages) if (message.ts === ts) message.streaming = false;
    },
    count: () => messages.length,
  };
}
