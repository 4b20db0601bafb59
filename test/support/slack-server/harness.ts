// The conformance harness over the local Slack: what a person in a thread does and sees.

import { createSlackAdapter, type SlackAdapter } from '../../../adapters/slack/slack-adapter.ts';
import type { SlackConfig } from '../../../adapters/slack/slack-config.ts';
import type { AdapterHarness, SeenForm, SeenPost } from '../../adapters/conformance.ts';
import { spiedAdapter } from '../spied-adapter.ts';
import { visibleWrites } from './http-side.ts';
import { buttonsOf, linksOf, pingsOf, renderText } from './rendering.ts';
import { createSlackServer, type SlackServer } from './slack-server.ts';
import type { StoredMessage, StoredView } from './store.ts';

export interface SlackHarness extends AdapterHarness {
  server: SlackServer;
}

/** Waits shortened so that tests need not sit them out; what is waited for stays the same. */
export const QUICK = {
  editIntervalMs: 60,
  appendIntervalMs: 40,
  retryDelayMs: 20,
  fileSharedGraceMs: 150,
  requestTimeoutMs: 3_000,
};

export function configFor(
  server: SlackServer,
  transport: 'socket' | 'http',
  extra: Partial<SlackConfig> = {},
): SlackConfig {
  return {
    botToken: server.tokens.bot,
    apiUrl: server.apiUrl,
    ...(transport === 'socket' ? { appToken: server.tokens.app } : { signingSecret: server.signingSecret, port: 0 }),
    timing: QUICK,
    ...extra,
  };
}

/** Starts are wrapped so that the local Slack knows where to send signed requests. */
export function adapterFor(server: SlackServer, config: SlackConfig): SlackAdapter {
  const adapter = createSlackAdapter(config);
  return {
    ...adapter,
    async start(receive) {
      await adapter.start(receive);
      const port = adapter.httpPort();
      if (port !== null) server.delivery.options.requestUrl = `http://127.0.0.1:${port}/slack/events`;
    },
  };
}

const DRAFT = /Draft ([0-9a-f]{8}), still being written …/;

export function refOf(message: StoredMessage): string | null {
  const ref = message.metadata?.event_payload.ref;
  if (typeof ref === 'string') return ref;
  const named = message.files
    .map((file) => /-([0-9a-f]{8})(?:\.\w+)?$/.exec(file.name)?.[1])
    .find((each) => each !== undefined);
  return named ?? DRAFT.exec(renderText(message))?.[1] ?? null;
}

/** The bot's replies in a thread as a person sees them. */
export function seenReplies(
  server: SlackServer,
  channel: string,
  threadTs: string,
  posts: ReadonlyMap<string, string>,
): SeenPost[] {
  const byRef = new Map<string, StoredMessage[]>();
  for (const message of server.store.thread(channel, threadTs)) {
    if (message.bot_id !== server.store.bot.bot || message.subtype === 'assistant_app_thread') continue;
    const ref = refOf(message) ?? message.ts;
    byRef.set(ref, [...(byRef.get(ref) ?? []), message]);
  }
  return [...byRef].map(([ref, messages]) => {
    const texts = messages.filter((message) => message.files.length === 0);
    const files = messages
      .flatMap((message) => message.files)
      .filter((file) => !file.deleted)
      .map((file) => ({ name: file.name.replace(`-${ref}`, ''), bytes: file.bytes }));
    return {
      id: posts.get(ref) ?? ref,
      parts: texts.map((message) =>
        renderText(message)
          .replace(DRAFT, '')
          .replace(/^_+\s*|\s*_+$/g, ''),
      ),
      unfinished: texts.some((message) => message.streaming_state === 'in_progress' || DRAFT.test(renderText(message))),
      controls: texts
        .flatMap((message) => buttonsOf(message))
        .map((each) => ({ action: JSON.parse(each.value).a as string, label: each.label })),
      pictures: files.filter((file) => file.name.endsWith('.png')),
      files: files.filter((file) => !file.name.endsWith('.png')),
    };
  });
}

function seenForm({ view }: StoredView): SeenForm {
  return {
    title: view.title.text,
    fields: view.blocks.map(({ label, optional, element }) => ({
      label: label.text,
      options: (element.options ?? []).map((option) => option.text.text),
      required: optional !== true,
    })),
  };
}

