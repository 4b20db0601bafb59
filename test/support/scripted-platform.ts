// A chat platform in memory that tests assert on: people's messages, the bot's posts and edits, files; kept in a file when it must outlive a crash.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Control } from '../../bot/contract.ts';

export interface StoredPost {
  id: string;
  thread: string;
  key: string;
  text: string;
  /** Null until finished or failed. */
  outcome: 'finished' | 'failed' | null;
  controls: readonly Control[];
  pictures: { name: string; alt: string; base64: string }[];
  files: { name: string; base64: string }[];
  /** What of a film an adapter with a viewer was given. */
  film: { hasOverlay: boolean; findings: number } | null;
  privateTo: string | null;
  /** Shown as no longer part of the conversation. */
  isOutdated?: boolean;
  /** Writes that this post took, and how many of them came after it was finished. */
  writes: number;
  finishes: number;
}

export interface StoredFile {
  id: string;
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

export interface ScriptedPlatform {
  readonly posts: Map<string, StoredPost>;
  readonly files: Map<string, StoredFile>;
  /** Every text that was visible in a post at some time, oldest first. */
  readonly history: { post: string; text: string }[];
  /** Posts of one thread, oldest first. */
  thread(thread: string): StoredPost[];
  save(post: StoredPost): void;
  /** Called before every write; throws or waits to play a fault. */
  beforeWrite: (() => Promise<void>) | null;
  /** Called before every file is served. */
  beforeRead: ((file: StoredFile) => Promise<void>) | null;
}

/** With `path` every write is on disk before it is acknowledged, and a new platform over the same path knows it. */
export function createScriptedPlatform(path?: string): ScriptedPlatform {
  const posts = new Map<string, StoredPost>();
  if (path !== undefined && existsSync(path)) {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      const post = JSON.parse(line) as StoredPost;
      posts.set(post.id, post);
    }
  }
  const files = new Map<string, StoredFile>();
  // A test that starts the bot as a process of its own puts the platform's files beside its posts.
  if (path !== undefined && existsSync(`${path}.files`)) {
    const stored = JSON.parse(readFileSync(`${path}.files`, 'utf8')) as (Omit<StoredFile, 'bytes'> & {
      bytes: string;
    })[];
    for (const file of stored)
      files.set(file.id, { ...file, bytes: new Uint8Array(Buffer.from(file.bytes, 'base64')) });
  }
  const history: { post: string; text: string }[] = [];
  return {
    posts,
    files,
    history,
    thread: (thread) => [...posts.values()].filter((post) => post.thread === thread),
    save(post) {
      posts.set(post.id, post);
      history.push({ post: post.id, text: post.text });
      if (path !== undefined) appendFileSync(path, `${JSON.stringify(post)}\n`);
    },
    beforeWrite: null,
    beforeRead: null,
  };
}
