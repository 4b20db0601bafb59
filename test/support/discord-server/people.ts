// What people do in the local Discord: write, upload, edit, delete, press buttons, use commands, archive and lock threads.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, INTENT } from './gateway.ts';
import type { Around } from './message-routes.ts';
import { channelJson, fileJson, messageJson } from './payloads.ts';
import { buttonsOf } from './rendering.ts';
import { READING, type StoredFile, type StoredInteraction, type StoredMessage } from './store.ts';

export interface Upload {
  name: string;
  type: string;
  bytes: Uint8Array;
}
export interface PostedBy {
  channel?: string;
  text?: string;
  files?: readonly Upload[];
  user?: string;
  isBot?: boolean;
  /** Users or roles mentioned by `<@id>` in the text are found there; this answers a message. */
  replyTo?: string;
}

export const PERSON = '500000000000000001';
export const OTHER = '500000000000000002';
const OTHER_BOT = '500000000000000003';

export interface People {
  /** Files given to slash commands, by id. */
  readonly givenFiles: Map<string, StoredFile>;
  post(options: PostedBy): StoredMessage;
  edit(message: string, text: string, options?: { withoutFiles?: boolean }): void;
  remove(message: string): void;
  press(message: StoredMessage, label: string, user?: string): StoredInteraction;
  /** Fills in the form that a press was answered with, by its labels, and sends it. */
  submit(press: StoredInteraction, answers: Readonly<Record<string, string>>): StoredInteraction;
  command(path: readonly string[], options?: CommandInput): StoredInteraction;
  readMessage(message: StoredMessage): StoredInteraction;
  direct(user?: string): string;
  archive(thread: string, how: { locked?: boolean }): void;
  deleteThread(thread: string): void;
  /** Sends the newest message's event once more. */
  redeliver(): void;
  /** Sends the newest interaction once more. */
  redeliverInteraction(): void;
  /** Resolves once the bot has deferred or answered the interaction. */
  answered(interaction: StoredInteraction): Promise<void>;
}
export interface CommandInput {
  channel?: string;
  user?: string;
  strings?: Readonly<Record<string, string>>;
  files?: Readonly<Record<string, Upload>>;
}

