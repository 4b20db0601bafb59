// Chooses the token ids that stand for an image's vectors in the context that carries the image; everywhere else they keep their meaning.
import { invalidCheckpoint } from './safetensors.ts';
import { TOKEN_TYPE, type Tokenizer } from './tokenizer.ts';

/** A single ASCII character, with or without the word mark: the chat format's brackets and any question are made of these. */
const EVERYDAY = /^▁?[ -~]?$/;

/**
 * `count` distinct ids: `<unk>` first, which no text ever becomes, then ordinary pieces from the vocabulary's end, where a
 * byte-pair vocabulary keeps what is rare; single ASCII characters only where nothing else is left. Control, byte and
 * placeholder tokens are left alone. Throws `checkpoint-invalid` where the vocabulary is smaller than the image.
 */
export function chooseImageSlots(tokenizer: Tokenizer, count: number): number[] {
  const ordinary = tokenizer.pieces
    .map(({ piece, type }, id) => ({ id, type, isEveryday: EVERYDAY.test(piece) }))
    .filter(({ id, type }) => type === TOKEN_TYPE.normal && id !== tokenizer.unkId)
    .reverse();
  const candidates = [
    ...ordinary.filter(({ isEveryday }) => !isEveryday),
    ...ordinary.filter(({ isEveryday }) => isEveryday),
  ];
  const slots = [tokenizer.unkId, ...candidates.map(({ id }) => id)];
  if (slots.length < count) {
    throw invalidCheckpoint(
      `The image becomes ${count} tokens, but the vocabulary has only ${slots.length} ordinary pieces to stand for them.`,
    );
  }
  return slots.slice(0, count);
}
