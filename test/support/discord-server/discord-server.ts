// A local Discord on 127.0.0.1: REST, gateway and CDN over one port, a store to assert on, faults to inject.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFaults, type Faults } from '../slack-server/faults.ts';
import { botUser, createGateway, type Gateway, INTENT } from './gateway.ts';
import { callback, followUp, type InteractionTimes, webhookMessage } from './interaction-routes.ts';
import { type Around, MESSAGE_ROUTES } from './message-routes.ts';
import { channelJson, hiddenJson, messageJson, signature } from './payloads.ts';
import { createPeople, type People } from './people.ts';
import { createRateLimits, type RateLimits, refuse } from './rate-limits.ts';
import { Refusal, type RestRequest, readRequest } from './rest-request.ts';
import { createStore, type DiscordStore } from './store.ts';

export interface DiscordServer {
  readonly apiUrl: string;
  readonly store: DiscordStore;
  readonly gateway: Gateway;
  readonly people: People;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly times: InteractionTimes;
  readonly links: { lifeMs: number };
  /** Every request to the CDN. */
  readonly fileRequests: { path: string; status: number; auth: string | null }[];
  maxUploadBytes: number;
  close(): Promise<void>;
}

export async function createDiscordServer(): Promise<DiscordServer> {
  const store = createStore();
  const faults = createFaults();
  const limits = createRateLimits();
  const times: InteractionTimes = { answerWithinMs: 3_000, tokenLifeMs: 900_000 };
  const fileRequests: DiscordServer['fileRequests'] = [];
  let base = '';
  const links = { base: () => base, lifeMs: 3_600_000 };
  const http = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const gateway = createGateway(http, store, () => base);
  const intentOf = (channel: string): number =>
    store.channels.get(channel)?.type === 1 ? INTENT.directMessages : INTENT.guildMessages;
  const around: Around = {
    store,
    links,
    maxUploadBytes: 10_000_000,
    changed(name, message) {
      const isGuild = store.channels.get(message.channel_id)?.guild_id !== undefined;
      // Discord tells a writer's roles through the gateway, not by REST.
      const member = isGuild ? { member: { roles: store.personOf(message.author.id).roles } } : {};
      const hidden = { ...hiddenJson(store, message, links), ...member };
      const whole = { ...messageJson(store, message, links), ...member };
      gateway.dispatch(name, whole, { intent: intentOf(message.channel_id), hidden });
    },
    channelChanged: (name, channel) => gateway.dispatch(name, channelJson(channel), { intent: INTENT.guilds }),
  };

  function route(request: RestRequest): unknown {
    const { method, path } = request;
    const hook = /^\/webhooks\/(\d+)\/([^/]+)(?:\/messages\/([^/]+))?$/.exec(path);
    const answered = /^\/interactions\/(\d+)\/([^/]+)\/callback$/.exec(path);
    if (answered !== null) return callback(around, request, answered[1] ?? '', answered[2] ?? '', times);
    if (hook?.[3] !== undefined) return webhookMessage(around, request, hook[2] ?? '', hook[3], times);
    if (hook !== null) return followUp(around, request, hook[2] ?? '', times);
    if (request.auth !== `Bot ${store.bot.token}`) throw new Refusal(401, 0, '401: Unauthorized');
    if (path === '/gateway/bot') {
      const session_start_limit = { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 16 };
      return { url: `${base.replace('http', 'ws')}/gateway`, shards: 1, session_start_limit };
    }
    if (path === '/users/@me') return botUser(store);
    if (path === '/applications/@me') return { id: store.bot.id, name: 'CXR-LLaVA', flags: store.flags };
    if (/^\/applications\/\d+(\/guilds\/\d+)?\/commands$/.test(path)) {
      if (method === 'PUT') store.commands.set(path, request.body);
      const listed = (store.commands.get(path) ?? []) as { name: string }[];
      return listed.map((command) => ({ ...command, id: store.snowflake() }));
    }
    for (const [methods, pattern, handler] of MESSAGE_ROUTES) {
      const match = methods.split(' ').includes(method) ? pattern.exec(path) : null;
      if (match !== null) return handler(around, request, ...match.slice(1).map(String));
    }
    throw new Refusal(404, 0, '404: Not Found');
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', base);
    if (url.pathname.startsWith('/attachments/')) return serveFile(request, url, response);
    const read = await readRequest(request, url);
    const call = { method: read.method, path: read.path, auth: read.auth, status: 0, body: read.body };
    store.calls.push(call);
    response.on('finish', () => {
      call.status = response.statusCode;
    });
    const fault = faults.next(`${read.method} ${read.path}`);
    if (fault?.kind === 'rate-limit') return refuse(response, fault.retryAfterSeconds ?? 1);
    if (fault?.kind === 'server-error') return void response.writeHead(500).end();
    if (fault?.kind === 'disconnect') return void response.destroy();
    if (fault?.kind === 'slow') await sleep(fault.delayMs ?? 500);
    if (!limits.pass(read.method, read.path, response)) return;
    try {
      const answer = route(read);
      if (fault?.kind === 'disconnect-after') return void response.destroy();
      if (fault?.kind === 'error-after') return void response.writeHead(502).end();
      if (answer === undefined) return void response.writeHead(204).end();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const body = JSON.stringify({ code: error.code, message: error.message });
      response.writeHead(error.status, { 'content-type': 'application/json' }).end(body);
    }
  }

  async function serveFile(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const answer = (status: number): ServerResponse => {
      fileRequests.push({ path: url.pathname, status, auth: request.headers.authorization ?? null });
      response.statusCode = status;
      return response;
    };
    const fault = faults.next('file-download');
    if (fault?.kind === 'server-error') return void answer(500).end();
    if (fault?.kind === 'disconnect') return void response.destroy();
    if (fault?.kind === 'slow') await sleep(fault.delayMs ?? 500);
    const expires = url.searchParams.get('ex') ?? '';
    const isGood =
      signature(url.pathname, expires) === url.searchParams.get('hm') && Number.parseInt(expires, 16) > Date.now();
    const id = url.pathname.split('/')[3] ?? '';
    const file = [...store.messages.values()].flatMap((message) => message.files).find((each) => each.id === id);
    const given = file ?? people.givenFiles.get(id);
    if (!isGood || given === undefined) return void answer(404).end('This content is no longer available.');
    given.downloads += 1;
    answer(200);
    response.setHeader('content-type', given.content_type);
    if (fault?.kind === 'truncate') {
      response.setHeader('content-length', given.bytes.byteLength);
      response.write(given.bytes.subarray(0, given.bytes.byteLength / 2), () => response.destroy());
    } else response.end(given.bytes);
  }

  const people = createPeople(around, gateway);
  return {
    apiUrl: `${base}/api`,
    store,
    gateway,
    people,
    faults,
    limits,
    times,
    links,
    fileRequests,
    get maxUploadBytes() {
      return around.maxUploadBytes;
    },
    set maxUploadBytes(bytes) {
      around.maxUploadBytes = bytes;
    },
    async close() {
      gateway.close();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}