export function createPeople(around: Around, gateway: Gateway): People {
  const { store, links } = around;
  const givenFiles = new Map<string, StoredFile>();
  let latest: StoredMessage | null = null;
  let latestInteraction: object | null = null;

  const fileOf = (upload: Upload, channel: string): StoredFile => ({
    id: store.snowflake(),
    channel,
    filename: upload.name,
    content_type: upload.type,
    bytes: upload.bytes,
    downloads: 0,
  });

  function withPerson(user: string, channel: string) {
    const { username, roles } = store.personOf(user);
    const about = { id: user, username, discriminator: '0', global_name: null };
    const isGuild = store.channels.get(channel)?.guild_id !== undefined;
    return isGuild ? { member: { user: about, roles }, guild_id: store.guild } : { user: about };
  }

  function interact(type: number, channelId: string, user: string, data: object, message?: StoredMessage) {
    const interaction: StoredInteraction = {
      id: store.snowflake(),
      token: `token-${store.snowflake()}`,
      type,
      channel: channelId,
      user,
      at: Date.now(),
      callback: null,
      original: null,
      ...(message === undefined ? {} : { message: message.id }),
    };
    store.interactions.set(interaction.id, interaction);
    const channel = store.channels.get(channelId);
    const payload = {
      id: interaction.id,
      application_id: store.bot.id,
      type,
      token: interaction.token,
      version: 1,
      channel_id: channelId,
      ...(channel === undefined ? {} : { channel: channelJson(channel) }),
      ...withPerson(user, channelId),
      ...(message === undefined ? {} : { message: messageJson(store, message, links) }),
      data,
      entitlements: [],
      authorizing_integration_owners: {},
      attachment_size_limit: 10_000_000,
    };
    latestInteraction = payload;
    // Interactions need no intent.
    gateway.dispatch('INTERACTION_CREATE', payload, { intent: -1 });
    return interaction;
  }

  return {
    givenFiles,
    post({ channel = READING, text = '', files = [], user = PERSON, isBot = false, replyTo }) {
      const author = isBot ? OTHER_BOT : user;
      const answered = replyTo === undefined ? undefined : store.messages.get(replyTo);
      const mentioned = [...text.matchAll(/<@!?(\d+)>/g)].map((match) => match[1] ?? '');
      if (answered !== undefined) mentioned.push(answered.author.id);
      const message: StoredMessage = {
        id: store.snowflake(),
        channel_id: channel,
        type: answered === undefined ? 0 : 19,
        author: { id: author, username: store.personOf(author).username, ...(isBot ? { bot: true } : {}) },
        content: text,
        edited_timestamp: null,
        mentions: [...new Set(mentioned)].map((id) => ({ id, username: store.personOf(id).username })),
        mention_roles: [...text.matchAll(/<@&(\d+)>/g)].map((match) => match[1] ?? ''),
        mention_everyone: text.includes('@everyone'),
        files: files.map((file) => fileOf(file, channel)),
        components: [],
        flags: 0,
        pinged: [],
        ...(answered === undefined ? {} : { message_reference: { message_id: answered.id, channel_id: channel } }),
      };
      store.messages.set(message.id, message);
      latest = message;
      around.changed('MESSAGE_CREATE', message);
      return message;
    },
    edit(id, text, { withoutFiles = false } = {}) {
      const message = store.messages.get(id);
      if (message === undefined) throw new Error(`unknown message ${id}`);
      message.content = text;
      message.edited_timestamp = new Date().toISOString();
      if (withoutFiles) message.files = [];
      around.changed('MESSAGE_UPDATE', message);
    },
    remove(id) {
      const message = store.messages.get(id);
      if (message === undefined) throw new Error(`unknown message ${id}`);
      store.messages.delete(id);
      const guild = store.channels.get(message.channel_id)?.guild_id;
      const payload = { id, channel_id: message.channel_id, ...(guild === undefined ? {} : { guild_id: guild }) };
      gateway.dispatch('MESSAGE_DELETE', payload, {
        intent: guild === undefined ? INTENT.directMessages : INTENT.guildMessages,
      });
    },
    press(message, label, user = PERSON) {
      const button = buttonsOf(message).find((each) => each.label === label);
      if (button === undefined) throw new Error(`no button ${label}`);
      return interact(3, message.channel_id, user, { custom_id: button.id, component_type: 2 }, message);
    },
    submit(press, answers) {
      const { modal, message, channel, user } = press;
      if (modal === undefined) throw new Error('no form is open');
      const components = modal.components.map(({ type, label, component }, index) => {
        const answer = answers[label] ?? '';
        const { type: kind, custom_id, options, required = true, max_length = 4_000 } = component;
        if (required && answer === '') throw new Error(`Discord does not send a form without "${label}"`);
        if (answer.length > max_length) throw new Error(`"${label}" is too long for Discord`);
        if (options === undefined) return { type, id: index, component: { type: kind, custom_id, value: answer } };
        const values = options.filter((option) => option.label === answer).map((option) => option.value);
        return { type, id: index, component: { type: kind, custom_id, values } };
      });
      const carrier = store.messages.get(message ?? '');
      return interact(5, channel, user, { custom_id: modal.custom_id, components }, carrier);
    },
    command([name = '', sub], { channel = READING, user = PERSON, strings = {}, files = {} } = {}) {
      const given = Object.entries(files).map(([option, upload]) => [option, fileOf(upload, channel)] as const);
      for (const [, file] of given) givenFiles.set(file.id, file);
      const options = [
        ...given.map(([option, file]) => ({ name: option, type: 11, value: file.id })),
        ...Object.entries(strings).map(([option, value]) => ({ name: option, type: 3, value })),
      ];
      const attachments = Object.fromEntries(given.map(([, file]) => [file.id, fileJson(file, links)]));
      return interact(2, channel, user, {
        id: '1',
        name,
        type: 1,
        options: sub === undefined ? options : [{ name: sub, type: 1, options }],
        resolved: { attachments },
      });
    },
    readMessage(message) {
      const messages = { [message.id]: messageJson(store, message, links) };
      const data = { id: '2', name: 'Read this X-ray', type: 3, target_id: message.id, resolved: { messages } };
      return interact(2, message.channel_id, PERSON, data);
    },
    direct(user = PERSON) {
      const known = [...store.channels.values()].find((channel) => channel.recipient === user);
      return (known ?? store.addChannel({ id: store.snowflake(), type: 1, recipient: user })).id;
    },
    archive(id, { locked = false }) {
      const thread = store.channels.get(id);
      if (thread === undefined) throw new Error(`unknown thread ${id}`);
      Object.assign(thread, { archived: true, locked });
      around.channelChanged('THREAD_UPDATE', thread);
    },
    deleteThread(id) {
      const thread = store.channels.get(id);
      if (thread === undefined) throw new Error(`unknown thread ${id}`);
      store.channels.delete(id);
      for (const message of store.in(id)) store.messages.delete(message.id);
      around.channelChanged('THREAD_DELETE', thread);
    },
    redeliver() {
      if (latest !== null) around.changed('MESSAGE_CREATE', latest);
    },
    redeliverInteraction() {
      gateway.dispatch('INTERACTION_CREATE', latestInteraction, { intent: -1 });
    },
    async answered(interaction) {
      for (const deadline = Date.now() + 20_000; interaction.callback === null; await sleep(10)) {
        if (Date.now() > deadline) throw new Error('the interaction was never answered');
      }
    },
  };
}
