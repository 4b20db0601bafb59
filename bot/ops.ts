// Health and metrics for those who run the bot: /healthz (the process answers), /readyz (it can work), /metrics (Prometheus).
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';

export interface OpsParts {
  ready(): Promise<{ ready: boolean; parts: Record<string, string> }>;
  metrics(): Promise<{ contentType: string; body: string }>;
}

export interface OpsServer {
  port: number;
  stop(): Promise<void>;
}

export async function startOps(options: { host: string; port: number }, parts: OpsParts): Promise<OpsServer> {
  const app = new Hono();
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    const state = await parts.ready();
    return context.json(state, state.ready ? 200 : 503);
  });
  app.get('/metrics', async (context) => {
    const { contentType, body } = await parts.metrics();
    return context.body(body, 200, { 'content-type': contentType });
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
