// The conformance harness over the local Discord: what a person in a thread does and sees.
import Keyv from 'keyv';
import { createDiscordAdapter } from '../../../adapters/discord/discord-adapter.ts';
import type { DiscordConfig } from '../../../adapters/discord/discord-config.ts';
import type { Log } from '../../../bot/contract.ts';
import type { AdapterHarness, SeenForm } from '../../adapters/conformance.ts';
import { spiedAdapter } from '../spied-adapter.ts';
import { createDiscordServer, type DiscordServer } from './discord-server.ts';
import { repliesIn } from './looking.ts';
import { OTHER, PERSON } from './people.ts';
import { linksIn } from './rendering.ts';
import { type Modal, READING, type StoredInteraction } from './store.ts';

export interface DiscordHarness extends AdapterHarness {
  server: DiscordServer;
}

/** Waits shortened so that tests need not sit them out; what is waited for stays the same. */
export const QUICK = { editIntervalMs: 60, retryDelayMs: 20, requestTimeoutMs: 3_000, deferWithinMs: 300 };

export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function configFor(server: DiscordServer, extra: Partial<DiscordConfig> = {}): DiscordConfig {
  return { token: server.store.bot.token, apiUrl: server.apiUrl, timing: QUICK, ...extra };
}

/** The channel in which a thread's messages stand: the thread if it was opened, else the channel it belongs to. */
export function channelOfPlace(server: DiscordServer, thread: string): string {
  const [, channel = '', root = ''] = thread.split(':');
  return root !== '' && server.store.channels.has(root) ? root : channel;
}

function seenForm({ title, components }: Modal): SeenForm {
  return {
    title,
    fields: components.map(({ label, component }) => ({
      label,
      options: (component.options ?? []).map((option) => option.label),
      required: component.required !== false,
    })),
  };
}

export async function createDiscordHarness(extra: Partial<DiscordConfig> = {}): Promise<DiscordHarness> {
  const server = await createDiscordServer();
  const { store, people, gateway } = server;
  /** As in `npm start`, it outlives the adapter. */
  const kept = new Keyv();
  /** Short reference → whole `Reply.post`, as the adapter answered. */
  const posts = new Map<string, string>();
  const idOf = (message: string): string => message.split(':')[2] ?? '';

  const seen = (thread: string) => repliesIn(store, channelOfPlace(server, thread), posts);

  let pressed: StoredInteraction | null = null;

  function press(thread: string, post: string, action: string): StoredInteraction {
    const reply = seen(thread).find((each) => each.id === post);
    const label = reply?.controls.find((control) => control.action === action)?.label;
    const carrier = reply?.messages.find((message) => message.components.length > 0);
    if (label === undefined || carrier === undefined) throw new Error(`no button ${action}`);
    return people.press(carrier, label);
  }

  return {
    server,
    stopOnDrafts: true,
    adapter: async () =>
      spiedAdapter(createDiscordAdapter(configFor(server, { store: kept, ...extra }), SILENT), posts),
    async crash(adapter) {
      // As kill −9 looks from outside: what is under way is cut off; the process's own state is simply never used again.
      gateway.disturb('drop');
      await adapter.stop();
    },
    async post(options) {
      const mention =
        options.mention === 'bot' ? `<@${store.bot.id}> ` : options.mention === 'other' ? `<@${OTHER}> ` : '';
      const [, parent = '', root = ''] = options.thread?.split(':') ?? [];
      const isOpen = root !== '' && store.channels.has(root);
      const channel =
        options.thread === undefined ? (options.direct ? people.direct() : READING) : isOpen ? root : parent;
      // Where no thread stands yet a person opens it; the bot does the same when it answers first.
      if (root !== '' && !isOpen) {
        store.addChannel({ id: root, type: 11, parent_id: parent, guild_id: store.guild });
      }
      const where = root !== '' ? root : channel;
      const message = people.post({
        channel: where,
        text: `${mention}${options.text ?? ''}`,
        user: options.by === 'other-person' ? OTHER : PERSON,
        isBot: options.by === 'other-bot',
        files: (options.files ?? []).map((file) => ({ name: file.name, type: file.mediaType, bytes: file.bytes })),
      });
      const isDirect = store.channels.get(where)?.type === 1;
      const thread = options.thread ?? (isDirect ? `discord:${where}:` : `discord:${where}:${message.id}`);
      return { thread, message: `discord:${where}:${message.id}` };
    },
    seen: async (thread) => seen(thread),
    pings: async () => store.ofBot().flatMap((message) => message.pinged),
    links: async () => store.ofBot().flatMap((message) => linksIn(message.content)),
    async edit(message, text) {
      people.edit(idOf(message), text);
    },
    async remove(message) {
      people.remove(idOf(message));
    },
    async press(thread, post, action) {
      await people.answered(press(thread, post, action));
    },
    async openForm(thread, post, action) {
      pressed = press(thread, post, action);
      await people.answered(pressed);
      return pressed.modal === undefined ? null : seenForm(pressed.modal);
    },
    async submitForm(answers) {
      if (pressed === null) throw new Error('no form is open');
      const sent = people.submit(pressed, answers);
      await people.answered(sent);
      return sent.callback?.type !== 4;
    },
    resubmitForm: async () => people.redeliverInteraction(),
    told: async () =>
      store
        .ofBot()
        .filter((message) => message.onlyFor !== undefined)
        .map((message) => message.content),
    async command(name, argument) {
      const [setting = '', ...value] = argument.split(' ');
      await people.answered(people.command(['cxr', name], { strings: { name: setting, value: value.join(' ') } }));
    },
    redeliver: async () => people.redeliver(),
    async fault(fault) {
      const kind = fault === 'disconnect' ? 'disconnect-after' : fault;
      server.faults.add({ kind, method: /\/messages/, retryAfterSeconds: 0.3, delayMs: 500 });
    },
    writes: async () =>
      store.calls.filter((call) => /\/messages/.test(call.path) && ['POST', 'PATCH'].includes(call.method)).length,
    close: () => server.close(),
  };
}
