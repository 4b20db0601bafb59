// Speaks to the reading room's server as the page does, without a browser: cookie, origin, CSRF token.
import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { Hello, RoomEvent, ThreadSummary, ThreadView } from '../../../adapters/web/wire.ts';
import { drawnFilm } from './drawn-film.ts';

export interface Client {
  hello(): Promise<Hello>;
  /** Any request with this client's cookie and token; `headers` override, an empty value leaves a header out. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  createThread(): Promise<ThreadSummary>;
  upload(bytes: Uint8Array, extension?: string, mediaType?: string): Promise<Response>;
  /** Sends a message with uploads; resolves to the id of the post. Throws when it was refused. */
  send(thread: string, text: string, files?: readonly { bytes: Uint8Array; extension: string }[]): Promise<string>;
  /** Sends a film drawn by code into a thread of its own and waits for its report; resolves to the thread. */
  readFilm(): Promise<string>;
  view(thread: string): Promise<ThreadView>;
  blob(thread: string, id: string): Promise<Uint8Array>;
  /** Reads events until `enough` says so. */
  events(
    after: string | null,
    enough: (events: readonly { id: string; event: RoomEvent }[]) => boolean,
  ): Promise<{
    events: { id: string; event: RoomEvent }[];
    resync: boolean;
  }>;
}

export function createClient(url: string, login?: string): Client {
  const origin = new URL(url).origin;
  const cookies = new Map<string, string>();
  let csrf = '';

  async function request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const all: Record<string, string> = {
      origin,
      'x-csrf-token': csrf,
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined || body instanceof Uint8Array || body instanceof ReadableStream
        ? {}
        : { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    const payload = body === undefined ? {} : { body: payloadOf(body), duplex: 'half' as const };
    const response = await fetch(new URL(path, origin), { method, headers: sent, redirect: 'manual', ...payload });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return response;
  }

  const json = async <T>(response: Response) => {
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };

  const client: Client = {
    request,
    async hello() {
      if (login !== undefined) {
        await request('GET', '/login');
        const headers = { 'content-type': 'application/x-www-form-urlencoded', origin, cookie: cookieHeader() };
        const response = await fetch(new URL('/login', origin), {
          method: 'POST',
          headers,
          body: new URLSearchParams({ token: login }),
          redirect: 'manual',
        });
        for (const cookie of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          cookies.set(name, value);
        }
      }
      const hello = await json<Hello>(await request('GET', '/api/hello'));
      csrf = hello.csrf;
      return hello;
    },
    createThread: async () => json(await request('POST', '/api/threads')),
    upload: (bytes, extension = 'png', mediaType = 'image/png') =>
      request('POST', `/api/uploads?extension=${extension}`, bytes, { 'content-type': mediaType }),
    async send(thread, text, files = []) {
      const attachments: string[] = [];
      for (const { bytes, extension } of files) {
        attachments.push((await json<{ id: string }>(await client.upload(bytes, extension))).id);
      }
      const id = randomUUID();
      const response = await request('POST', `/api/threads/${thread}/posts`, { id, text, attachments });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return id;
    },
    async readFilm() {
      const { id } = await client.createThread();
      await client.send(id, '', [{ bytes: await drawnFilm(), extension: 'png' }]);
      await vi.waitFor(async () => expect((await client.view(id)).posts.at(-1)?.state).toBe('done'), 20_000);
      return id;
    },
    view: async (thread) => json(await request('GET', `/api/threads/${thread}`)),
    async blob(thread, id) {
      const response = await request('GET', `/api/threads/${thread}/blobs/${id}`);
      if (!response.ok) throw new Error(`blob: ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    async events(after, enough) {
      const query = after === null ? '' : `?after=${encodeURIComponent(after)}`;
      const response = await request('GET', `/api/events${query}`);
      const found: { id: string; event: RoomEvent }[] = [];
      let resync = false;
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const frames = text.split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames) {
          if (frame.includes('event: resync')) resync = true;
          const [, id] = /^id: (.+)$/m.exec(frame) ?? [];
          const [, data] = /^data: (.+)$/m.exec(frame) ?? [];
          if (id !== undefined && data !== undefined) found.push({ id, event: JSON.parse(data) as RoomEvent });
        }
        if (resync || enough(found)) break;
      }
      return { events: found, resync };
    },
  };
  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return client;
}

function payloadOf(body: unknown): ReadableStream | Buffer | string {
  if (body instanceof ReadableStream) return body;
  return body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
}
