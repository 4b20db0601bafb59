// Slash command, message shortcut, App Home, Assistant container: what Slack's users expect to find.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import type { CommandEvent } from '../../../bot/contract.ts';
import { buttonsOf } from '../../support/slack-server/rendering.ts';
import { type StartedSlack, startSlack } from '../../support/slack-server/started.ts';

const PNG = { name: 'film.png', mimetype: 'image/png', bytes: Uint8Array.of(1, 2, 3) };
let slack: StartedSlack;
beforeEach(async () => {
  slack = await startSlack();
});
afterEach(() => slack.close());

async function command(text: string): Promise<CommandEvent | undefined> {
  const sent = await slack.server.people.command(text);
  expect(sent.attempts).toHaveLength(1);
  expect(sent.attempts[0]?.acknowledgedAt).not.toBeNull();
  return slack.of('command').at(-1);
}

test('/cxr passes its word and the rest on', async () => {
  expect(await command('')).toMatchObject({ name: 'help', argument: '' });
  expect(await command('Status')).toMatchObject({ name: 'status', argument: '' });
  expect(await command('settings language de')).toMatchObject({ name: 'settings', argument: 'language de' });
  expect(await command('case new chest pain')).toMatchObject({ name: 'case', argument: 'new chest pain' });
  expect(new Set(slack.of('command').map((each) => each.id)).size).toBe(4);
});

test('/cxr forget means the case in which the bot last answered this person there', async () => {
  const { people } = slack.server;
  expect(await command('forget')).toMatchObject({ place: { thread: 'slack:C0READING:' } });
  const posted = people.post({ files: [PNG] });
  await posted.delivered;
  const event = slack.of('message')[0];
  if (event === undefined) throw new Error('no event');
  await (await slack.adapter.reply(event.place, { key: 'report', answers: event.id })).finish({ text: 'Report.' });
  expect(await command('forget')).toMatchObject({ place: { thread: `slack:C0READING:${posted.thread}` } });
  expect(await command('settings')).toMatchObject({ place: { thread: 'slack:C0READING:' } });
  await people.command('forget', { user: 'U0PERSON2' });
  expect(slack.of('command').at(-1)).toMatchObject({ place: { thread: 'slack:C0READING:' } });
});

test('"Read this X-ray" brings the files of the message and its thread', async () => {
  const { people } = slack.server;
  const posted = people.post({ text: 'old film', files: [PNG] });
  await posted.delivered;
  await people.shortcut(posted.message, 'U0PERSON2');
  expect(slack.of('command')[0]).toMatchObject({
    name: 'read',
    target: `slack:C0READING:${posted.message.ts}`,
    place: { thread: `slack:C0READING:${posted.message.ts}` },
    author: { id: 'U0PERSON2' },
    attachments: [{ name: 'film.png', size: 3 }],
  });
});

test('the App Home shows help, state and settings in the core’s words', async () => {
  await slack.server.people.openHome('U0PERSON1');
  const commands = slack.of('command');
  expect(commands.map((each) => each.name)).toEqual(['help', 'status', 'settings']);
  for (const each of commands) {
    const reply = await slack.adapter.reply(each.place, { key: each.id, answers: each.id, privateTo: each.author.id });
    await reply.finish({
      text: `The answer to **${each.name}** <!channel>`,
      controls: [{ action: 'help', label: `More ${each.name}` }],
    });
  }
  const blocks = slack.server.store.homes.get('U0PERSON1') ?? [];
  const text = JSON.stringify(blocks);
  for (const name of ['help', 'status', 'settings']) expect(text).toContain(`The answer to *${name}* &lt;!channel&gt;`);
  expect(buttonsOf({ blocks }).map((each) => each.label)).toEqual(['More help', 'More status', 'More settings']);
  expect(slack.server.store.messages.filter((message) => message.bot_id !== undefined)).toEqual([]);
});

test('the Assistant container gets suggested prompts and conversations of its own', async () => {
  const { people, store } = slack.server;
  const { channel, thread } = await people.openAssistant('U0PERSON1');
  expect(store.prompts).toMatchObject([{ channel, thread }]);
  expect(store.prompts[0]?.prompts.length).toBeGreaterThan(1);
  await people.post({ channel, thread, files: [PNG] }).delivered;
  const event = slack.of('message')[0];
  expect(event?.place).toMatchObject({ thread: `slack:${channel}:${thread}`, isDirect: true });
});

test('the manifest asks for what the adapter uses, and nothing that it does not', async () => {
  const manifest = parse(readFileSync(new URL('../../../slack-manifest.yaml', import.meta.url), 'utf8')) as {
    features: Record<string, unknown>;
    oauth_config: { scopes: { bot: string[] } };
    settings: {
      event_subscriptions: { bot_events: string[] };
      socket_mode_enabled: boolean;
      interactivity: { is_enabled: boolean };
    };
  };
  expect(new Set(manifest.oauth_config.scopes.bot)).toEqual(
    new Set([
      'app_mentions:read',
      'assistant:write',
      'channels:history',
      'chat:write',
      'commands',
      'files:read',
      'files:write',
      'groups:history',
      'im:history',
      'im:write',
      'mpim:history',
      'users:read',
    ]),
  );
  expect(new Set(manifest.settings.event_subscriptions.bot_events)).toEqual(
    new Set([
      'app_home_opened',
      'app_mention',
      'assistant_thread_started',
      'file_deleted',
      'file_shared',
      'message.channels',
      'message.groups',
      'message.im',
      'message.mpim',
    ]),
  );
  expect(manifest.settings).toMatchObject({ socket_mode_enabled: true, interactivity: { is_enabled: true } });
  expect(manifest.features).toMatchObject({
    app_home: { home_tab_enabled: true },
    slash_commands: [{ command: '/cxr' }],
    shortcuts: [{ type: 'message', callback_id: 'read_xray', name: 'Read this X-ray' }],
  });
  await vi.waitFor(() => expect(slack.adapter.health().ready).toBe(true));
});
