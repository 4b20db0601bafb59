// The platform itself: threads and posts, who sees which, and every change sent on to the open pages. It knows no HTTP and no core.
import { randomUUID } from 'node:crypto';
import type { Place, ReplyContent } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { checkForms } from '../shared/form.ts';
import type { ConversationStore, StoredPost, ThreadDocument } from './conversation-store.ts';
import type { EventStream } from './event-stream.ts';
import type { PageFile, PagePicture, PagePost, ThreadSummary, ThreadView } from './wire.ts';

export const channel = 'reading-room';
const prefix = `web:${channel}:`;
const newTitle = 'New conversation';
const maxTitleLength = 60;

export interface Room {
  placeOf(document: ThreadDocument): Place;
  documentOf(place: Place): Promise<ThreadDocument | undefined>;
  /** True if the thread was forgotten while this process ran: late answers to it go nowhere. */
  wasForgotten(place: Place): boolean;
  create(): Promise<ThreadDocument>;
  addPost(document: ThreadDocument, post: Partial<StoredPost> & Pick<StoredPost, 'author'>): Promise<StoredPost>;
  /** Stores a post that was changed in place and shows it to those who may see it. */
  changed(document: ThreadDocument, post: StoredPost): Promise<void>;
  removePost(document: ThreadDocument, post: StoredPost): Promise<void>;
  putContent(document: ThreadDocument, post: StoredPost, content: ReplyContent): Promise<void>;
  /** Removes every trace of the thread from the store and from the open pages. */
  forget(document: ThreadDocument): Promise<void>;
  view(document: ThreadDocument, person: string): ThreadView;
  announce(document: ThreadDocument): void;
  search(query: string, person: string): Promise<ThreadSummary[]>;
}

export const maySee = (post: PagePost, person: string) => post.privateTo === null || post.privateTo === person;

/** What may stand in a title that everybody sees: of a command only the title that it gives. */
function wordsOf(text: string): string {
  const isCommand = /^\s*(?:\/|case new\b)/i.test(text);
  const given = isCommand ? (/\btitle:\s*([^;\n]+)/i.exec(text)?.[1] ?? '') : text;
  return given.replace(/\s+/g, ' ').trim();
}

