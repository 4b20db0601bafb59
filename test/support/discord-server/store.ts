// What the local Discord knows: people, channels, threads, messages, files and commands; tests assert on it.

export interface StoredFile {
  id: string;
  channel: string;
  filename: string;
  content_type: string;
  bytes: Uint8Array;
  description?: string;
  downloads: number;
}
export interface Component {
  type: number;
  label?: string;
  style?: number;
  custom_id?: string;
  components?: Component[];
}
export interface StoredMessage {
  id: string;
  channel_id: string;
  type: number;
  author: { id: string; username: string; bot?: boolean };
  content: string;
  edited_timestamp: string | null;
  mentions: { id: string; username: string }[];
  mention_roles: string[];
  mention_everyone: boolean;
  files: StoredFile[];
  components: Component[];
  flags: number;
  /** Who would have been notified. */
  pinged: string[];
  nonce?: string;
  message_reference?: { message_id: string; channel_id: string };
  /** The only person who sees it. */
  onlyFor?: string;
  /** Token of the interaction whose answer it is, and whether it still says "thinking". */
  interaction?: string;
  thinking?: boolean;
}
export interface StoredChannel {
  id: string;
  type: number;
  guild_id?: string;
  parent_id?: string;
  /** Who began the thread. */
  owner_id?: string;
  name: string;
  archived: boolean;
  locked: boolean;
  recipient?: string;
  /** Permissions that the bot lacks here. */
  denied: Set<string>;
}
export interface StoredInteraction {
  id: string;
  token: string;
  /** 2 command, 3 button, 5 form. */
  type: number;
  channel: string;
  user: string;
  message?: string;
  at: number;
  callback: { type: number; at: number; ephemeral: boolean } | null;
  original: string | null;
  /** The form that the bot answered a press with. */
  modal?: Modal;
}
/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal */
export interface Modal {
  custom_id: string;
  title: string;
  components: {
    type: number;
    label: string;
    component: {
      type: number;
      custom_id: string;
      required?: boolean;
      style?: number;
      max_length?: number;
      options?: { label: string; value: string }[];
    };
  }[];
}
export interface Call {
  method: string;
  path: string;
  status: number;
  auth: string | null;
  body: unknown;
}

export interface DiscordStore {
  readonly bot: { id: string; token: string; role: string };
  readonly guild: string;
  readonly channels: Map<string, StoredChannel>;
  readonly messages: Map<string, StoredMessage>;
  readonly interactions: Map<string, StoredInteraction>;
  readonly commands: Map<string, unknown[]>;
  readonly calls: Call[];
  /** Of the whole server: what the bot's role lacks. */
  readonly guildDenied: Set<string>;
  flags: number;
  /** People's names; who is not in it is called after the last digit of their id. */
  readonly names: Map<string, string>;
  personOf(user: string): { id: string; username: string; roles: string[] };
  snowflake(at?: number): string;
  addChannel(channel: Partial<StoredChannel> & { id: string; type: number }): StoredChannel;
  /** Messages of a channel, oldest first. */
  in(channel: string): StoredMessage[];
  ofBot(): StoredMessage[];
}

export const READING = '200000000000000001';
export const MESSAGE_CONTENT = 1 << 18;

export function createStore(): DiscordStore {
  let sequence = 0n;
  const channels = new Map<string, StoredChannel>();
  const messages = new Map<string, StoredMessage>();
  const bot = { id: '100000000000000001', token: 'local.test.token', role: '300000000000000009' };
  const store: DiscordStore = {
    bot,
    guild: '400000000000000001',
    channels,
    messages,
    interactions: new Map(),
    commands: new Map(),
    calls: [],
    guildDenied: new Set(),
    flags: MESSAGE_CONTENT,
    names: new Map(),
    personOf: (user) => ({
      id: user,
      username: store.names.get(user) ?? `person-${user.slice(-1)}`,
      roles: ['300000000000000001'],
    }),
    snowflake(at = Date.now()) {
      sequence += 1n;
      return String((BigInt(at - 1_420_070_400_000) << 22n) | (sequence & 0x3f_ffffn));
    },
    addChannel(channel) {
      const made: StoredChannel = { name: 'channel', archived: false, locked: false, denied: new Set(), ...channel };
      channels.set(made.id, made);
      return made;
    },
    in: (channel) =>
      [...messages.values()]
        .filter((message) => message.channel_id === channel)
        .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)),
    ofBot: () => [...messages.values()].filter((message) => message.author.id === bot.id),
  };
  store.addChannel({ id: READING, type: 0, guild_id: store.guild, name: 'reading-room' });
  return store;
}
