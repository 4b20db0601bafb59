// Forms at the reading room's server: fields count only for the form that stands under a post now, and only from who may see it.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RefusedBody } from '../../../adapters/web/wire.ts';
import type { Place } from '../../../bot/contract.ts';
import { FORM_CONTROL } from '../../support/form-control.ts';
import { type Client, createClient } from './client.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

let room: ReadingRoom;
let client: Client;
let thread = '';
let place: Place;

beforeEach(async () => {
  room = await openReadingRoom({ token: 'shared-token' });
  client = createClient(room.url, 'shared-token');
  await client.hello();
  thread = (await client.createThread()).id;
  place = { thread: `web:reading-room:${thread}`, channel: 'reading-room', space: '', isDirect: false };
});
afterEach(() => room.close());

async function post(options: { privateTo?: string } = {}): Promise<string> {
  const reply = await room.adapter.reply(place, { key: randomUUID(), ...options });
  await reply.finish({ text: 'Case', controls: [FORM_CONTROL, { action: 'case-confirm', label: 'Yes' }] });
  return reply.post;
}

async function submit(body: object, by = client): Promise<string | null> {
  const whole = { id: randomUUID(), action: 'case-answer', value: '7', ...body };
  const response = await by.request('POST', `/api/threads/${thread}/actions`, whole);
  return response.ok ? null : ((await response.json()) as RefusedBody).error.sentence;
}

const fields = { findings: 'effusion' };

describe('a form', () => {
  test('is one event, and the same id sent twice is one', async () => {
    const body = { id: randomUUID(), post: await post(), fields };
    expect(await submit(body)).toBeNull();
    expect(await submit(body)).toBeNull();
    expect(room.core.events).toMatchObject([{ kind: 'action', action: 'case-answer', value: '7', fields }]);
  });

  test('survives a restart, because the page keeps it with its post', async () => {
    const under = await post();
    await room.restart();
    // A connection that the old server closed may be tried first.
    await client.hello().catch(() => client.hello());
    expect(await submit({ post: under, fields })).toBeNull();
    expect(room.core.events).toMatchObject([{ fields }]);
  });

  test.for<[string, object, RegExp]>([
    ['without its fields', {}, /do not have this form any more/],
    ['under another value', { value: '8', fields }, /do not have this form any more/],
    ['for a plain button', { action: 'case-confirm', value: undefined, fields }, /do not have this form any more/],
    ['with a choice that is not offered', { fields: { ...fields, certainty: 'Very' } }, /choose one/],
    ['with too much text', { fields: { findings: 'x'.repeat(201) } }, /at most 200/],
    ['with something that is no text', { fields: { findings: { $ne: '' } } }, /does not understand/],
  ])('%s is refused with one sentence', async ([, change, sentence]) => {
    expect(await submit({ post: await post(), ...change })).toMatch(sentence);
    expect(room.core.events).toEqual([]);
  });

  test('under a post for one person is not for another', async () => {
    const { person } = await client.hello();
    const other = createClient(room.url, 'shared-token');
    await other.hello();
    const under = await post({ privateTo: person.id });
    expect(await submit({ post: under, fields }, other)).toMatch(/do not have this form any more/);
    expect(await submit({ post: under, fields })).toBeNull();
  });

  test('a refused one can be put right under the same id', async () => {
    const body = { id: randomUUID(), post: await post() };
    expect(await submit({ ...body, fields: { findings: ' ' } })).toMatch(/fill in/);
    expect(await submit({ ...body, fields })).toBeNull();
    expect(room.core.events).toHaveLength(1);
  });
});
