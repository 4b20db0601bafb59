// What the page knows: the conversations, the open one with its posts, and the connection; kept right by the server's events.
import type { AboutBundle, Hello, PageFilm, PagePost, RoomEvent, ThreadSummary } from '../wire.ts';
import * as api from './api.ts';
import { type Connection, type ConnectionState, createConnection } from './connection.ts';

export interface FilmInThread {
  post: string;
  film: PageFilm;
}

interface Topics {
  threads: undefined;
  /** Another conversation was opened, or the open one was loaded afresh. */
  opened: undefined;
  posts: undefined;
  /** Words were added to this post. */
  text: PagePost;
  connection: ConnectionState;
  forgotten: { id: string; sentence: string };
  /** The models are loaded, or cannot be. */
  about: undefined;
  /** A post was finished by the bot just now, for announcing it. */
  finished: PagePost;
}

export interface RoomState {
  readonly hello: Hello;
  readonly threads: ReadonlyMap<string, ThreadSummary>;
  /** Id of the open conversation; null while a new one is being started. */
  readonly openId: string | null;
  readonly loading: boolean;
  /** Why the open conversation could not be loaded. */
  readonly problem: string | null;
  /** What became of the conversation that stood here: said until another one is opened. */
  readonly gone: string | null;
  readonly posts: readonly PagePost[];
  readonly connection: Connection;
  /** Who writes here; null while the models are being loaded. */
  readonly about: AboutBundle | null;
  /** Why the models cannot be loaded. */
  readonly modelsProblem: string | null;
  films(): FilmInThread[];
  /** `gone`: what became of the conversation that was open. */
  open(id: string | null, gone?: string): Promise<void>;
  on<K extends keyof Topics>(topic: K, listener: (value: Topics[K]) => void): void;
}

const aboutRetryMs = 5000;
const GONE = 'This conversation is not here any more: it was forgotten, or the time for which it was kept is over.';

export function createRoomState(hello: Hello): RoomState {
  const listeners = new Map<keyof Topics, Set<(value: never) => void>>();
  const threads = new Map(hello.threads.map((thread) => [thread.id, thread]));
  let openId: string | null = null;
  let loading = false;
  let problem: string | null = null;
  let gone: string | null = null;
  let posts: PagePost[] = [];
  /** Events of the open conversation that arrived while its view was being loaded. */
  let meanwhile: { event: RoomEvent; id: string }[] | null = null;
  let opening = 0;
  let about = hello.about;
  let modelsProblem: string | null = null;

  function emit<K extends keyof Topics>(topic: K, value: Topics[K]): void {
    for (const listener of listeners.get(topic) ?? []) (listener as (value: Topics[K]) => void)(value);
  }

  /** With `mustCome`, what passes by itself is thrown instead of being shown. */
  async function load(id: string, { mustCome = false } = {}): Promise<void> {
    const isShown = !loading && !problem;
    opening += 1;
    const turn = opening;
    meanwhile = [];
    try {
      const view = await api.thread(id);
      if (turn !== opening) return;
      posts = [...view.posts];
      problem = null;
      threads.set(id, view.thread);
      const missed = meanwhile.filter((held) => isLater(held.id, view.asOf));
      meanwhile = null;
      for (const held of missed) apply(held.event);
    } catch (error) {
      if (turn !== opening) return;
      meanwhile = null;
      if (isShown && api.isGone(error)) return apply({ type: 'forgotten', id, sentence: GONE });
      if (mustCome && api.isPassing(error)) throw error;
      problem = api.sentenceOf(error);
    }
    loading = false;
    emit('opened', undefined);
    emit('threads', undefined);
  }

  async function open(id: string | null, becameOf?: string): Promise<void> {
    if (id === openId && id !== null && !problem) return;
    openId = id;
    gone = becameOf ?? null;
    posts = [];
    problem = null;
    loading = id !== null;
    opening += 1;
    meanwhile = null;
    emit('opened', undefined);
    if (id !== null) await load(id);
  }

  function applyPost(post: PagePost): void {
    const index = posts.findIndex(({ id }) => id === post.id);
    const before = posts[index];
    if (index < 0) posts.push(post);
    else posts[index] = post;
    emit('posts', undefined);
    const settled = post.state === 'done' || post.state === 'failed';
    if (post.author.isBot && settled && before?.state !== post.state) emit('finished', post);
  }

  function applyText(event: Extract<RoomEvent, { type: 'text' }>): void {
    const post = posts.find(({ id }) => id === event.post);
    if (!post || post.text.length < event.from) {
      if (openId) void load(openId);
      return;
    }
    post.text = post.text.slice(0, event.from) + event.text;
    emit('text', post);
  }

  function apply(event: RoomEvent): void {
    if (event.type === 'thread') {
      threads.set(event.thread.id, event.thread);
      emit('threads', undefined);
    } else if (event.type === 'forgotten') {
      threads.delete(event.id);
      emit('threads', undefined);
      emit('forgotten', event);
    } else if (event.id === openId) {
      if (event.type === 'post') applyPost(event.post);
      else if (event.type === 'text') applyText(event);
      else {
        posts = posts.filter(({ id }) => id !== event.post);
        emit('posts', undefined);
      }
    }
  }

  const connection = createConnection({
    after: hello.asOf,
    onState: (state) => emit('connection', state),
    onEvent: (event, id) => {
      if (meanwhile && 'id' in event && event.id === openId && event.type !== 'forgotten')
        meanwhile.push({ event, id });
      else apply(event);
    },
    onResync: async () => {
      const fresh = await api.hello();
      const known = [...threads.keys()];
      threads.clear();
      for (const thread of fresh.threads) threads.set(thread.id, thread);
      emit('threads', undefined);
      for (const id of known) {
        if (id !== openId && !threads.has(id)) emit('forgotten', { id, sentence: GONE });
      }
      if (openId) await load(openId, { mustCome: true });
      return fresh.asOf;
    },
  });

  async function askAbout(): Promise<void> {
    while (!about) {
      try {
        about = await api.about();
        modelsProblem = null;
      } catch (error) {
        if (!api.isPassing(error)) modelsProblem = api.sentenceOf(error);
        await new Promise((resolve) => setTimeout(resolve, aboutRetryMs));
      }
      emit('about', undefined);
    }
  }
  void askAbout();

  return {
    hello,
    threads,
    connection,
    get about() {
      return about;
    },
    get modelsProblem() {
      return modelsProblem;
    },
    get openId() {
      return openId;
    },
    get loading() {
      return loading;
    },
    get problem() {
      return problem;
    },
    get gone() {
      return gone;
    },
    get posts() {
      return posts;
    },
    films() {
      const byImage = new Map<number, FilmInThread>();
      for (const post of posts) if (post.film) byImage.set(post.film.image, { post: post.id, film: post.film });
      return [...byImage.values()].sort((a, b) => a.film.image - b.film.image);
    },
    open,
    on(topic, listener) {
      const set = listeners.get(topic) ?? new Set();
      set.add(listener as (value: never) => void);
      listeners.set(topic, set);
    },
  };
}

/** Event ids are `{process}.{number}`; one of another process is always later than what is known. */
function isLater(id: string, than: string): boolean {
  const [process, number] = id.split('.');
  const [knownProcess, known] = than.split('.');
  return process !== knownProcess || Number(number) > Number(known);
}
