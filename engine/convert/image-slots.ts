// Chooses the token ids that stand for an image's vectors in the context that carries the image; everywhere else they keep their meaning.
import { invalidCheckpoint } from './safetensors.ts';
import { TOKEN_TYPE, type Tokenizer } from './tokenizer.ts';

/** A single ASCII character, with or without the word mark: the chat format's brackets and any question are made of these. */
const EVERYDAY = /^▁?[ -~]?$/;

/**
 * `count` distinct ids: `<unk>` first, which no text ever becomes, then ordinary pieces from the vocabulary's end, where a
 * byte-pair vocabulary keeps what is rare, single ASCII characters after them; what is left of the vocabulary only where the
 * image needs it, which is safe because nothing but the slots is evaluated under the adapter.
 * Throws `checkpoint-invalid` where the vocabulary is smaller than the image.
 */
export function chooseImageSlots(tokenizer: Tokenizer, count: number): number[] {
  const rank = (piece: string, type: number): number => {
    if (type !== TOKEN_TYPE.normal) return 2;
    return EVERYDAY.test(piece) ? 1 : 0;
  };
  const others = tokenizer.pieces
    .map(({ piece, type }, id) => ({ id, rank: rank(piece, type) }))
    .filter(({ id }) => id !== tokenizer.unkId)
    .sort((a, b) => a.rank - b.rank || b.id - a.id);
  if (others.length + 1 < count) {
    throw invalidCheckpoint(
      `The image becomes ${count} tokens, but the vocabulary has only ${others.length + 1} to stand for them.`,
    );
  }
  return [tokenizer.unkId, ...others.map(({ id }) => id)].slice(0, count);
}
