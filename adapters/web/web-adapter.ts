// The reading room: a platform of its own in the browser. Composition only; the room keeps, the site guards, the core answers.
import { once } from 'node:events';
import { type AddressInfo, BlockList } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type Keyv from 'keyv';

import type { Adapter, Log, Place, Reply, ReplyOptions } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { createAccess, isLoopback } from './access.ts';
import { createApi } from './api.ts';
import { createConversationStore } from './conversation-store.ts';
import { createEventStream } from './event-stream.ts';
import { createInbound, type Inbound } from './inbound.ts';
import { builtPageFolder, loadPageFiles } from './page-files.ts';
import { createReplyPost } from './reply-post.ts';
import { createRoom } from './room.ts';
import { createSite } from './site.ts';
import { createUploads } from './uploads.ts';
import type { AboutBundle } from './wire.ts';

const OVER = 'The time for which this conversation was kept is over; nothing of it is left here.';

export interface WebAdapterOptions {
  /** Address to listen on; anything but loopback needs `token`. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Access token that people enter once; null for none. */
  token: string | null;
  /** Address under which a proxy offers the page (scheme and host); needs `token`. */
  publicUrl?: string | null;
  /** Proxies besides those on this machine whose X-Forwarded-For is believed; counts beside `publicUrl` alone. */
  proxies?: BlockList;
  /** Keeps the conversations; made with `throwOnErrors`. */
  store: Keyv;
  log: Log;
  /** Who writes here; settles once the models are loaded, or rejects with the reason why they are not. */
  about: () => Promise<AboutBundle>;
  /** Makes erased values unreadable on disk, where the store has to be told so. */
  scrub?: () => Promise<void>;
  /** Films that a newcomer can try with one click. */
  samples?: readonly { name: string; bytes: () => Promise<Uint8Array> | Uint8Array }[];
  /** Questions offered under a report, in order. */
  suggestions?: readonly string[];
  /** How long a conversation is kept after its start. */
  retentionMs?: number;
  /** Largest file taken in. */
  maxBytes?: number;
  /** Most files taken with one message. */
  maxFiles?: number;
  /** Hears the address once the room is open. */
  announce?: (url: string) => void;
}

export interface WebAdapter extends Adapter {
  /** Address of the page; empty before `start`. */
  readonly url: string;
}

const dayMs = 24 * 3600 * 1000;
const defaultMaxFiles = 20;
const maxTextLength = 40_000;
const defaultMaxBytes = 64 * 1024 * 1024;
const closeMs = 2000;
const botAuthor = { id: 'bot', name: 'CXR-LLaVA', isBot: true };

/** Throws `config-invalid` when another address than loopback is asked for without an access token. */
export function createWebAdapter(options: WebAdapterOptions): WebAdapter {
  const { host, log, token, publicUrl = null, proxies = new BlockList() } = options;
  if (!isLoopback(host) && !token) {
    throw new CxrError('config-invalid', `The reading room opens on ${host} only with an access token (WEB_TOKEN).`);
  }
  if (publicUrl !== null && !token) {
    throw new CxrError(
      'config-invalid',
      'The reading room has a public address only with an access token (WEB_TOKEN).',
    );
  }
  const retentionMs = options.retentionMs ?? 30 * dayMs;
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const onStoreError = (error: unknown) => log.error({ err: error }, 'the store of the reading room failed');
  const scrub = options.scrub ?? (async () => {});
  const events = createEventStream();
  const store = createConversationStore(options.store, {
    retentionMs,
    scrub,
    onError: onStoreError,
    onExpired: (id) => events.send({ type: 'forgotten', id, sentence: OVER }),
  });
  const room = createRoom(store, events, { isShared: token !== null });
  const uploads = createUploads({ maxBytes, maxHeldBytes: maxBytes * 8 });
  let server: ReturnType<typeof createAdaptorServer> | null = null;
  let inbound: Inbound | null = null;
  let stopping = false;
  let url = '';

  function opened(): Inbound {
    if (!inbound) throw new CxrError('overloaded', 'The reading room is just opening; please try again.');
    return inbound;
  }

  async function listen(): Promise<AddressInfo> {
    const access = await createAccess({ host, token, publicUrl, proxies, store });
    const page = {
      suggestions: options.suggestions ?? [],
      limits: { maxBytes, maxFiles: options.maxFiles ?? defaultMaxFiles, maxTextLength },
    };
    const samples = options.samples ?? [];
    const api = createApi({
      access,
      room,
      store,
      events,
      uploads,
      inbound: opened,
      samples,
      about: options.about,
      page,
      retentionMs,
    });
    const pageFiles = loadPageFiles(builtPageFolder());
    const site = createSite({ access, pageFiles, api, log, isStopping: () => stopping });
    server = createAdaptorServer({ fetch: site.fetch });
    server.listen(options.port, host);
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw new CxrError('config-invalid', `The reading room cannot listen on ${host}:${options.port} (WEB_PORT).`, {
        cause,
      });
    }
    return server.address() as AddressInfo;
  }

  return {
    name: 'web',
    canBePrivate: true,
    removesForgotten: true,
    get url() {
      return url;
    },
    async start(receive) {
      await store.open();
      inbound = createInbound({ room, store, uploads, receive, onError: onStoreError });
      const { port } = await listen();
      url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
      log.info({ url }, 'reading room open');
      options.announce?.(publicUrl ?? url);
    },
    async stop() {
      stopping = true;
      await store.close();
      events.close();
      uploads.clear();
      if (!server?.listening) return;
      const closed = once(server, 'close');
      server.close();
      const cut = setTimeout(() => server && 'closeAllConnections' in server && server.closeAllConnections(), closeMs);
      await closed;
      clearTimeout(cut);
    },
    async reply(place: Place, replyOptions: ReplyOptions): Promise<Reply> {
      const document = await room.documentOf(place);
      if (!document && room.wasForgotten(place)) return nowhere;
      if (!document) throw new CxrError('platform-failed', 'This conversation is no longer in the reading room.');
      const known = document.posts.find(({ key }) => key === replyOptions.key);
      const post =
        known ??
        (await room.addPost(document, {
          author: botAuthor,
          state: 'draft',
          key: replyOptions.key,
          answers: replyOptions.answers ?? null,
          privateTo: replyOptions.privateTo ?? null,
        }));
      if (post.state === 'interrupted') {
        post.state = 'draft';
        await room.changed(document, post);
      }
      const settled = (done: boolean) => opened().answered(replyOptions.answers, done);
      return createReplyPost({ room, store, events, document, post, onStoreError, settled });
    },
    async read(attachment, { maxBytes: most, signal }) {
      if (signal.aborted) throw new CxrError('aborted', 'Reading the film was stopped.');
      const bytes = uploads.read(attachment.id);
      if (!bytes) throw new CxrError('attachment-unavailable', 'The film is no longer here; please send it again.');
      if (bytes.byteLength > most)
        throw new CxrError('image-too-large', 'This file is larger than what is taken here.');
      return bytes;
    },
    async outdate(place, id) {
      const document = await room.documentOf(place);
      const post = document?.posts.find((each) => each.id === id);
      if (!document || !post) return;
      Object.assign(post, { isOutdated: true, controls: [] });
      await room.changed(document, post);
    },
    health: () => (server?.listening && !stopping ? { ready: true } : { ready: false, detail: 'not listening' }),
  };
}

/** Where answers to a forgotten conversation go. */
const nowhere: Reply = {
  post: 'forgotten',
  update: async () => {},
  finish: async () => {},
  fail: async () => {},
};
