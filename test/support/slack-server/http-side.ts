// The local Slack's HTTP side: Web API, file host, uploads and response URLs, with faults played where they were asked for.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule, Faults } from './faults.ts';
import type { SlackStore } from './store.ts';
import type { ApiSurroundings, Method } from './web-api.ts';

export interface HttpSide {
  around: ApiSurroundings;
  methods: Readonly<Record<string, Method>>;
  faults: Faults;
  tokens: { bot: string; app: string };
  /** Authorization headers that the file host saw. */
  fileTokens: string[];
  /** Messages that came through response URLs. */
  responses: { url: string; body: Record<string, unknown> }[];
}

const SIGN_IN_PAGE =
  '<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to your workspace</body></html>';

export function createHandler(side: HttpSide) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(side, request, response).catch((error: unknown) => {
      // A request that the bot gave up (a stopped download, say) ends here too.
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  };
}

async function handle(side: HttpSide, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://slack.test').pathname;
  if (path.startsWith('/api/')) return api(side, path.slice('/api/'.length), request, response);
  if (path.startsWith('/files-pri/')) return download(side, path.split('/')[2] ?? '', request, response);
  if (path.startsWith('/upload/v1/')) return upload(side, path.split('/')[3] ?? '', request, response);
  if (path.startsWith('/response/')) {
    side.responses.push({
      url: path,
      body: JSON.parse((await bodyOf(request)).toString() || '{}') as Record<string, unknown>,
    });
    response.writeHead(200).end('ok');
    return;
  }
  response.writeHead(404).end();
}

async function api(side: HttpSide, method: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { store } = side.around;
  const args = Object.fromEntries(new URLSearchParams((await bodyOf(request)).toString()));
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const call = { method, args, token, at: Date.now(), outcome: '' };
  store.calls.push(call);
  const fault = side.faults.next(method);
  if (fault !== null && (await playBefore(fault, response))) {
    call.outcome = fault.kind;
    return;
  }
  const expected = method === 'apps.connections.open' ? side.tokens.app : side.tokens.bot;
  const answer =
    token !== expected
      ? { ok: false, error: 'invalid_auth' }
      : (side.methods[method]?.(args) ?? { ok: false, error: 'unknown_method' });
  call.outcome = fault?.kind ?? (answer.ok ? 'ok' : String('error' in answer ? answer.error : 'error'));
  if (fault?.kind === 'disconnect-after') {
    response.destroy();
    return;
  }
  if (fault?.kind === 'error-after') {
    response.writeHead(500).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

/** True if the fault was the whole answer. */
async function playBefore(fault: FaultRule, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'rate-limit':
      response.writeHead(429, { 'retry-after': String(fault.retryAfterSeconds ?? 1) }).end();
      return true;
    case 'server-error':
      response.writeHead(500).end();
      return true;
    case 'disconnect':
      response.destroy();
      return true;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(SIGN_IN_PAGE);
      return true;
    case 'slow':
      await sleep(fault.delayMs ?? 300);
      return false;
    default:
      return false;
  }
}

async function download(side: HttpSide, id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = request.headers.authorization ?? '';
  side.fileTokens.push(token);
  const fault = side.faults.next('file-download');
  if (fault !== null && (await playBefore(fault, response))) return;
  const file = side.around.store.files.get(id);
  if (token !== `Bearer ${side.tokens.bot}` || !side.around.scopes.has('files:read')) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(SIGN_IN_PAGE);
    return;
  }
  if (file === undefined || file.deleted) {
    response.writeHead(404).end();
    return;
  }
  file.downloads += 1;
  response.writeHead(200, { 'content-type': file.mimetype, 'content-length': file.bytes.byteLength });
  if (fault?.kind === 'truncate' || fault?.kind === 'disconnect-after') {
    response.write(file.bytes.subarray(0, Math.floor(file.bytes.byteLength / 2)), () => response.destroy());
    return;
  }
  response.end(file.bytes);
}

async function upload(side: HttpSide, id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = await bodyOf(request);
  const fault = side.faults.next('file-upload');
  if (fault !== null && (await playBefore(fault, response))) return;
  const begun = side.around.uploads.get(id);
  if (begun === undefined || begun.length !== bytes.byteLength) {
    response.writeHead(400).end();
    return;
  }
  begun.bytes = bytes;
  if (fault?.kind === 'disconnect-after') response.destroy();
  else response.writeHead(200).end(`OK - ${bytes.byteLength}`);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Writes of the bot that a person can see, for counting. */
export function visibleWrites(store: SlackStore): number {
  const writes = /^chat\.(postMessage|postEphemeral|update|delete|startStream|appendStream|stopStream)$/;
  return store.calls.filter((call) => writes.test(call.method)).length;
}
