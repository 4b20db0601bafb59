// One reply in a thread: drafts as they grow (streamed or edited), then the whole answer with its buttons and pictures.
import type { Control, Log, Reply, ReplyContent } from '../../bot/contract.ts';
import type { DraftThrottle } from '../shared/throttle.ts';
import { controlBlocks } from './controls.ts';
import { removeUploads, type Upload, type UploadTarget, uploadFiles, uploadName } from './file-upload.ts';
import { createNativeStream, type NativeStream, segments } from './native-stream.ts';
import { createPostedMessages } from './posted-messages.ts';
import { toMessage } from './render.ts';
import type { FoundReply } from './reply-search.ts';
import { retryAfterOf, slackErrorCode } from './slack-api.ts';

export interface ReplyParts {
  post: string;
  /** Short name of the reply: in its draft mark, metadata and file names. */
  ref: string;
  target: UploadTarget;
  found: FoundReply;
  throttle: DraftThrottle;
  /** Null where Slack cannot stream to anybody. */
  recipient: { userId: string; teamId: string } | null;
  rollOverMs: number;
  log: Log;
}

const UPLOAD_FAILED = 'The picture or file that belongs here could not be uploaded to Slack.';
/** All native streams of a workspace share one rate limit. */
const STREAM_LANE = 'streams';

export function createReply(parts: ReplyParts): Reply {
  const { post, ref, target, throttle, log } = parts;
  const { api, thread } = target;
  const messages = createPostedMessages({ api, self: target.self, thread, ref, found: parts.found.messages });
  const uploaded = new Set(parts.found.files.map((file) => file.name));
  const stream = openStream();
  /** Receipts and notices replace each other and are edited; a text that grows is streamed until streaming fails or the text is done. */
  let state: 'notices' | 'streaming' | 'edited' = stream === null ? 'edited' : 'notices';
  let newest = { number: 0, text: '' };
  let writing: Promise<unknown> = Promise.resolve();

  function openStream(): NativeStream | null {
    const { threadTs } = thread;
    // What was found after a crash is edited: its stream is over or cannot be read back.
    if (parts.recipient === null || threadTs === null || messages.count() > 0) return null;
    const { recipient, rollOverMs } = parts;
    return createNativeStream({ api, messages, thread: { ...thread, threadTs }, ref, recipient, rollOverMs });
  }

  /** One write at a time, in the order in which they were wanted. */
  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const done = writing.then(write);
    writing = done.catch(() => undefined);
    return done;
  }

  async function showDraft(text: string, controls: readonly Control[]): Promise<void> {
    const buttons = controlBlocks(controls, post, { topLevel: thread.threadTs === null });
    if (state === 'streaming' && stream !== null) {
      try {
        await stream.write(text, buttons);
        return;
      } catch (error) {
        log.warn({ err: error, slack: slackErrorCode(error) }, 'native streaming ended; editing the message instead');
        await endStream();
      }
    }
    const isFirst = messages.count() === 0;
    const drafts = segments(text, stream?.cuts(text) ?? []);
    await messages.show(
      drafts.map((part, index) =>
        toMessage(part, index === drafts.length - 1 ? { draft: ref, controls: buttons } : {}),
      ),
      { draft: !isFirst },
    );
  }

  async function endStream(): Promise<void> {
    const wasOpen = state === 'streaming';
    state = 'edited';
    if (wasOpen) await stream?.stop();
  }

  async function showWhole(text: string, content: ReplyContent): Promise<void> {
    newest = { number: newest.number + 1, text: '' };
    await throttle.settle(post);
    await inTurn(async () => {
      await endStream();
      const controls = controlBlocks(content.controls ?? [], post, { topLevel: thread.threadTs === null });
      const pieces = segments(text, stream?.cuts(text) ?? []);
      const texts = pieces.length === 0 ? [''] : pieces;
      await messages.show(texts.map((part, index) => toMessage(part, index === texts.length - 1 ? { controls } : {})));
    });
  }

  async function showUploads(content: ReplyContent): Promise<void> {
    if (content.pictures?.length === 0 && uploaded.size > 0) {
      await removeUploads(target, (name) => name.endsWith('.png'));
      for (const name of uploaded) if (name.endsWith('.png')) uploaded.delete(name);
    }
    const wanted = uploadsOf(content, ref).filter((upload) => !uploaded.has(upload.name));
    await uploadFiles(target, wanted);
    for (const upload of wanted) uploaded.add(upload.name);
  }

  return {
    post,
    async update(text, controls = []) {
      if (text.trim() === '') return;
      const isGrowing = newest.text !== '' && text.startsWith(newest.text) && text !== newest.text;
      if (state === 'notices' && isGrowing) state = 'streaming';
      newest = { number: newest.number + 1, text };
      const { number } = newest;
      // A draft that is not the newest any more is left out, wherever it waited.
      const send = (): Promise<void> =>
        inTurn(async () => (number === newest.number ? showDraft(text, controls) : undefined));
      if (number === 1) {
        // The receipt: people wait for it, so it neither waits for other replies' edits nor gives up early.
        await send().catch((error: unknown) => log.error({ err: error }, 'a receipt was not shown'));
        return;
      }
      const lane = state === 'streaming' ? STREAM_LANE : `edits ${thread.channel}`;
      throttle.offer(lane, post, () =>
        send().catch((error: unknown) => {
          const retryAfterMs = retryAfterOf(error);
          if (retryAfterMs !== null) throttle.defer(lane, retryAfterMs);
          throw error;
        }),
      );
    },
    async finish(content) {
      await showWhole(content.text, content);
      try {
        await showUploads(content);
      } catch (error) {
        log.error({ err: error }, 'uploading to Slack failed');
        await showWhole(`${content.text}\n\n_${UPLOAD_FAILED}_`, content);
      }
    },
    async fail(sentence) {
      await showWhole(sentence, { text: sentence });
    },
  };
}

export function uploadsOf(content: ReplyContent, ref: string): Upload[] {
  const pictures = (content.pictures ?? []).map((picture) => ({
    bytes: picture.png,
    name: uploadName(picture.name, ref),
    title: picture.alt,
    alt: picture.alt,
  }));
  const files = (content.files ?? []).map((file) => ({
    bytes: file.bytes,
    name: uploadName(file.name, ref),
    title: file.name,
  }));
  return [...pictures, ...files];
}