/** A PNG's own size, which its first chunk gives (https://www.w3.org/TR/png-3/#11IHDR). */
function sizeOf(png: Uint8Array): { width: number; height: number } | undefined {
  if (png.byteLength < 24) return undefined;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Cut at a word, with a sign that there is more. */
function titleOf(text: string): string {
  const title = (text[0] ?? '').toUpperCase() + text.slice(1);
  if (title.length <= maxTitleLength) return title;
  const cut = title.slice(0, maxTitleLength - 1);
  const word = cut.replace(/\s+\S*$/, '');
  return `${(word === '' ? cut : word).replace(/[\s,;:.]+$/, '')}…`;
}

/** `isShared`: people log in to write in each other's threads, so a message can be meant for another person. Unshared threads too can be read from several browsers. */
export function createRoom(store: ConversationStore, events: EventStream, options: { isShared: boolean }): Room {
  const forgotten = new Set<string>();

  const announce = (document: ThreadDocument) => events.send({ type: 'thread', thread: store.summary(document) });

  function forPage({ key: _, ...post }: StoredPost): PagePost {
    return post;
  }

  function blobsOf(post: StoredPost): string[] {
    const film = post.film ? [post.film.png, ...(post.film.overlay === null ? [] : [post.film.overlay])] : [];
    return [...film, ...post.pictures.map(({ id }) => id), ...post.files.map(({ id }) => id)];
  }

  async function changed(document: ThreadDocument, post: StoredPost): Promise<void> {
    titleFrom(document, post);
    document.updatedAt = Date.now();
    await store.save(document);
    events.send({ type: 'post', id: document.id, post: forPage(post) }, post.privateTo);
    announce(document);
  }

  function titleFrom(document: ThreadDocument, post: StoredPost): void {
    if (document.titledBy !== null && (document.titledBy !== post.id || post.author.isBot)) return;
    const words = post.author.isBot ? '' : wordsOf(post.text);
    // What one person alone sees of a film names nothing for the others.
    const film = post.privateTo === null ? post.film : null;
    const findings = film?.findings.length === 0 ? undefined : film?.findings;
    const present = findings?.filter(({ probability, threshold }) => (probability ?? -1) >= (threshold ?? 1));
    const title = words || (present && (present.map(({ label }) => label).join(', ') || 'Nothing above threshold'));
    if (!title) return;
    document.title = titleOf(title);
    document.titledBy = post.id;
  }

  /** Pictures and film stay where the new content names none; what it replaces is erased. */
  async function putContent(document: ThreadDocument, post: StoredPost, content: ReplyContent): Promise<void> {
    checkForms(content.controls ?? []);
    const earlier = blobsOf(post);
    const put = async (bytes: Uint8Array) => {
      const id = randomUUID();
      await store.putBlob(document, id, bytes);
      return id;
    };
    const { film } = content;
    if (film) {
      const { image, findings } = film;
      const png = await put(film.png);
      post.film = { image, png, overlay: film.overlay === null ? null : await put(film.overlay), findings };
      post.pictures = [];
    } else if (content.pictures) {
      post.film = null;
      const pictures: PagePicture[] = [];
      for (const { png, name, alt } of content.pictures)
        pictures.push({ id: await put(png), name, alt, ...sizeOf(png) });
      post.pictures = pictures;
    }
    const files: PageFile[] = [];
    for (const { bytes, name, mediaType } of content.files ?? []) {
      files.push({ id: await put(bytes), name, mediaType, size: bytes.byteLength });
    }
    post.files = files;
    post.controls = content.controls ?? [];
    Object.assign(post, { text: content.text, state: 'done', failure: null, isDraft: content.isDraft === true });
    const title = content.title?.replace(/\s+/g, ' ').trim();
    if (title) Object.assign(document, { title: titleOf(title), titledBy: post.id });
    const kept = blobsOf(post);
    const replaced = earlier.filter((id) => !kept.includes(id));
    if (replaced.length > 0) await store.removeBlobs(document, replaced);
    await changed(document, post);
  }

  return {
    announce,
    changed,
    putContent,
    placeOf: (document) => ({ thread: prefix + document.id, channel, space: '', isDirect: !options.isShared }),
    documentOf: (place) => store.get(place.thread.slice(prefix.length)),
    wasForgotten: (place) => forgotten.has(place.thread.slice(prefix.length)),
    async create() {
      const now = Date.now();
      const document: ThreadDocument = {
        id: randomUUID(),
        title: newTitle,
        titledBy: null,
        createdAt: now,
        updatedAt: now,
        posts: [],
        blobs: [],
      };
      await store.add(document);
      announce(document);
      return document;
    },
    async addPost(document, given) {
      const post: StoredPost = {
        id: randomUUID(),
        at: Date.now(),
        text: '',
        state: 'done',
        failure: null,
        attachments: [],
        controls: [],
        pictures: [],
        files: [],
        film: null,
        privateTo: null,
        answers: null,
        feedback: {},
        key: null,
        ...given,
      };
      document.posts.push(post);
      await changed(document, post);
      return post;
    },
    async removePost(document, post) {
      document.posts = document.posts.filter(({ id }) => id !== post.id);
      if (document.titledBy === post.id) Object.assign(document, { title: newTitle, titledBy: null });
      await store.removeBlobs(document, blobsOf(post));
      events.send({ type: 'post-removed', id: document.id, post: post.id });
      announce(document);
    },
    async forget(document) {
      forgotten.add(document.id);
      try {
        const removed = await store.remove(document.id);
        const sentence = `Forgotten: ${removed} stored ${removed === 1 ? 'item was' : 'items were'} erased, and nothing of this conversation is left here.`;
        events.send({ type: 'forgotten', id: document.id, sentence });
      } catch (cause) {
        const sentence = 'The conversation could not be removed completely; please tell the operator.';
        throw new CxrError('store-failed', sentence, { cause });
      }
    },
    view: (document, person) => ({
      thread: store.summary(document),
      posts: document.posts.filter((post) => maySee(post, person)).map(forPage),
      asOf: events.lastId(),
    }),
    async search(query, person) {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean);
      const found: ThreadSummary[] = [];
      for (const summary of store.list()) {
        const document = await store.get(summary.id);
        const posts = document?.posts.filter((post) => maySee(post, person)) ?? [];
        const text = [summary.title, ...posts.map((post) => post.text)].join('\n').toLowerCase();
        if (words.every((word) => text.includes(word))) found.push(summary);
      }
      return found;
    },
  };
}
