// The gateway: discord.js identifies, beats, resumes and reconnects; this watches it, and builds it anew when it gives up.
import { Client, Events, GatewayIntentBits, Options, Status } from 'discord.js';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { REQUIRED_PERMISSIONS } from './permissions.ts';

export interface Connection {
  /** Resolves once Discord said READY. */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): { ready: boolean; detail?: string };
  ownRoles(guild: string | null): ReadonlySet<string>;
}

export interface ConnectionOptions {
  token: string;
  apiUrl: string;
  messageContent: boolean;
  rebuildAfterMs: number;
  dispatch(name: string, payload: unknown): void;
  /** A session was begun that does not continue the last one. */
  onNewSession(): void;
  log: Log;
}

/** Everything else that Discord sends is of no use to us. */
const EVENTS = [
  'READY',
  'MESSAGE_CREATE',
  'MESSAGE_UPDATE',
  'MESSAGE_DELETE',
  'MESSAGE_DELETE_BULK',
  'INTERACTION_CREATE',
  'GUILD_CREATE',
  'CHANNEL_CREATE',
  'CHANNEL_UPDATE',
  'CHANNEL_DELETE',
  'THREAD_CREATE',
  'THREAD_UPDATE',
  'THREAD_DELETE',
  'THREAD_LIST_SYNC',
] as const;
const DISALLOWED_INTENTS = 4_014;
const BAD_TOKEN = 4_004;
const WATCH_MS = 1_000;

export function createConnection(options: ConnectionOptions): Connection {
  const { log } = options;
  let client: Client | null = null;
  let messageContent = options.messageContent;
  let notReadySince = Date.now();
  let watch: NodeJS.Timeout | null = null;
  let rebuilding = false;
  let detail = 'not started';

  function createClient(): Client {
    const { Guilds, GuildMessages, DirectMessages, MessageContent } = GatewayIntentBits;
    const made = new Client({
      intents: [Guilds, GuildMessages, DirectMessages, ...(messageContent ? [MessageContent] : [])],
      rest: { api: options.apiUrl.replace(/\/+$/, ''), version: '10' },
      allowedMentions: { parse: [] },
      makeCache: Options.cacheWithLimits({
        ...Options.DefaultMakeCacheSettings,
        MessageManager: 0,
        ReactionManager: 0,
        UserManager: { maxSize: 50, keepOverLimit: (user) => user.id === user.client.user.id },
        GuildMemberManager: { maxSize: 50, keepOverLimit: (member) => member.id === member.client.user.id },
      }),
    });
    for (const name of EVENTS) made.ws.on(name as never, (payload: unknown) => options.dispatch(name, payload));
    made.on(Events.Error, (error) => log.warn({ err: error }, 'the connection to Discord reported an error'));
    made.on(Events.ShardError, (error) => log.warn({ err: error }, 'the connection to Discord broke'));
    made.on(Events.ShardReconnecting, () => log.info({}, 'reconnecting to Discord'));
    made.on(Events.ShardResume, (_shard, replayed) => log.info({ replayed }, 'resumed the session with Discord'));
    made.on(Events.ShardReady, () => {
      log.info({ messageContent }, 'connected to Discord');
      options.onNewSession();
    });
    made.on(Events.GuildCreate, () => tellMissingPermissions(made));
    made.once(Events.ClientReady, () => tellMissingPermissions(made));
    made.on(Events.ShardDisconnect, ({ code }) => ended(made, code));
    made.on(Events.Invalidated, () => ended(made, 0));
    return made;
  }

  /** The library will not reconnect after this by itself. */
  function ended(which: Client, code: number): void {
    // While starting, the failed login itself tells.
    if (which !== client || watch === null) return;
    if (code === DISALLOWED_INTENTS && messageContent) {
      log.warn({}, 'Discord does not allow the MESSAGE_CONTENT intent; going on without it');
      messageContent = false;
      void rebuild();
      return;
    }
    detail = code === BAD_TOKEN ? 'Discord refused DISCORD_TOKEN' : `Discord ended the connection (${code})`;
    log.error({ code }, 'Discord ended the connection');
  }

  async function rebuild(): Promise<void> {
    if (rebuilding || watch === null) return;
    rebuilding = true;
    try {
      await client?.destroy();
      await connect();
    } catch (error) {
      log.error({ err: error }, 'the connection to Discord could not be built anew');
    } finally {
      notReadySince = Date.now();
      rebuilding = false;
    }
  }

  async function connect(): Promise<void> {
    client = createClient();
    await client.login(options.token);
  }

  function isReady(): boolean {
    const shards = client?.ws.shards;
    // Messages come in while the last guilds are still being listed.
    const live = [Status.Ready, Status.WaitingForGuilds, Status.Nearly];
    return shards !== undefined && shards.size > 0 && shards.every((shard) => live.includes(shard.status));
  }

  function tellMissingPermissions(of: Client): void {
    for (const guild of of.guilds.cache.values()) {
      const missing = guild.members.me?.permissions.missing([...REQUIRED_PERMISSIONS]) ?? [];
      if (missing.length > 0) {
        log.warn(
          { guild: guild.id, missing },
          'the bot lacks permissions in this server; invite it anew with the printed link',
        );
      }
    }
  }

  return {
    async start() {
      try {
        await connect();
      } catch (error) {
        if (!/disallowed intents/i.test(String(error)) || !options.messageContent) {
          throw new CxrError('platform-failed', 'Discord’s gateway could not be reached.', { cause: error });
        }
        messageContent = false;
        await client?.destroy();
        log.warn({}, 'Discord does not allow the MESSAGE_CONTENT intent; going on without it');
        await connect();
      }
      notReadySince = Date.now();
      watch = setInterval(
        () => {
          if (isReady()) notReadySince = Date.now();
          else if (Date.now() - notReadySince > options.rebuildAfterMs) void rebuild();
        },
        Math.min(WATCH_MS, options.rebuildAfterMs),
      );
      watch.unref();
    },
    async stop() {
      if (watch !== null) clearInterval(watch);
      watch = null;
      detail = 'stopped';
      const last = client;
      client = null;
      await last?.destroy();
    },
    state() {
      if (isReady()) return { ready: true };
      return { ready: false, detail: detail === 'not started' && client !== null ? 'connecting to Discord' : detail };
    },
    ownRoles(guild) {
      const me = guild === null ? null : client?.guilds.cache.get(guild)?.members.me;
      const roles = [...(me?.roles.cache.values() ?? [])].filter((role) => role.tags?.botId === me?.id);
      return new Set(roles.map((role) => role.id));
    },
  };
}
