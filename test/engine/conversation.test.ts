// A conversation end to end on the toy model: streaming, seeds, what is evaluated again, grammars, confirmations, keys, rewinding, aborting.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnswerStream, Turn } from '../../engine/engine.ts';
import type { OpenedEngine } from '../../engine/open-engine.ts';
import { toyImage } from '../support/toy-bundle.ts';
import { type ToyFolder, toyFolder } from '../support/toy-engine.ts';

let folder: ToyFolder;
let engine: OpenedEngine;
beforeAll(async () => {
  folder = await toyFolder();
  engine = await folder.open();
});
afterAll(() => folder.remove());

const greedy = { temperature: 0, maxTokens: 12 };

async function said(stream: AnswerStream): Promise<{ pieces: string[]; turn: Turn }> {
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  return { pieces, turn: await stream.turn };
}

test('the pieces that are streamed are the answer, and the turn is stored', async () => {
  const conversation = await engine.start(toyImage(1));
  const { pieces, turn } = await said(conversation.ask('What is there?', greedy));
  expect(turn.answerTokenIds.length).toBe(turn.answerTokens);
  expect(turn.answerTokens).toBeGreaterThan(0);
  expect(pieces.join('')).toBe(turn.answer);
  expect(pieces.length).toBeGreaterThan(1);
  expect(conversation.turns).toEqual([turn]);
  expect(turn.image).toBe(0);
});

test('the answer depends on the image', async () => {
  const answers = await Promise.all(
    [1, 2, 3].map(
      async (seed) => (await (await engine.start(toyImage(seed))).ask('What is there?', greedy).turn).answer,
    ),
  );
  expect(new Set(answers).size).toBeGreaterThan(1);
});

test('the same seed gives the same answer, and another seed another one', async () => {
  const answer = async (seed: number) => {
    const conversation = await engine.start(toyImage(1));
    return (await conversation.ask('What is there?', { temperature: 1.5, topP: 1, maxTokens: 20, seed }).turn).answer;
  };
  expect(await answer(5)).toBe(await answer(5));
  expect(new Set([await answer(5), await answer(6), await answer(7)]).size).toBeGreaterThan(1);
});

test('a follow-up evaluates its own tokens and nothing again', async () => {
  const conversation = await engine.start(toyImage(1));
  const first = await conversation.ask('Is there any edema?', greedy).turn;
  const second = await conversation.ask('Why?', greedy).turn;
  const third = await conversation.ask('What is the report?', greedy).turn;
  // The opening was computed for an earlier conversation: only the image and the question are new.
  expect(first.evaluatedTokens).toBeLessThan(first.promptTokens);
  for (const [before, after] of [
    [first, second],
    [second, third],
  ] as const) {
    const fresh = after.promptTokens - before.promptTokens - before.answerTokens;
    // The last token of an answer that was cut off is said but not yet evaluated.
    expect(after.evaluatedTokens - fresh).toBe(before.stopReason === 'length' ? 1 : 0);
  }
});

test('what was evaluated agrees with llama.cpp’s own count', async () => {
  const { loadLanguageModel } = await import('../../engine/language-model.ts');
  const { createPrefill } = await import('../../engine/prefill.ts');
  const { createDialogue } = await import('../../engine/dialogue.ts');
  const { createSequencePool } = await import('../../engine/sequence-pool.ts');
  const { openToyBundle } = await import('../support/toy-bundle.ts');
  const bundle = await openToyBundle(`${folder.dir}/counted`, { systemPrompt: 'You read radiographs.' });
  const language = await loadLanguageModel(bundle, { sequences: 1, gpu: 'off', log: () => {} });
  const dialogue = createDialogue(language, createPrefill(language, folder.dir));
  const seat = await createSequencePool(language.contexts, { dir: folder.dir, maxStateBytes: 0 }).acquire('a');
  const ask = (prompt: number[]) =>
    dialogue.answer(seat, {
      prompt,
      imageTokens: () => toyImage(1).imageTokens,
      sampling: { temperature: 0, topP: 1, maxTokens: 5 },
      onText: () => {},
    });
  const prompt = language.format.first('You read radiographs.', 0, 'Is there any edema?');
  const first = await ask(prompt);
  const before = seat.sequence.tokenMeter.getState();
  const second = await ask([...prompt, ...first.answerTokenIds, ...language.format.following(undefined, 'Why?')]);
  const { usedInputTokens, usedOutputTokens } = seat.sequence.tokenMeter.diff(before);
  // Each generated token is fed back in, but for the last one where the answer was cut off.
  const fedBack = second.answerTokens - (second.stopReason === 'length' ? 1 : 0);
  expect(usedInputTokens + usedOutputTokens).toBe(second.evaluatedTokens + fedBack);
  await language.close();
});

test('yes/no and JSON grammars constrain the answer', async () => {
  const conversation = await engine.start(toyImage(1));
  const yesNo = await conversation.ask('Is there any edema?', { ...greedy, grammar: { kind: 'yes-no' } }).turn;
  expect(yesNo.answer).toMatch(/^(Yes|No)$/);
  const schema = { type: 'object', properties: { effusion: { type: 'boolean' } } };
  const json = await conversation.ask('Report.', {
    temperature: 0,
    maxTokens: 100,
    grammar: { kind: 'json-schema', schema },
  }).turn;
  expect(JSON.parse(json.answer)).toEqual({ effusion: expect.any(Boolean) });
});

