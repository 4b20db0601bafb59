// An OpenAI-compatible endpoint on loopback with state: keeps every request, answers by a function, fails on demand.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ChatRequest {
  model: string;
  messages: { role: string; content: string }[];
  temperature: number;
  seed: number;
  response_format: { type: string; json_schema: { name: string; schema: Record<string, unknown>; strict: boolean } };
}

export interface EndpointServer {
  url: string;
  requests: { path: string; headers: IncomingHttpHeaders; body: ChatRequest }[];
  /** Statuses for the next requests, before answers are given again; 0 breaks the connection. */
  faults: { status: number; retryAfter?: string }[];
  close(): Promise<void>;
}

export async function startEndpoint(answer: (request: ChatRequest, count: number) => string): Promise<EndpointServer> {
  const requests: EndpointServer['requests'] = [];
  const faults: EndpointServer['faults'] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as ChatRequest;
    const fault = faults.shift();
    if (fault?.status === 0) return void request.socket.destroy();
    if (fault)
      return void response
        .writeHead(fault.status, fault.retryAfter ? { 'retry-after': fault.retryAfter } : {})
        .end('{}');
    requests.push({ path: request.url ?? '', headers: request.headers, body });
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: answer(body, requests.length) } }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
