// A participant's form from the button to the reveal, on Slack and Discord: real core, store and adapter over the local platform; the engine is scripted.
import { afterEach, expect, test, vi } from 'vitest';
import { createDiscordAdapter } from '../../adapters/discord/discord-adapter.ts';
import type { Adapter } from '../../bot/contract.ts';
import { createCore } from '../../bot/core.ts';
import { createLog } from '../../bot/log.ts';
import { createStateStore, type StateStore } from '../../bot/store.ts';
import { createTeachingMode } from '../../bot/teaching/teaching-mode.ts';
import { CORE_OPTIONS, plainSupplies } from '../support/core-options.ts';
import { createDiscordServer, type DiscordServer } from '../support/discord-server/discord-server.ts';
import { configFor as discordConfig, SILENT } from '../support/discord-server/harness.ts';
import { buttonsOf as discordButtons } from '../support/discord-server/rendering.ts';
import type { StoredMessage as DiscordMessage } from '../support/discord-server/store.ts';
import { createScriptedEngine } from '../support/scripted-engine.ts';
import { adapterFor, configFor as slackConfig } from '../support/slack-server/harness.ts';
import { buttonsOf, renderText } from '../support/slack-server/rendering.ts';
import { createSlackServer } from '../support/slack-server/slack-server.ts';
import type { StoredMessage } from '../support/slack-server/store.ts';
import { temporaryStoreUrl } from '../support/test-bot.ts';

const eventually = { timeout: 20_000, interval: 20 };
/** The scripted engine takes a PNG by its first byte. */
const FILM = Uint8Array.from({ length: 3_000 }, (_, n) => (n === 0 ? 0x89 : n % 251));
const OPENING = 'case new title: Breathless; findings: left effusion; differential: heart failure';
const ANSWERS = {
  'Findings, in your own words': 'Left effusion, no pneumothorax',
  'How sure are you, where you do not say it?': 'Probable (75 %)',
  'Differential diagnosis, likeliest first': 'Heart failure\nPneumonia',
};
const READ_BACK =
  /effusion: 75 % present[\s\S]*pneumothorax: absent \(75 % sure\)[\s\S]*1. Heart failure, 2. Pneumonia/;
/** Brier (0.25² + 0.25²) / 2. */
const REVEALED = /Sensitivity 1\/1 = 100 %; Specificity 11\/11 = 100 %.*Brier \(stated\) 0\.063 \(2\)/;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A bot over a platform's local server; resolves with what ends it. */
async function run(url: string, adapter: (store: StateStore) => Adapter): Promise<() => Promise<void>> {
  const log = createLog({ level: 'silent', content: false });
  const store = createStateStore(url, log);
  const engine = createScriptedEngine({ store: store.namespace('engine', null), answer: () => 'No pneumothorax.' });
  const supplies = plainSupplies({ adapter: adapter(store), engine, store, log });
  const core = createCore({ ...supplies, modes: [createTeachingMode] }, CORE_OPTIONS);
  await core.start();
  return async () => {
    await core.stop();
    await store.close();
  };
}

const found = <T>(find: () => T | undefined): Promise<T> =>
  vi.waitFor(() => {
    const one = find();
    if (one === undefined) throw new Error('not there yet');
    return one;
  }, eventually);

test.each(['socket', 'http'] as const)('on Slack by %s', async (transport) => {
  const server = await createSlackServer();
  closing.push(() => server.close());
  closing.push(await run(temporaryStoreUrl(), () => adapterFor(server, slackConfig(server, transport))));
  const { people, store } = server;
  const PARTICIPANT = 'U0PERSON2';
  const carrying = (label: string): StoredMessage | undefined =>
    store.messages.find((message) => buttonsOf(message).some((button) => button.label === label));
  const files = [{ name: 'film.png', mimetype: 'image/png', bytes: FILM }];
  const { thread } = people.post({ text: `<@${store.bot.user}> ${OPENING}`, files });
  await people.press(await found(() => carrying('Give my answer')), 'Give my answer', PARTICIPANT);
  const view = await found(() => store.views[0]);
  const sent = await people.submit(view, ANSWERS);
  expect(view.open).toBe(false);
  const whisper = await found(() => carrying('That is what I mean'));
  expect(whisper.ephemeralFor).toBe(PARTICIPANT);
  expect(renderText(whisper)).toMatch(READ_BACK);
  if (sent !== null) await server.delivery.redeliver(sent);
  await people.press(whisper, 'That is what I mean', PARTICIPANT);
  await found(() => server.responses.find(({ body }) => String(body.text).includes('Counted.')));
  people.post({ text: `<@${store.bot.user}> case reveal`, thread });
  const reveal = await found(() =>
    store.messages.find((message) => renderText(message).includes('Reveal: Breathless')),
  );
  expect(renderText(reveal)).toMatch(REVEALED);
  const readBacks = store.messages.filter((message) => renderText(message).includes('I read your answer'));
  expect(readBacks).toHaveLength(1);
});

test('on Discord, with a restart between the opening and the press', async () => {
  const server: DiscordServer = await createDiscordServer();
  closing.push(() => server.close());
  const url = temporaryStoreUrl();
  const PARTICIPANT = '500000000000000002';
  const { people, store } = server;
  const adapter = (state: StateStore): Adapter =>
    createDiscordAdapter(discordConfig(server, { store: state.namespace('discord', 60_000) }), SILENT);
  const carrying = (label: string): DiscordMessage | undefined =>
    [...store.messages.values()].find((message) => discordButtons(message).some((button) => button.label === label));
  const stop = await run(url, adapter);
  const root = people.post({
    text: `<@${store.bot.id}> ${OPENING}`,
    files: [{ name: 'film.png', type: 'image/png', bytes: FILM }],
  });
  const opening = await found(() => carrying('Give my answer'));
  await stop();
  closing.push(await run(url, adapter));
  const press = people.press(opening, 'Give my answer', PARTICIPANT);
  await people.answered(press);
  await people.answered(people.submit(press, ANSWERS));
  const whisper = await found(() => carrying('That is what I mean'));
  expect(whisper.onlyFor).toBe(PARTICIPANT);
  expect(whisper.content).toMatch(READ_BACK);
  people.redeliverInteraction();
  await people.answered(people.press(whisper, 'That is what I mean', PARTICIPANT));
  await found(() => [...store.messages.values()].find(({ content }) => content.includes('Counted.')));
  people.post({ channel: root.id, text: `<@${store.bot.id}> case reveal` });
  const reveal = await found(() =>
    [...store.messages.values()].find(({ content }) => content.includes('Reveal: Breathless')),
  );
  expect(reveal.content).toMatch(REVEALED);
  const readBacks = [...store.messages.values()].filter(({ content }) => content.includes('I read your answer'));
  expect(readBacks).toHaveLength(1);
});
