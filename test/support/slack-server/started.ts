// A started Slack adapter over a local Slack, with what it handed to the core: the scripted stand-in for the core in adapter tests.
import type { SlackAdapter } from '../../../adapters/slack/slack-adapter.ts';
import type { SlackConfig } from '../../../adapters/slack/slack-config.ts';
import type { InboundEvent, Place } from '../../../bot/contract.ts';
import { adapterFor, configFor } from './harness.ts';
import { createSlackServer, type SlackServer } from './slack-server.ts';

export interface StartedSlack {
  server: SlackServer;
  adapter: SlackAdapter;
  events: InboundEvent[];
  /** Runs before an event is taken in; a rejection means that it could not be journalled. */
  beforeTaking: (event: InboundEvent) => Promise<void>;
  of<K extends InboundEvent['kind']>(kind: K): Extract<InboundEvent, { kind: K }>[];
  place(channel: string, threadTs: string): Place;
  close(): Promise<void>;
}

export async function startSlack(
  transport: 'socket' | 'http' = 'socket',
  extra: Partial<SlackConfig> = {},
): Promise<StartedSlack> {
  const server = await createSlackServer();
  const adapter = adapterFor(server, configFor(server, transport, extra));
  const started: StartedSlack = {
    server,
    adapter,
    events: [],
    beforeTaking: async () => undefined,
    of: (kind) => started.events.filter((event): event is never => event.kind === kind),
    place: (channel, threadTs) => ({
      thread: `slack:${channel}:${threadTs}`,
      channel,
      space: server.store.team,
      isDirect: channel.startsWith('D'),
    }),
    async close() {
      await adapter.stop();
      await server.close();
    },
  };
  await adapter.start(async (event) => {
    await started.beforeTaking(event);
    started.events.push(event);
    return 'accepted';
  });
  return started;
}
