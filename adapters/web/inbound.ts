// Turns what the page sends into the core's events: posts, commands, buttons, edits, deletions, forgetting. Each id counts once.
import type { ActionName, Attachment, Author, InboundEvent, Receive } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { FORM_GONE, readFields } from '../shared/form.ts';
import type { ConversationStore, StoredPost, ThreadDocument } from './conversation-store.ts';
import { maySee, type Room } from './room.ts';
import type { Uploads } from './uploads.ts';
import type { SendAction, SendMessage } from './wire.ts';

export interface Inbound {
  message(document: ThreadDocument, author: Author, sent: SendMessage): Promise<void>;
  action(document: ThreadDocument, author: Author, sent: SendAction): Promise<void>;
  edit(document: ThreadDocument, author: Author, change: { id: string; post: string; text: string }): Promise<void>;
  remove(document: ThreadDocument, author: Author, change: { id: string; post: string }): Promise<void>;
  forget(document: ThreadDocument, author: Author, id: string): Promise<void>;
  /** What has to happen when the core has answered the event with this id. */
  answered(eventId: string | undefined, done: boolean): Promise<void>;
}

/** The core has this long to say that it forgot; then the room forgets on its own (the event is journalled by then). */
const forgetMs = 20_000;
const rememberedIds = 5000;
/** The words by which the core forgets; here they make the room forget with it. */
const forgetWords = /^(forget|forget this|forget this case|fall vergessen|vergiss diesen fall|vergessen)$/;
/** The first person that a message speaks to: somebody else, or the bot. */
const addressed = /(?:^|\s)@(cxr(?:-llava)?\b)?[\p{L}\p{N}_-]*/iu;
const command = /^\/(?:cxr\s+)?([a-z][a-z-]*)(?:\s+([\s\S]*))?$/i;

