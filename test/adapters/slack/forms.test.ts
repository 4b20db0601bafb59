// Forms on Slack: modals within its limits and three seconds, refused at the field, and what the person hears where one cannot be had.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FORM_CONTROL } from '../../support/form-control.ts';
import { type StartedSlack, startSlack } from '../../support/slack-server/started.ts';
import type { StoredMessage, StoredView } from '../../support/slack-server/store.ts';

const ANSWERS = { 'What do you see?': 'effusion', 'How sure are you?': 'Sure' };
let slack: StartedSlack;
let carrier: StoredMessage;
beforeEach(async () => {
  slack = await startSlack();
  const { thread } = slack.server.people.post({ text: 'A case' });
  await vi.waitFor(() => expect(slack.of('message')).toHaveLength(1));
  const reply = await slack.adapter.reply(slack.place('C0READING', thread), { key: 'k' });
  await reply.finish({ text: 'Case.', controls: [FORM_CONTROL] });
  carrier = slack.server.store.thread('C0READING', thread).at(-1) as StoredMessage;
});
afterEach(() => slack.close());

async function opened(): Promise<StoredView> {
  await slack.server.people.press(carrier, 'Give my answer');
  const view = slack.server.store.views.at(-1);
  if (view === undefined) throw new Error('no form was opened');
  return view;
}

test('one modal a press; sent, it is one event from the person, and the modal closes', async () => {
  const view = await opened();
  expect(slack.server.store.views).toHaveLength(1);
  expect(view.view).toMatchObject({ type: 'modal', title: { text: 'My answer' }, submit: { text: 'Send my answer' } });
  await slack.server.people.submit(view, ANSWERS);
  expect(view.open).toBe(false);
  expect(slack.of('action')).toMatchObject([
    { author: { id: view.user }, fields: { findings: 'effusion', certainty: 'Sure' }, place: { channel: 'C0READING' } },
  ]);
});

test('the same words sent again are the same event, other words another one', async () => {
  const view = await opened();
  await slack.server.people.submit(view, ANSWERS);
  await slack.server.people.submit(view, ANSWERS);
  await slack.server.people.submit(view, { ...ANSWERS, 'What do you see?': 'no effusion' });
  const ids = slack.of('action').map(({ id }) => id);
  expect(ids).toHaveLength(3);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('what is missing is said under its field, and the modal stays', async () => {
  const view = await opened();
  await slack.server.people.submit(view, { 'What do you see?': '  ' });
  expect(view).toMatchObject({ open: true, errors: { findings: 'Please fill in "What do you see?".' } });
  expect(slack.of('action')).toEqual([]);
});

test('what the core could not take in is not acknowledged: the modal stays, and sending again works', async () => {
  const view = await opened();
  slack.beforeTaking = () => Promise.reject(new Error('the store is away'));
  const delivery = await slack.server.people.submit(view, ANSWERS);
  expect(delivery?.attempts[0]?.acknowledgedAt).toBeNull();
  expect(view.open).toBe(true);
  slack.beforeTaking = async () => undefined;
  await slack.server.people.submit(view, ANSWERS);
  expect(view.open).toBe(false);
  expect(slack.of('action')).toHaveLength(1);
});

test('too late for Slack: one sentence to the person alone', async () => {
  const { faults, responses, store, people } = slack.server;
  faults.add({ kind: 'slow', method: 'views.open', delayMs: 3_100 });
  slack.server.delivery.options.acknowledgeWithinMs = 10_000;
  await people.press(carrier, 'Give my answer');
  expect(store.views).toEqual([]);
  expect(responses.map(({ body }) => body.text)).toEqual([expect.stringContaining('press the button again')]);
  expect(slack.of('action')).toEqual([]);
});

test('an answer of Slack that gets lost opens no second modal and says nothing wrong', async () => {
  slack.server.faults.add({ kind: 'disconnect-after', method: 'views.open' });
  await opened();
  expect(slack.server.store.views).toHaveLength(1);
  expect(slack.server.responses).toEqual([]);
});

test('a modal that carries nothing of ours is told that it is gone', async () => {
  const view = await opened();
  view.view.private_metadata = '{"place":1}';
  await slack.server.people.submit(view, ANSWERS);
  expect(view.open).toBe(true);
  expect(view.errors.findings).toContain('do not have this form any more');
  expect(slack.of('action')).toEqual([]);
});
