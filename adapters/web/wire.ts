// What the reading room's server and its page say to each other: types only, shared by both sides, so neither can drift.
import type { Control, FilmFinding } from '../../bot/contract.ts';

/** `draft`: growing now. `interrupted`: the server stopped while it grew; the core takes it up again by itself. */
export type PostState = 'draft' | 'interrupted' | 'done' | 'failed';

export interface PageFilm {
  /** Index of the image in the conversation, from 0. */
  image: number;
  /** Blob ids, fetched from `/api/threads/{thread}/blobs/{id}`. */
  png: string;
  overlay: string | null;
  findings: readonly FilmFinding[];
}

export interface PageFile {
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
}

export interface PagePicture {
  id: string;
  name: string;
  alt: string;
  /** In pixels, so that the page leaves room for it; absent in posts of before 2026-12. */
  width?: number;
  height?: number;
}

export interface PagePost {
  id: string;
  author: { id: string; name: string; isBot: boolean };
  /** Unix time in milliseconds. */
  at: number;
  text: string;
  state: PostState;
  /** One plain sentence when `state` is `failed`. */
  failure: string | null;
  /** What was uploaded with the post; file names never leave the browser that they came from. */
  attachments: readonly { id: string; kind: string; size: number }[];
  controls: readonly Control[];
  pictures: readonly PagePicture[];
  files: readonly PageFile[];
  film: PageFilm | null;
  /** Id of the only person who sees this post; null for everybody. */
  privateTo: string | null;
  /** Post that this one answers. */
  answers: string | null;
  /** It holds a model's words; absent in posts of before 2026-12, which count as drafts. */
  isDraft?: boolean;
  /** An answer that is no longer part of the conversation: an earlier one was given anew. */
  isOutdated?: boolean;
  /** Who found the answer helpful (true) or not (false), by person id. */
  feedback: Readonly<Record<string, boolean>>;
}

export interface ThreadSummary {
  id: string;
  title: string;
  createdAt: number;
  updatedAt: number;
  /** When the retention period takes the conversation away, Unix time in milliseconds. */
  keptUntil: number;
  films: number;
  /** True while the bot is writing. */
  busy: boolean;
}

export interface ThreadView {
  thread: ThreadSummary;
  posts: readonly PagePost[];
  /** Event id up to which this view is complete. */
  asOf: string;
}

/** What is always in sight: who drafts here, and that it is no diagnosis. */
export interface AboutBundle {
  /** Name and version of the bundle, e.g. `micro 1.0.0`. */
  bundle: string;
  /** Hash that identifies the weights. */
  hash?: string;
  intendedUse: string;
}

export interface Hello {
  person: { id: string; name: string };
  csrf: string;
  /** Null while the models are still being loaded; `/api/about` waits for it. */
  about: AboutBundle | null;
  samples: readonly string[];
  suggestions: readonly string[];
  limits: { maxBytes: number; maxFiles: number; maxTextLength: number };
  /** How long a conversation is kept. */
  retentionMs: number;
  threads: readonly ThreadSummary[];
  asOf: string;
}

export type RoomEvent =
  | { type: 'thread'; thread: ThreadSummary }
  | { type: 'forgotten'; id: string; sentence: string }
  | { type: 'post'; id: string; post: PagePost }
  | { type: 'post-removed'; id: string; post: string }
  /** The post's text is its first `from` UTF-16 code units, then `text`. */
  | { type: 'text'; id: string; post: string; from: number; text: string };

export interface SendMessage {
  /** Made by the page; sending the same id twice is sending once. */
  id: string;
  text: string;
  attachments: readonly string[];
}

export interface SendAction {
  id: string;
  action: string;
  post: string;
  value?: string;
  /** What was filled in, where the button carries a form. */
  fields?: Readonly<Record<string, string>>;
}

export interface RefusedBody {
  error: { code: string; sentence: string };
}
