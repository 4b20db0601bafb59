// What people do in the local Slack: write, upload, edit, delete, press, command; each becomes the events that Slack would send.
import type { Delivery, DeliverySide, EnvelopeType } from './delivery.ts';
import { settle, stateOf } from './modals.ts';
import { buttonsOf } from './rendering.ts';
import type { SlackStore, StoredFile, StoredMessage, StoredView } from './store.ts';
import { fileToWire, toWire } from './web-api.ts';

export interface PostInput {
  channel?: string;
  user?: string;
  text?: string;
  thread?: string;
  files?: readonly { name: string; mimetype: string; bytes: Uint8Array }[];
  /** Written by another app. */
  otherBot?: boolean;
  /** Which of an upload's two events Slack sends; both by default. */
  events?: 'both' | 'message' | 'file_shared';
  /** The files come as bare ids that have to be looked up, as in Slack Connect. */
  connect?: boolean;
  /** Overrides fields of the files as sent in the event, e.g. a foreign URL. */
  fileFields?: Record<string, unknown>;
}

export interface People {
  post(input: PostInput): Posted;
  edit(channel: string, ts: string, text: string): Promise<Delivery>;
  remove(channel: string, ts: string): Promise<Delivery>;
  removeFile(id: string): Promise<Delivery>;
  /** Presses the button with this label (or whose action id ends with it) on a message. */
  press(message: StoredMessage, label: string, user?: string): Promise<Delivery>;
  /** Fills in a modal, by the labels of its fields, and sends it; Slack's own checks come first. */
  submit(view: StoredView, answers: Readonly<Record<string, string>>): Promise<Delivery | null>;
  command(text: string, options?: { channel?: string; user?: string }): Promise<Delivery>;
  shortcut(message: StoredMessage, user?: string): Promise<Delivery>;
  openHome(user: string): Promise<Delivery>;
  openAssistant(user: string): Promise<{ delivery: Delivery; channel: string; thread: string }>;
  /** Any event of the Events API. */
  event(subject: string, event: Record<string, unknown>): Promise<Delivery>;
}

export interface Posted {
  message: StoredMessage;
  thread: string;
  /** Settles when all events were acknowledged or given up. */
  delivered: Promise<Delivery[]>;
}

export const PERSON = 'U0PERSON1';

