// A started Discord adapter over a local Discord, with what it handed to the core: the scripted stand-in for the core in adapter tests.
import { createDiscordAdapter } from '../../../adapters/discord/discord-adapter.ts';
import type { DiscordConfig } from '../../../adapters/discord/discord-config.ts';
import type { Adapter, Attachment, InboundEvent, Log, Place } from '../../../bot/contract.ts';
import { createDiscordServer, type DiscordServer } from './discord-server.ts';
import { configFor } from './harness.ts';
import { READING } from './store.ts';

export interface StartedDiscord {
  server: DiscordServer;
  adapter: Adapter;
  events: InboundEvent[];
  logged: { level: string; facts: Record<string, unknown>; sentence: string }[];
  /** Runs before an event is taken in; a rejection means that it could not be journalled. */
  beforeTaking: (event: InboundEvent) => Promise<void>;
  of<K extends InboundEvent['kind']>(kind: K): Extract<InboundEvent, { kind: K }>[];
  /** The place of a message in the reading room. */
  place(root: string): Place;
  read(attachment: Attachment | undefined, maxBytes?: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Ids that were taken in: as the core's journal, they outlive a restart. */
const taken = new WeakMap<DiscordServer, Set<string>>();

export async function startDiscord(
  options: { server?: DiscordServer; prepare?: (server: DiscordServer) => void; config?: Partial<DiscordConfig> } = {},
): Promise<StartedDiscord> {
  const server = options.server ?? (await createDiscordServer());
  options.prepare?.(server);
  const known = taken.get(server) ?? new Set<string>();
  taken.set(server, known);
  const logged: StartedDiscord['logged'] = [];
  const at = (level: string) => (facts: object, sentence: string) =>
    void logged.push({ level, facts: facts as Record<string, unknown>, sentence });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const adapter = createDiscordAdapter(configFor(server, options.config), log);
  const started: StartedDiscord = {
    server,
    adapter,
    events: [],
    logged,
    beforeTaking: async () => undefined,
    of: (kind) => started.events.filter((event): event is never => event.kind === kind),
    place: (root) => ({
      thread: `discord:${READING}:${root}`,
      channel: READING,
      space: server.store.guild,
      isDirect: false,
    }),
    read(attachment, maxBytes = 1_000_000) {
      if (attachment === undefined) throw new Error('no attachment');
      return adapter.read(attachment, { maxBytes, signal: new AbortController().signal });
    },
    async close() {
      await adapter.stop();
      if (options.server === undefined) await server.close();
    },
  };
  await adapter.start(async (event) => {
    await started.beforeTaking(event);
    started.events.push(event);
    if (known.has(event.id)) return 'known';
    known.add(event.id);
    return 'accepted';
  });
  return started;
}