export function createInbound(parts: {
  room: Room;
  store: ConversationStore;
  uploads: Uploads;
  receive: Receive;
  onError: (error: unknown) => void;
}): Inbound {
  const { room, store, uploads, receive } = parts;
  const seen = new Map<string, Promise<void>>();
  const forgetting = new Map<string, { document: ThreadDocument; timer: NodeJS.Timeout | undefined }>();

  /** Runs `work` once per id; a second call with the same id ends as the first does, and so is told nothing that isn't so. A failed one may be tried again. */
  async function once(id: string, work: () => Promise<void>): Promise<void> {
    const known = seen.get(id);
    if (known !== undefined) return known;
    const running = work();
    seen.set(id, running);
    const [oldest] = seen.keys();
    if (seen.size > rememberedIds && oldest !== undefined) seen.delete(oldest);
    try {
      await running;
    } catch (error) {
      seen.delete(id);
      throw error;
    }
  }

  const base = (document: ThreadDocument, author: Author, id: string) => ({
    id,
    place: room.placeOf(document),
    author,
    at: Date.now(),
  });

  function ownPost(document: ThreadDocument, author: Author, id: string): StoredPost {
    const post = document.posts.find((candidate) => candidate.id === id && candidate.author.id === author.id);
    if (!post) throw new CxrError('not-allowed', 'Only your own messages can be changed.');
    return post;
  }

  /** Fields are taken only by the form that stands under the post now. */
  function filledIn(
    document: ThreadDocument,
    author: Author,
    sent: SendAction,
  ): { fields?: Readonly<Record<string, string>> } {
    const post = document.posts.find(({ id }) => id === sent.post);
    const controls = post && maySee(post, author.id) ? post.controls : [];
    const control = controls.find(({ action, value }) => action === sent.action && value === sent.value);
    if (control?.form === undefined && sent.fields === undefined) return {};
    if (control?.form === undefined || sent.fields === undefined) throw new CxrError('usage', FORM_GONE);
    const read = readFields(control.form, sent.fields);
    if (!read.ok) throw new CxrError('usage', read.sentence);
    return { fields: read.fields };
  }

  function takeAttachments(
    sent: SendMessage,
    person: string,
  ): { offered: Attachment[]; shown: StoredPost['attachments'] } {
    const found = sent.attachments.map((id) => uploads.find(id, person));
    const offered: Attachment[] = [];
    const shown: { id: string; kind: string; size: number }[] = [];
    for (const [index, upload] of found.entries()) {
      if (!upload) throw new CxrError('attachment-unavailable', 'A film is no longer here; please send it again.');
      const ending = upload.extension === '' ? '' : `.${upload.extension}`;
      offered.push({
        id: upload.id,
        // Not the file's own name: names of people and dates stand in it all too often.
        name: `film${found.length > 1 ? `-${index + 1}` : ''}${ending}`,
        mediaType: upload.mediaType,
        size: upload.bytes.byteLength,
        reference: null,
      });
      shown.push({ id: upload.id, kind: upload.extension.toUpperCase() || 'file', size: upload.bytes.byteLength });
    }
    return { offered, shown };
  }

  async function forget(document: ThreadDocument, event: InboundEvent): Promise<void> {
    const finish = async () => {
      forgetting.delete(event.id);
      await room.forget(document);
    };
    // A case belongs to all who answered in it: only the core knows whether this person takes it away or their own answers alone.
    const timer = isCase(document) ? undefined : setTimeout(() => void finish().catch(parts.onError), forgetMs);
    forgetting.set(event.id, { document, timer });
    try {
      await receive(event);
    } catch (error) {
      clearTimeout(timer);
      forgetting.delete(event.id);
      throw error;
    }
  }

  return {
    message: (document, author, sent) =>
      once(sent.id, async () => {
        if (document.posts.some(({ id }) => id === sent.id)) return;
        const [, name, argument] = command.exec(sent.text.trim()) ?? [];
        if (sent.attachments.length === 0 && (name === 'forget' || isForgetWord(sent.text))) {
          const event = { ...base(document, author, sent.id), attachments: [], name: 'forget', argument: '' };
          return forget(document, { ...event, kind: 'command' });
        }
        const { offered, shown } = takeAttachments(sent, author.id);
        const post = await room.addPost(document, {
          id: sent.id,
          author: { id: author.id, name: author.name ?? '', isBot: false },
          text: sent.text,
          attachments: shown,
          // As on other platforms nobody else sees what is typed into a command: a teacher types the expected findings.
          privateTo: name === undefined ? null : author.id,
        });
        const event = { ...base(document, author, sent.id), attachments: offered };
        const toOthers = addressed.exec(sent.text)?.[1] === undefined && addressed.test(sent.text);
        const text = sent.text.replace(/(^|\s)@cxr(-llava)?\b[,:]?\s*/i, '$1');
        try {
          await receive(
            name === undefined
              ? { ...event, kind: 'message', text, mentionsBot: !toOthers, mentionsOthers: toOthers }
              : { ...event, kind: 'command', name: name.toLowerCase(), argument: argument?.trim() ?? '' },
          );
        } catch (error) {
          await room.removePost(document, post);
          throw error;
        }
      }),
    action: (document, author, sent) =>
      once(sent.id, async () => {
        const event: InboundEvent = {
          ...base(document, author, sent.id),
          kind: 'action',
          action: sent.action as ActionName,
          post: sent.post,
          ...(sent.value === undefined ? {} : { value: sent.value }),
          ...filledIn(document, author, sent),
        };
        if (sent.action === 'forget') return forget(document, event);
        await receive(event);
        const post = document.posts.find(({ id }) => id === sent.post);
        if (post && (sent.action === 'helpful' || sent.action === 'not-helpful')) {
          post.feedback = { ...post.feedback, [author.id]: sent.action === 'helpful' };
          await room.changed(document, post);
        }
      }),
    edit: (document, author, change) =>
      once(change.id, async () => {
        const post = ownPost(document, author, change.post);
        await receive({ ...base(document, author, change.id), kind: 'edit', message: post.id, text: change.text });
        post.text = change.text;
        await room.changed(document, post);
      }),
    remove: (document, author, change) =>
      once(change.id, async () => {
        const post = ownPost(document, author, change.post);
        await receive({ ...base(document, author, change.id), kind: 'delete', message: post.id });
        await room.removePost(document, post);
      }),
    forget: (document, author, id) =>
      once(id, () =>
        forget(document, {
          ...base(document, author, id),
          kind: 'command',
          name: 'forget',
          argument: '',
          attachments: [],
        }),
      ),
    async answered(eventId, done) {
      const waiting = eventId === undefined ? undefined : forgetting.get(eventId);
      if (!waiting || eventId === undefined) return;
      clearTimeout(waiting.timer);
      forgetting.delete(eventId);
      if (done) await room.forget(waiting.document);
      else await store.save(waiting.document);
    },
  };
}

function isCase({ posts }: ThreadDocument): boolean {
  return posts.some(({ controls }) => controls.some(({ action }) => action.startsWith('case-')));
}

function isForgetWord(text: string): boolean {
  const plain = text.toLowerCase().replace(/[\p{P}\p{S}]+/gu, ' ');
  return forgetWords.test(plain.replace(/\s+/g, ' ').trim());
}
