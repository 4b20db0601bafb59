// Forms on Discord: modals within its limits, in time, and what the person hears where one cannot be had.
import Keyv from 'keyv';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PERSON } from '../../support/discord-server/people.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';
import type { StoredMessage } from '../../support/discord-server/store.ts';
import { FORM_CONTROL } from '../../support/form-control.ts';

const eventually = { timeout: 20_000, interval: 20 };
let discord: StartedDiscord;
let carrier: StoredMessage;
beforeEach(async () => {
  discord = await startDiscord();
  carrier = await shown();
});
afterEach(() => discord.close());

async function shown(): Promise<StoredMessage> {
  const { people, store } = discord.server;
  const root = people.post({ text: 'A case' });
  await (await discord.adapter.reply(discord.place(root.id), { key: 'k' })).finish({
    text: 'Case.',
    controls: [FORM_CONTROL],
  });
  const [message] = store.in(root.id);
  if (message === undefined) throw new Error('no reply');
  return message;
}

const whispers = () => discord.server.store.ofBot().filter(({ onlyFor }) => onlyFor === PERSON);

test('opens labels with inputs at once, and acknowledges nothing else', async () => {
  const { people } = discord.server;
  const press = people.press(carrier, 'Give my answer');
  await people.answered(press);
  expect(press.callback?.type).toBe(9);
  expect(press.modal).toMatchObject({
    title: 'My answer',
    components: [
      { type: 18, label: 'What do you see?', component: { type: 4, style: 2, custom_id: 'findings', max_length: 200 } },
      { type: 18, label: 'How sure are you?', component: { type: 3, custom_id: 'certainty', required: false } },
      { type: 18, label: 'What else could it be?', component: { type: 4, custom_id: 'other', max_length: 3_000 } },
    ],
  });
  expect(discord.events.filter(({ kind }) => kind === 'action')).toEqual([]);
});

test('a submission is deferred on its message, and its private answer is seen by the person alone', async () => {
  const { people } = discord.server;
  const press = people.press(carrier, 'Give my answer');
  await people.answered(press);
  const sent = people.submit(press, { 'What do you see?': 'effusion', 'How sure are you?': 'Sure' });
  await people.answered(sent);
  expect(sent.callback?.type).toBe(6);
  const event = await vi.waitFor(() => {
    const [found] = discord.of('action');
    if (found === undefined) throw new Error('no action yet');
    return found;
  }, eventually);
  expect(event.fields).toEqual({ findings: 'effusion', certainty: 'Sure' });
  const reply = await discord.adapter.reply(event.place, { key: 'a', answers: event.id, privateTo: PERSON });
  await reply.finish({ text: 'I read it.' });
  expect(whispers().map(({ content }) => content)).toEqual([expect.stringContaining('I read it.')]);
});

test('a blank answer to what is required gets one sentence, to the person alone', async () => {
  const { people } = discord.server;
  const press = people.press(carrier, 'Give my answer');
  await people.answered(press);
  const sent = people.submit(press, { 'What do you see?': ' \n' });
  await people.answered(sent);
  expect(whispers().map(({ content }) => content)).toEqual(['Please fill in "What do you see?".']);
  expect(discord.of('action')).toEqual([]);
});

test('what cannot be undone asks once more, and counts when that is answered', async () => {
  const { people, store } = discord.server;
  const root = people.post({ text: 'Another case' });
  await (await discord.adapter.reply(discord.place(root.id), { key: 'sure' })).finish({
    text: 'Case.',
    controls: [{ action: 'forget', label: 'Forget this case', style: 'danger', asksFirst: true }],
  });
  const [message] = store.in(root.id);
  if (message === undefined) throw new Error('no reply');
  const press = people.press(message, 'Forget this case');
  await people.answered(press);
  expect(press.modal).toMatchObject({ title: 'Forget this case', components: [{ label: 'This cannot be undone.' }] });
  expect(discord.of('action')).toEqual([]);
  await people.answered(people.submit(press, { 'This cannot be undone.': 'Yes' }));
  await vi.waitFor(() => expect(discord.of('action')).toMatchObject([{ action: 'forget' }]), eventually);
});

test('with a store that outlives the adapter the form opens after a restart', async () => {
  const { server } = discord;
  await discord.adapter.stop();
  const store = new Keyv();
  const first = await startDiscord({ server, config: { store } });
  const root = server.people.post({ text: 'Another case' });
  await (await first.adapter.reply(first.place(root.id), { key: 'k' })).finish({
    text: 'Case.',
    controls: [FORM_CONTROL],
  });
  const [message] = server.store.in(root.id);
  await first.close();
  const second = await startDiscord({ server, config: { store } });
  try {
    const press = server.people.press(message as StoredMessage, 'Give my answer');
    await server.people.answered(press);
    expect(press.modal?.title).toBe('My answer');
  } finally {
    await second.close();
  }
});

test('a form that the store does not have is said to be gone, once, to the person alone', async () => {
  const { people } = discord.server;
  await discord.adapter.stop();
  const again = await startDiscord({ server: discord.server });
  try {
    const press = people.press(carrier, 'Give my answer');
    await people.answered(press);
    expect(press.callback).toMatchObject({ type: 4, ephemeral: true });
    expect(whispers().map(({ content }) => content)).toEqual([expect.stringContaining('in your own words')]);
    expect(again.of('action')).toEqual([]);
  } finally {
    await again.close();
  }
});

test('a press that Discord has given up is logged, and nobody crashes', async () => {
  const { people, times } = discord.server;
  times.answerWithinMs = 0;
  people.press(carrier, 'Give my answer');
  await vi.waitFor(
    () => expect(discord.logged.map(({ sentence }) => sentence).join()).toContain('a form was not opened'),
    eventually,
  );
  times.answerWithinMs = 3_000;
  const press = people.press(carrier, 'Give my answer');
  await people.answered(press);
  expect(press.modal).toBeDefined();
});
