// The gateway of the local Discord: hello, identify, heartbeats, resume with replay, and every way in which it ends a connection.

import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { channelJson } from './payloads.ts';
import type { DiscordStore, StoredChannel } from './store.ts';

interface Session {
  id: string;
  intents: number;
  sequence: number;
  events: { s: number; frame: string }[];
  socket: WebSocket | null;
}

export interface Gateway {
  /** To every session whose intents ask for it; kept for resuming. `hidden`: for sessions without the message content intent. */
  dispatch(name: string, payload: unknown, options: { intent: number; hidden?: unknown }): void;
  /** `drop`: the line is cut. `reconnect`: op 7. `invalid`: op 9, the session is over. `zombie`: nothing is answered any more. */
  disturb(how: 'drop' | 'reconnect' | 'invalid' | 'zombie'): void;
  /** Ends every connection with this close code, as Discord does with a bot that it wants no more of. */
  end(code: number): void;
  readonly seen: { identified: number; resumed: number; heartbeats: number; intents: number[] };
  heartbeatMs: number;
  /** The next resume is refused. */
  refuseResume: boolean;
  /** The message content intent is refused at the gateway, whatever the application's flags say. */
  refuseContent: boolean;
  isConnected(): boolean;
  close(): void;
}

export const INTENT = { guilds: 1, guildMessages: 1 << 9, directMessages: 1 << 12, content: 1 << 15 };
const CLOSE = { badToken: 4_004, disallowed: 4_014 };

export function createGateway(server: Server, store: DiscordStore, base: () => string): Gateway {
  const sessions = new Map<string, Session>();
  const sockets = new WebSocketServer({ server, path: '/gateway' });
  const silent = new WeakSet<WebSocket>();
  let made = 0;
  const gateway: Gateway = {
    seen: { identified: 0, resumed: 0, heartbeats: 0, intents: [] },
    heartbeatMs: 20_000,
    refuseResume: false,
    refuseContent: false,
    dispatch(name, payload, { intent, hidden }) {
      for (const session of sessions.values()) {
        if ((session.intents & intent) === 0) continue;
        const seesContent = (session.intents & INTENT.content) !== 0;
        push(session, name, seesContent || hidden === undefined ? payload : hidden);
      }
    },
    disturb(how) {
      for (const socket of sockets.clients) {
        if (how === 'drop') socket.terminate();
        else if (how === 'zombie') silent.add(socket);
        else if (how === 'reconnect') send(socket, { op: 7, d: null });
        else {
          for (const [id, session] of sessions) if (session.socket === socket) sessions.delete(id);
          send(socket, { op: 9, d: false });
        }
      }
    },
    end(code) {
      for (const socket of sockets.clients) socket.close(code);
    },
    isConnected: () => [...sessions.values()].some((session) => session.socket?.readyState === 1),
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };

  function send(socket: WebSocket, payload: object): void {
    if (socket.readyState === 1 && !silent.has(socket)) socket.send(JSON.stringify(payload));
  }

  function push(session: Session, name: string, payload: unknown): void {
    session.sequence += 1;
    const frame = { op: 0, t: name, s: session.sequence, d: payload };
    session.events.push({ s: session.sequence, frame: JSON.stringify(frame) });
    if (session.socket !== null && !silent.has(session.socket) && session.socket.readyState === 1) {
      session.socket.send(JSON.stringify(frame));
    }
  }

  function identify(socket: WebSocket, data: { token: string; intents: number }): void {
    gateway.seen.identified += 1;
    gateway.seen.intents.push(data.intents);
    const isDisallowed = (data.intents & INTENT.content) !== 0 && (store.flags === 0 || gateway.refuseContent);
    if (data.token !== store.bot.token || isDisallowed) {
      const code = isDisallowed ? CLOSE.disallowed : CLOSE.badToken;
      socket.close(code, isDisallowed ? 'Disallowed intent(s).' : 'Authentication failed.');
      return;
    }
    made += 1;
    const session: Session = { id: `session-${made}`, intents: data.intents, sequence: 0, events: [], socket };
    sessions.set(session.id, session);
    push(session, 'READY', {
      v: 10,
      user: botUser(store),
      guilds: [{ id: store.guild, unavailable: true }],
      session_id: session.id,
      resume_gateway_url: `${base().replace('http', 'ws')}/gateway`,
      application: { id: store.bot.id, flags: store.flags },
    });
    push(session, 'GUILD_CREATE', guildJson(store));
  }

  function resume(socket: WebSocket, data: { token: string; session_id: string; seq: number }): void {
    const session = sessions.get(data.session_id);
    if (session === undefined || gateway.refuseResume || data.token !== store.bot.token) {
      gateway.refuseResume = false;
      sessions.delete(data.session_id);
      send(socket, { op: 9, d: false });
      return;
    }
    gateway.seen.resumed += 1;
    session.socket = socket;
    for (const event of session.events) if (event.s > data.seq) socket.send(event.frame);
    push(session, 'RESUMED', {});
  }

  sockets.on('connection', (socket) => {
    send(socket, { op: 10, d: { heartbeat_interval: gateway.heartbeatMs } });
    socket.on('message', (raw) => {
      const { op, d } = JSON.parse(String(raw)) as { op: number; d: never };
      if (op === 1) {
        gateway.seen.heartbeats += 1;
        send(socket, { op: 11 });
      } else if (op === 2) identify(socket, d);
      else if (op === 6) resume(socket, d);
    });
    socket.on('close', () => {
      for (const session of sessions.values()) if (session.socket === socket) session.socket = null;
    });
  });
  return gateway;
}

