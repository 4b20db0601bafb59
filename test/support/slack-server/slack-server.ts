// A local Slack on 127.0.0.1: Web API, files, Socket Mode and signed HTTP over one port, a store to assert on, faults to inject.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { createDeliverySide, type DeliverySide } from './delivery.ts';
import { createFaults, type Faults } from './faults.ts';
import { createHandler, type HttpSide } from './http-side.ts';
import { createPeople, type People } from './people.ts';
import { createStore, type SlackStore } from './store.ts';
import { createMethods } from './web-api.ts';

export interface SlackServer {
  readonly apiUrl: string;
  readonly tokens: { bot: string; app: string };
  readonly signingSecret: string;
  readonly store: SlackStore;
  readonly faults: Faults;
  readonly delivery: DeliverySide;
  readonly people: People;
  /** The app's permissions; take one away to see what happens. */
  readonly scopes: Set<string>;
  readonly fileTokens: readonly string[];
  readonly responses: HttpSide['responses'];
  /** How long a native stream lives. */
  streamLifetimeMs: number;
  close(): Promise<void>;
}

export async function createSlackServer(): Promise<SlackServer> {
  const store = createStore();
  const faults = createFaults();
  const tokens = { bot: 'xoxb-local-test', app: 'xapp-local-test' };
  const signingSecret = 'local-signing-secret';
  const scopes = new Set(['files:read', 'files:write', 'chat:write']);
  const delivery = createDeliverySide({
    signingSecret,
    requestUrl: null,
    acknowledgeWithinMs: 3_000,
    retryDelaysMs: [0, 300, 1_000],
  });
  let base = '';
  const settings = { streamLifetimeMs: 300_000 };
  const around = {
    store,
    get filesUrl() {
      return base;
    },
    socketUrl: () => `${base.replace('http', 'ws')}/link?ticket=${store.nextId('ticket')}`,
    streamLifetimeMs: () => settings.streamLifetimeMs,
    scopes,
    uploads: new Map(),
  };
  const side: HttpSide = { around, methods: createMethods(around), faults, tokens, fileTokens: [], responses: [] };
  const http = createServer(createHandler(side));
  const sockets = new WebSocketServer({ server: http, path: '/link' });
  sockets.on('connection', (socket) => delivery.connect(socket));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    apiUrl: `${base}/api/`,
    tokens,
    signingSecret,
    store,
    faults,
    delivery,
    people: createPeople(
      store,
      delivery,
      () => base,
      () => `${base}/response/${store.nextId('r')}`,
    ),
    scopes,
    fileTokens: side.fileTokens,
    responses: side.responses,
    get streamLifetimeMs() {
      return settings.streamLifetimeMs;
    },
    set streamLifetimeMs(value) {
      settings.streamLifetimeMs = value;
    },
    async close() {
      delivery.disconnect('drop');
      sockets.close();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}
