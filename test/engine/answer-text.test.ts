// Text from generated ids, piece by piece: what is streamed is what the whole answer reads, and no half character is ever shown.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAnswerText } from '../../engine/answer-text.ts';
import { type LanguageModel, loadLanguageModel } from '../../engine/language-model.ts';
import { openToyBundle } from '../support/toy-bundle.ts';

let dir = '';
let language: LanguageModel;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'answer-text-'));
  language = await loadLanguageModel(await openToyBundle(dir), { sequences: 1, gpu: 'off', log: () => {} });
});
afterAll(async () => {
  await language.close();
  await rm(dir, { recursive: true, force: true });
});

test.each(['There is pleural effusion.', 'Größe ≥ 3, 心 and 🫁!', 'a\nb', ' x'])(
  '%j comes out as it went in',
  (written) => {
    for (let round = 0; round < 2; round++) {
      const text = createAnswerText(language);
      const pieces = language.tokenize(written).map((id) => text.push(id));
      pieces.push(text.end());
      expect(pieces.join('')).toBe(written.trimStart());
      expect(text.text).toBe(written.trimStart());
      for (const piece of pieces) expect(piece).not.toContain('\ufffd');
    }
  },
);

test('bytes that never become a character are shown as such and do not hold the rest back', () => {
  const text = createAnswerText(language);
  // <0xC3> alone: the first half of a two-byte character (byte pieces begin at id 3).
  const half = 3 + 0xc3;
  const pieces = [half, half, half, half, ...language.tokenize('Yes')].map((id) => text.push(id));
  expect(pieces.slice(0, 3)).toEqual(['', '', '']);
  expect(text.text).toMatch(/^\ufffd+ ?Yes$/);
});