export function createPeople(
  store: SlackStore,
  delivery: DeliverySide,
  filesUrl: () => string,
  responseUrl: () => string,
): People {
  const envelope = (event: Record<string, unknown>): Record<string, unknown> => ({
    token: 'unused',
    team_id: store.team,
    api_app_id: 'A0CXR',
    type: 'event_callback',
    event_id: store.nextId('Ev'),
    event_time: Math.floor(Date.now() / 1_000),
    authorizations: [{ team_id: store.team, user_id: store.bot.user, is_bot: true, is_enterprise_install: false }],
    event,
  });
  const send = (type: EnvelopeType, subject: string, payload: Record<string, unknown>) =>
    delivery.deliver(type, subject, payload);
  const event = (subject: string, body: Record<string, unknown>) => send('events_api', subject, envelope(body));
  const kindOf = (channel: string): string => (channel.startsWith('D') ? 'im' : 'channel');

  function trigger(user: string): string {
    const id = store.nextId('trigger');
    store.triggers.set(id, { user, at: Date.now(), used: false });
    return id;
  }

  function changed(message: StoredMessage, previous: Record<string, unknown>): Promise<Delivery> {
    const { channel } = message;
    return event(`${message.ts}:changed`, {
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      channel,
      channel_type: kindOf(channel),
      ts: store.nextTs(),
      message: toWire(message, filesUrl()),
      previous_message: previous,
    });
  }

  return {
    event,
    post(input) {
      const channel = input.channel ?? 'C0READING';
      const user = input.user ?? PERSON;
      const ts = store.nextTs();
      const files = (input.files ?? []).map((file): StoredFile => {
        const place = { ts, ...(input.thread === undefined ? {} : { thread_ts: input.thread }) };
        const stored = {
          ...file,
          id: store.nextId('F'),
          user,
          altText: null,
          title: null,
          shares: { [channel]: [place] },
          deleted: false,
          downloads: 0,
        };
        store.files.set(stored.id, stored);
        return stored;
      });
      const message = store.add({
        channel,
        ts,
        ...(input.thread === undefined ? {} : { thread_ts: input.thread }),
        user: input.otherBot ? 'U0OTHERBOT' : user,
        ...(input.otherBot ? { bot_id: 'B0OTHER', subtype: 'bot_message' } : {}),
        ...(files.length > 0 ? { subtype: 'file_share' } : {}),
        text: input.text ?? '',
        files,
      });
      const wire = toWire(message, filesUrl());
      const wireFiles = files.map((file) =>
        input.connect
          ? { id: file.id, mode: 'file_access', file_access: 'check_file_info' }
          : { ...fileToWire(file, filesUrl()), ...input.fileFields },
      );
      const base = { ...wire, channel, event_ts: ts, ...(files.length > 0 ? { files: wireFiles } : {}) };
      const events: Promise<Delivery>[] = [];
      if (input.events !== 'file_shared') events.push(event(ts, { ...base, channel_type: kindOf(channel) }));
      if (input.events !== 'message') {
        for (const file of files) {
          const shared = {
            type: 'file_shared',
            file_id: file.id,
            user_id: user,
            file: { id: file.id },
            channel_id: channel,
            event_ts: store.nextTs(),
          };
          events.push(event(`${ts}:file_shared`, shared));
        }
      }
      if (message.text.includes(`<@${store.bot.user}>`) && !channel.startsWith('D')) {
        const { subtype: _subtype, ...mention } = base as Record<string, unknown>;
        events.push(event(`${ts}:app_mention`, { ...mention, type: 'app_mention' }));
      }
      return { message, thread: input.thread ?? ts, delivered: Promise.all(events) };
    },
    async edit(channel, ts, text) {
      const message = found(store, channel, ts);
      const previous = toWire(message, filesUrl());
      message.text = text;
      message.edited = { user: message.user, ts: store.nextTs() };
      return changed(message, previous);
    },
    async remove(channel, ts) {
      const message = found(store, channel, ts);
      message.deleted = true;
      for (const file of message.files) file.deleted = true;
      return event(`${ts}:deleted`, {
        type: 'message',
        subtype: 'message_deleted',
        hidden: true,
        channel,
        channel_type: kindOf(channel),
        ts: store.nextTs(),
        deleted_ts: ts,
        previous_message: toWire(message, filesUrl()),
      });
    },
    async removeFile(id) {
      const file = store.files.get(id);
      if (file === undefined) throw new Error(`no file ${id}`);
      const [channel, shares] = Object.entries(file.shares)[0] ?? [];
      const message = found(store, channel ?? '', shares?.[0]?.ts ?? '');
      const previous = toWire(message, filesUrl());
      file.deleted = true;
      await event(`${id}:file_deleted`, {
        type: 'file_deleted',
        file_id: id,
        channel_ids: [channel],
        event_ts: store.nextTs(),
      });
      return changed(message, previous);
    },
    async press(message, label, user = PERSON) {
      const button = buttonsOf(message).find((each) => each.label === label || each.actionId.endsWith(`:${label}`));
      if (button === undefined) throw new Error(`no button ${label} on ${message.ts}`);
      const { ts, channel } = message;
      const thread_ts = message.thread_ts;
      return send('interactive', `${ts}:action`, {
        type: 'block_actions',
        team: { id: store.team, domain: 'radiology' },
        user: { id: user, username: 'reader', name: 'reader', team_id: store.team },
        api_app_id: 'A0CXR',
        container: {
          type: 'message',
          message_ts: ts,
          channel_id: channel,
          is_ephemeral: message.ephemeralFor !== undefined,
          ...(thread_ts === undefined ? {} : { thread_ts }),
        },
        channel: { id: channel, name: 'reading' },
        message: toWire(message, filesUrl()),
        trigger_id: trigger(user),
        response_url: responseUrl(),
        actions: [
          {
            type: button.type,
            action_id: button.actionId,
            block_id: 'b',
            value: button.value,
            action_ts: store.nextTs(),
          },
        ],
      });
    },
    async submit(stored, answers) {
      const { view, user } = stored;
      const state = stateOf(stored, answers);
      if (state === null) return null;
      const delivery = await send('interactive', `${stored.id}:view`, {
        type: 'view_submission',
        team: { id: store.team, domain: 'radiology' },
        user: { id: user, username: 'reader', name: 'reader', team_id: store.team },
        api_app_id: 'A0CXR',
        token: 'unused',
        trigger_id: trigger(user),
        view: {
          ...view,
          id: stored.id,
          team_id: store.team,
          state: { values: state },
          hash: '1.x',
          root_view_id: stored.id,
        },
        response_urls: [],
      });
      settle(stored, delivery);
      return delivery;
    },
    command: (text, options = {}) =>
      send('slash_commands', `command ${text}`, {
        token: 'unused',
        command: '/cxr',
        text,
        response_url: responseUrl(),
        trigger_id: store.nextId('trigger'),
        user_id: options.user ?? PERSON,
        user_name: 'reader',
        team_id: store.team,
        team_domain: 'radiology',
        channel_id: options.channel ?? 'C0READING',
        channel_name: 'reading',
        api_app_id: 'A0CXR',
      }),
    shortcut: (message, user = PERSON) =>
      send('interactive', `${message.ts}:shortcut`, {
        type: 'message_action',
        callback_id: 'read_xray',
        trigger_id: store.nextId('trigger'),
        message_ts: message.ts,
        action_ts: store.nextTs(),
        response_url: responseUrl(),
        team: { id: store.team, domain: 'radiology' },
        user: { id: user, name: 'reader', team_id: store.team },
        channel: { id: message.channel, name: 'reading' },
        message: toWire(message, filesUrl()),
        token: 'unused',
      }),
    openHome: (user) =>
      event(`${user}:home`, {
        type: 'app_home_opened',
        user,
        channel: `D${user}`,
        tab: 'home',
        event_ts: store.nextTs(),
      }),
    async openAssistant(user) {
      const channel = `D${user}`;
      const thread = store.nextTs();
      store.add({
        channel,
        ts: thread,
        user: store.bot.user,
        bot_id: store.bot.bot,
        subtype: 'assistant_app_thread',
        text: 'New chat',
      });
      const sent = await event(`${thread}:assistant`, {
        type: 'assistant_thread_started',
        assistant_thread: { user_id: user, channel_id: channel, thread_ts: thread, context: {} },
        event_ts: store.nextTs(),
      });
      return { delivery: sent, channel, thread };
    },
  };
}

function found(store: SlackStore, channel: string, ts: string): StoredMessage {
  const message = store.find(channel, ts);
  if (message === undefined) throw new Error(`no message ${ts} in ${channel}`);
  return message;
}
