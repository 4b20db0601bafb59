// One answer that grows in a thread of the room: words go out as they come, at most 25 times a second; the store follows.
import type { Control, Reply } from '../../bot/contract.ts';
import type { ConversationStore, StoredPost, ThreadDocument } from './conversation-store.ts';
import type { EventStream } from './event-stream.ts';
import type { Room } from './room.ts';

const coalesceMs = 40;

/** `settled` hears when the reply is finished (true) or has failed, or answers a forgetting that keeps the conversation (false). */
export function createReplyPost(parts: {
  room: Room;
  store: ConversationStore;
  events: EventStream;
  document: ThreadDocument;
  post: StoredPost;
  onStoreError: (error: unknown) => void;
  settled: (done: boolean) => Promise<void>;
}): Reply {
  const { room, store, events, document, post } = parts;
  let sent = post.text;
  let timer: NodeJS.Timeout | null = null;

  function sendText(): void {
    timer = null;
    const from = commonLength(sent, post.text);
    if (from === sent.length && from === post.text.length) return;
    events.send({ type: 'text', id: document.id, post: post.id, from, text: post.text.slice(from) }, post.privateTo);
    sent = post.text;
  }

  function stopTimer(): void {
    if (timer) clearTimeout(timer);
    timer = null;
  }

  return {
    post: post.id,
    async update(text, controls = []) {
      post.text = text;
      delete post.isOutdated;
      if (post.state !== 'draft' || !sameControls(post.controls, controls)) {
        post.controls = controls;
        Object.assign(post, { state: 'draft', failure: null });
        stopTimer();
        sent = text;
        await room.changed(document, post);
        return;
      }
      timer ??= setTimeout(sendText, coalesceMs);
      store.saveSoon(document, parts.onStoreError);
    },
    async finish(content) {
      stopTimer();
      delete post.isOutdated;
      await room.putContent(document, post, content);
      await parts.settled(content.keepsPlace !== true);
    },
    async fail(sentence) {
      stopTimer();
      post.controls = [];
      Object.assign(post, { state: 'failed', failure: sentence });
      await room.changed(document, post);
      await parts.settled(false);
    },
  };
}

const sameControls = (a: readonly Control[], b: readonly Control[]) => JSON.stringify(a) === JSON.stringify(b);

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