export function botUser(store: DiscordStore): Record<string, unknown> {
  return { id: store.bot.id, username: 'CXR-LLaVA', discriminator: '0', bot: true, avatar: null, global_name: null };
}

/** View channels 1<<10, send 1<<11, attach 1<<15, history 1<<16, public threads 1<<35, send in threads 1<<38. */
const PERMISSION_BITS: Readonly<Record<string, bigint>> = {
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  AttachFiles: 1n << 15n,
  ReadMessageHistory: 1n << 16n,
  CreatePublicThreads: 1n << 35n,
  SendMessagesInThreads: 1n << 38n,
};

function guildJson(store: DiscordStore): Record<string, unknown> {
  const granted = Object.entries(PERMISSION_BITS)
    .filter(([name]) => !store.guildDenied.has(name))
    .reduce((all, [, bit]) => all | bit, 0n);
  const role = { color: 0, hoist: false, managed: false, mentionable: false, position: 0, flags: 0 };
  const listed = (channel: StoredChannel) => ({
    ...channelJson(channel),
    last_message_id: store.in(channel.id).at(-1)?.id ?? null,
  });
  const all = [...store.channels.values()].filter((channel) => channel.guild_id === store.guild);
  return {
    id: store.guild,
    name: 'Radiology',
    owner_id: '1',
    roles: [
      { ...role, id: store.guild, name: '@everyone', permissions: '0' },
      {
        ...role,
        id: store.bot.role,
        name: 'CXR-LLaVA',
        managed: true,
        position: 1,
        permissions: String(granted),
        tags: { bot_id: store.bot.id },
      },
    ],
    members: [{ user: botUser(store), roles: [store.bot.role], joined_at: new Date().toISOString(), flags: 0 }],
    member_count: 3,
    large: false,
    channels: all.filter((channel) => channel.type !== 11).map(listed),
    threads: all.filter((channel) => channel.type === 11 && !channel.archived).map(listed),
    emojis: [],
    stickers: [],
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    features: [],
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    premium_tier: 0,
    nsfw_level: 0,
    preferred_locale: 'en-US',
    system_channel_flags: 0,
    joined_at: new Date().toISOString(),
  };
}