test('a confirmation gives a probability, leaves the transcript alone and agrees with the grammar’s greedy answer', async () => {
  const conversation = await engine.start(toyImage(1));
  await conversation.ask('What is there?', greedy).turn;
  const confirmation = await conversation.confirm('effusion');
  expect(confirmation.probability).toBeGreaterThan(0);
  expect(confirmation.probability).toBeLessThan(1);
  expect(confirmation.answer).toBe(confirmation.probability >= 0.5 ? 'yes' : 'no');
  expect(conversation.turns.length).toBe(1);
  const { confirmationPrompt } = await import('../../prompts/paper.ts');
  const asked = await conversation.ask(confirmationPrompt('pleural effusion'), {
    ...greedy,
    grammar: { kind: 'yes-no' },
  }).turn;
  expect(asked.answer.toLowerCase()).toBe(confirmation.answer);
  expect(await conversation.confirm('effusion')).toMatchObject({ finding: 'effusion' });
});

test('asking twice with one key is asking once', async () => {
  const conversation = await engine.start(toyImage(1));
  const options = { temperature: 1, key: 'event-1' };
  const [first, again] = await Promise.all([
    said(conversation.ask('What is there?', options)),
    said(conversation.ask('What is there?', options)),
  ]);
  expect(again.turn).toEqual(first.turn);
  expect(again.pieces.join('')).toBe(first.turn.answer);
  expect(conversation.turns.length).toBe(1);
});

test('rewinding forgets a turn and all after it, and the conversation goes on as if they had not been', async () => {
  const conversation = await engine.start(toyImage(1));
  await conversation.ask('Report.', { ...greedy, key: 'a' }).turn;
  const why = await conversation.ask('Why?', { ...greedy, key: 'b' }).turn;
  await conversation.ask('What else?', { ...greedy, key: 'c' }).turn;
  expect(await conversation.rewind('b')).toBe(2);
  expect(await conversation.rewind('nothing')).toBe(0);
  const again = await conversation.ask('Why?', { ...greedy, key: 'd' }).turn;
  expect(again.answerTokenIds).toEqual(why.answerTokenIds);
  expect(conversation.turns.map(({ key }) => key)).toEqual(['a', 'd']);
});

test('an aborted answer is stored with what was said, and one stopped before its first word is not', async () => {
  const conversation = await engine.start(toyImage(1));
  const stop = new AbortController();
  const stream = conversation.ask('What is there?', { temperature: 0, maxTokens: 300, signal: stop.signal });
  for await (const piece of stream) if (piece !== '') stop.abort();
  const turn = await stream.turn;
  expect(turn.stopReason).toBe('aborted');
  expect(turn.answerTokens).toBeLessThan(300);
  expect(conversation.turns).toEqual([turn]);

  const aborted = conversation.ask('Why?', { signal: AbortSignal.abort() });
  await expect(aborted.turn).rejects.toMatchObject({ code: 'aborted' });
  await expect(said(aborted)).rejects.toMatchObject({ code: 'aborted' });
  expect(conversation.turns.length).toBe(1);
  expect((await conversation.ask('Why?', greedy).turn).answerTokens).toBeGreaterThan(0);
});

test('a second image enters with its question and changes the answer', async () => {
  const ask = async (seed: number) => {
    const conversation = await engine.start(toyImage(1));
    await conversation.ask('Report.', greedy).turn;
    const index = await conversation.addImage(toyImage(seed), 'film-2');
    expect(await conversation.addImage(toyImage(seed), 'film-2')).toBe(index);
    expect(conversation.images.length).toBe(2);
    const turn = await conversation.ask('What is there?', { ...greedy, image: index }).turn;
    expect(turn.image).toBe(1);
    return turn.answerTokenIds.join();
  };
  expect(await ask(2)).toBe(await ask(2));
  expect(new Set([await ask(2), await ask(3), await ask(4)]).size).toBeGreaterThan(1);
  const conversation = await engine.start(toyImage(1));
  await expect(conversation.ask('Report.', { image: 3 }).turn).rejects.toMatchObject({ code: 'usage' });
});

test('more images than the model keeps apart are refused, and the conversation goes on', async () => {
  const single = await folder.open({ maxImages: 1 });
  const conversation = await single.start(toyImage(1));
  await conversation.ask('Report.', greedy).turn;
  await expect(conversation.addImage(toyImage(2), 'film-2')).rejects.toMatchObject({
    code: 'context-full',
    message: expect.stringContaining('at most 1 image apart'),
  });
  expect(conversation.images.length).toBe(1);
  expect((await conversation.ask('Why?', greedy).turn).answerTokens).toBeGreaterThan(0);
});

test.each([
  ['', 'question-empty'],
  [' \n\u0000 ', 'question-empty'],
  ['x'.repeat(100_000), 'question-too-long'],
  ['word '.repeat(400), 'question-too-long'],
])('a question that cannot be asked is refused in a plain sentence', async (question, code) => {
  const conversation = await engine.start(toyImage(1));
  await expect(conversation.ask(question).turn).rejects.toMatchObject({ code });
  expect(conversation.turns.length).toBe(0);
});

test('sampling values outside their range are named', async () => {
  const conversation = await engine.start(toyImage(1));
  await expect(conversation.ask('Why?', { topP: 0 }).turn).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('topP'),
  });
});