export async function createSlackHarness(
  transport: 'socket' | 'http',
  extra: Partial<SlackConfig> = {},
): Promise<SlackHarness> {
  const server = await createSlackServer();
  const { store, people, delivery } = server;
  /** Short reference → whole `Reply.post`, as the adapter answered. */
  const posts = new Map<string, string>();
  const places = new Map<string, { channel: string; ts: string }>();

  const split = (thread: string): [string, string] => {
    const [, channel = '', ts = ''] = thread.split(':');
    return [channel, ts];
  };
  const located = (message: string): { channel: string; ts: string } => {
    const place = places.get(message);
    if (place === undefined) throw new Error(`unknown message ${message}`);
    return place;
  };

  const harness: SlackHarness = {
    server,
    twice: true,
    stopOnDrafts: true,
    adapter: async () => spiedAdapter(adapterFor(server, configFor(server, transport, extra)), posts),
    async crash(adapter) {
      // As kill −9 looks from outside: what is under way is cut off; the process's own state is simply never used again.
      delivery.disconnect('drop');
      await adapter.stop();
    },
    async post(options) {
      const mention =
        options.mention === 'bot' ? `<@${store.bot.user}> ` : options.mention === 'other' ? '<@U0OTHER> ' : '';
      const [channel, threadTs] =
        options.thread === undefined ? [options.direct ? 'D0DIRECT' : 'C0READING', undefined] : split(options.thread);
      const { message, thread } = people.post({
        channel,
        ...(threadTs === undefined ? {} : { thread: threadTs }),
        user: options.by === 'other-person' ? 'U0PERSON2' : 'U0PERSON1',
        text: `${mention}${options.text ?? ''}`,
        otherBot: options.by === 'other-bot',
        files: (options.files ?? []).map((file) => ({ name: file.name, mimetype: file.mediaType, bytes: file.bytes })),
      });
      const id = `slack:${channel}:${message.ts}`;
      places.set(id, { channel, ts: message.ts });
      return { thread: `slack:${channel}:${thread}`, message: id };
    },
    seen: async (thread) => seenReplies(server, ...split(thread), posts),
    pings: async () => store.messages.filter((each) => each.bot_id === store.bot.bot).flatMap(pingsOf),
    links: async () => store.messages.filter((each) => each.bot_id === store.bot.bot).flatMap(linksOf),
    async edit(message, text) {
      const { channel, ts } = located(message);
      await people.edit(channel, ts, text);
    },
    async remove(message) {
      const { channel, ts } = located(message);
      await people.remove(channel, ts);
    },
    async press(thread, post, action) {
      const message = store
        .thread(...split(thread))
        .find((each) => buttonsOf(each).some((button) => button.value.includes(post)));
      if (message === undefined) throw new Error(`no buttons of ${post}`);
      await people.press(message, action);
    },
    async openForm(thread, post, action) {
      const before = store.views.length;
      await harness.press?.(thread, post, action);
      const opened = store.views[before];
      return opened === undefined ? null : seenForm(opened);
    },
    async submitForm(answers) {
      const view = store.views.at(-1);
      if (view === undefined) throw new Error('no form is open');
      await people.submit(view, answers);
      return !view.open;
    },
    async resubmitForm() {
      await harness.redeliver?.();
    },
    told: async () => server.responses.map(({ body }) => String(body.text)),
    async command(name, argument) {
      await people.command(`${name} ${argument}`);
    },
    async redeliver() {
      const latest = delivery.deliveries.at(-1);
      if (latest !== undefined) await delivery.redeliver(latest);
    },
    async acknowledged(message) {
      const { ts } = located(message);
      const about = delivery.deliveries.filter((each) => each.subject === ts);
      return (
        about.length > 0 && about.every((each) => each.attempts.some((attempt) => attempt.acknowledgedAt !== null))
      );
    },
    async fault(fault) {
      const kind = fault === 'disconnect' ? 'disconnect-after' : fault;
      server.faults.add({ kind, method: /^chat\./, retryAfterSeconds: 1, delayMs: 500 });
    },
    writes: async () => visibleWrites(store),
    close: () => server.close(),
  };
  return harness;
}
