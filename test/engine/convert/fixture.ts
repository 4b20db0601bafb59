// Where the tiny checkpoint in the published v2 layout lies, and what an independent implementation answers on it; for the converter's tests.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** Another checkpoint with expected outputs in the same form can be tried by setting this variable. */
export const fixtureDir = resolve(process.env.CXR_CONVERT_FIXTURE ?? '../shared/fixtures/cxr-llava-v2-tiny');
export const hasFixture = existsSync(join(fixtureDir, 'expected.json'));

const expectedSchema = z.object({
  image_tokens: z.object({ file: z.string(), shape: z.tuple([z.int(), z.int()]) }),
  greedy: z.array(
    z.object({
      question: z.string(),
      prompt_ids: z.array(z.union([z.int(), z.literal('IMG')])),
      answer_ids: z.array(z.int()),
      first_logits_top5: z.array(z.tuple([z.int(), z.number()])),
      first_logprob_top: z.number(),
    }),
  ),
});

export function readExpected(dir: string) {
  const expected = expectedSchema.parse(JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')));
  const bytes = readFileSync(join(dir, expected.image_tokens.file));
  const imageTokens = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { ...expected, imageTokens };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} values against ${b.length}`);
  let largest = 0;
  for (let index = 0; index < a.length; index += 1) {
    largest = Math.max(largest, Math.abs((a[index] as number) - (b[index] as number)));
  }
  return largest;
}
