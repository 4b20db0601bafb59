// Conformance: a form behind a button: opening is no event, a submission is one event however often it comes, its text is only text.
import { expect, test, vi } from 'vitest';
import type { ActionEvent } from '../../../bot/contract.ts';
import { FORM, FORM_CONTROL } from '../../support/form-control.ts';
import { type Bench, eventually, need } from './bench.ts';
import type { SeenForm } from './harness.ts';

const ANSWERS = { 'What do you see?': '  effusion  ', 'How sure are you?': 'Not sure at all' };

export function describeForms(bench: Bench): void {
  const actions = (): ActionEvent[] => bench.events.filter((event) => event.kind === 'action');
  const submitted = (count = 1): Promise<ActionEvent> =>
    vi.waitFor(() => {
      const found = actions();
      expect(found).toHaveLength(count);
      return found.at(-1) as ActionEvent;
    }, eventually);

  async function shown() {
    const opened = await bench.opened('form');
    await opened.reply.finish({ text: 'What do you see?', controls: [FORM_CONTROL] });
    const press = (): Promise<SeenForm | null | undefined> | undefined =>
      bench.harness.openForm?.(opened.place.thread, opened.reply.post, 'case-answer');
    return { ...opened, press };
  }

  test('opens the form of a button, and tells nobody of it', async ({ skip }) => {
    need(skip, bench.harness.openForm, 'forms');
    const { press } = await shown();
    const seen = await press();
    const expected = FORM.fields.map(({ label, options = [], required = false }) => ({ label, options, required }));
    expect(seen?.title).toBe(FORM.title);
    expect(seen?.fields.length).toBeGreaterThan(0);
    expect(seen?.fields).toEqual(expected.slice(0, seen?.fields.length));
    expect(actions()).toEqual([]);
  });

  test('tells a submitted form with its button, place and fields', async ({ skip }) => {
    need(skip, bench.harness.submitForm, 'forms');
    const { event, place, reply, press } = await shown();
    await press();
    expect(await bench.harness.submitForm?.(ANSWERS)).toBe(true);
    const action = await submitted();
    expect(action).toMatchObject({ action: 'case-answer', post: reply.post, value: '7' });
    expect(action.place).toEqual(place);
    expect(action.author.id).toBe(event.author.id);
    // Trimmed, and without what was left blank.
    expect(action.fields).toEqual({ findings: 'effusion', certainty: 'Not sure at all' });
    const answer = await bench.adapter.reply(action.place, {
      key: 'read back',
      answers: action.id,
      privateTo: action.author.id,
    });
    await answer.finish({ text: 'I read it.' });
  });

  test('takes no form in which something required is missing', async ({ skip }) => {
    need(skip, bench.harness.submitForm, 'forms');
    const { press } = await shown();
    await press();
    expect(await bench.harness.submitForm?.({ ...ANSWERS, 'What do you see?': '   ' })).toBe(false);
    expect(actions()).toEqual([]);
    await press();
    await bench.harness.submitForm?.(ANSWERS);
    expect((await submitted()).fields?.findings).toBe('effusion');
  });

  test('gives a submission that comes again the same id', async ({ skip }) => {
    need(skip, bench.harness.resubmitForm, 'redelivery of forms');
    const { press } = await shown();
    await press();
    await bench.harness.submitForm?.(ANSWERS);
    const first = await submitted();
    await bench.harness.resubmitForm?.();
    await bench.posted({ text: 'afterwards', mention: 'bot' });
    expect(new Set(actions().map(({ id }) => id))).toEqual(new Set([first.id]));
    await press();
    await bench.harness.submitForm?.({ ...ANSWERS, 'What do you see?': 'no effusion' });
    await vi.waitFor(() => expect(new Set(actions().map(({ id }) => id)).size).toBe(2), eventually);
  });

  test('hostile text in a field is only text', async ({ skip }) => {
    need(skip, bench.harness.submitForm, 'forms');
    const { press } = await shown();
    await press();
    const hostile = '@everyone <!channel> <@U12345> <https://evil.example|x> [y](https://evil.example) {"a":1} `</b>';
    await bench.harness.submitForm?.({ 'What do you see?': hostile });
    const action = await submitted();
    expect(action.fields).toEqual({ findings: hostile });
    const answer = await bench.adapter.reply(action.place, { key: 'hostile form', answers: action.id });
    await answer.finish({ text: action.fields?.findings ?? '' });
    expect(await bench.harness.pings()).toEqual([]);
    expect((await bench.harness.links()).filter((link) => link.includes('evil.example'))).toEqual([]);
  });

  test('after a restart the form opens, or one sentence says that it is gone', async ({ skip }) => {
    need(skip, bench.harness.openForm, 'forms');
    if (bench.harness.forgetsOnCrash === true) skip('nothing that was seen outlives a crash here');
    const { press } = await shown();
    await bench.restart();
    const before = (await bench.harness.told?.())?.length ?? 0;
    const seen = await press();
    const told = ((await bench.harness.told?.()) ?? []).slice(before);
    if (seen === null) {
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/do not have this form any more/);
    } else {
      expect(seen?.title).toBe(FORM.title);
      expect(told).toEqual([]);
    }
    expect(actions()).toEqual([]);
  });

  test('a form that was open when the bot crashed can still be sent', async ({ skip }) => {
    need(skip, bench.harness.submitForm, 'forms');
    if (bench.harness.forgetsOnCrash === true) skip('nothing that was seen outlives a crash here');
    const { place, reply, press } = await shown();
    await press();
    await bench.restart();
    await bench.harness.submitForm?.(ANSWERS);
    const action = await submitted();
    expect(action).toMatchObject({ action: 'case-answer', post: reply.post, value: '7' });
    expect(action.place).toEqual(place);
    expect(action.fields).toEqual({ findings: 'effusion', certainty: 'Not sure at all' });
  });

  test('refuses a form that some platform would not take', async ({ skip }) => {
    need(skip, bench.harness.openForm, 'forms');
    const { reply } = await bench.opened('large');
    const controls = [
      { ...FORM_CONTROL, form: { ...FORM, title: 'A title that is longer than any Slack modal takes' } },
    ];
    await expect(reply.finish({ text: 'Answer:', controls })).rejects.toThrow(RangeError);
  });
}
