// The App Home: its sections are the core's own answers to `help`, `status` and `settings`, shown there instead of in a thread.
import { createHash } from 'node:crypto';
import type { types } from '@slack/bolt';
import type { CommandEvent, Reply, ReplyContent } from '../../bot/contract.ts';
import { createRecent } from '../shared/recent.ts';
import { controlBlocks } from './controls.ts';
import { splitForSlack, toMrkdwn } from './render.ts';
import type { SlackApi } from './slack-api.ts';
import { placeOf, timeOf } from './thread-id.ts';

const SECTIONS = [
  { name: 'help', title: 'What I do' },
  { name: 'status', title: 'State' },
  { name: 'settings', title: 'Settings' },
] as const;
const HOME_PREFIX = 'home-';

export interface HomeView {
  /** The commands whose answers fill the page of `user`, after an empty page was published. */
  open(user: string, eventTs: string, space: string): Promise<CommandEvent[]>;
  /** A reply whose text becomes a section of the page; null if `channel` is no home. */
  reply(channel: string, section: string | null, post: string): Reply | null;
}

export function createHomeView(api: SlackApi): HomeView {
  const pages = createRecent<Map<string, { text: string; blocks: types.KnownBlock[] }>>(500);
  const published = createRecent<string>(500);

  async function publish(user: string): Promise<void> {
    const page = pages.get(user) ?? new Map<string, never>();
    const blocks: types.KnownBlock[] = SECTIONS.flatMap(({ name, title }) => [
      { type: 'header' as const, text: { type: 'plain_text' as const, text: title } },
      ...(page.get(name)?.blocks ?? [section('_One moment …_')]),
    ]);
    const view = { type: 'home', blocks: blocks.slice(0, 100) };
    const hash = createHash('sha256').update(JSON.stringify(view)).digest('hex');
    if (published.get(user) === hash) return;
    await api.call('views.publish', { user_id: user, view });
    published.set(user, hash);
  }

  return {
    async open(user, eventTs, space) {
      if (!pages.has(user)) pages.set(user, new Map());
      published.delete(user);
      await publish(user);
      return SECTIONS.map(({ name }) => ({
        kind: 'command',
        id: `slack:home:${user}:${eventTs}:${name}`,
        place: placeOf(`${HOME_PREFIX}${user}`, name, space, true),
        author: { id: user, isBot: false },
        at: timeOf(eventTs),
        name,
        argument: '',
        attachments: [],
      }));
    },
    reply(channel, name, post) {
      if (!channel.startsWith(HOME_PREFIX) || name === null) return null;
      const user = channel.slice(HOME_PREFIX.length);
      async function show(content: ReplyContent): Promise<void> {
        const page = pages.get(user) ?? new Map();
        const texts = splitForSlack(content.text).map((text) => section(toMrkdwn(text)));
        page.set(name ?? '', {
          text: content.text,
          blocks: [...texts, ...controlBlocks(content.controls ?? [], post, { topLevel: true })],
        });
        pages.set(user, page);
        await publish(user);
      }
      return {
        post,
        update: async () => undefined,
        finish: show,
        fail: (sentence) => show({ text: sentence }),
      };
    },
  };
}

function section(text: string): types.SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}
