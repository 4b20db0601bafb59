// Turns projected image vectors into a LoRA adapter on the embedding table: with it the slot ids *are* the image. Layout: design of llama.cpp's adapter loader (llama-adapter.cpp).
import { ggufTensorBytes, writeGguf } from './gguf.ts';

export interface SoftTokenSlots {
  /** Distinct token ids that stand for the image's vectors, in order. */
  ids: readonly number[];
  /** float32 [ids.length, width]: the embedding rows of these ids as llama.cpp dequantises them. */
  baseRows: Float32Array;
  vocabSize: number;
  /** Width of the language model's embeddings. */
  width: number;
}

/**
 * Writes the adapter that turns the slot ids into `imageTokens` (float32 [slots, width], row by row).
 * A is one-hot (row i of the adapter's rank belongs to slot i), B is vector − base row, alpha 0 means scale 1.
 * Throws RangeError where the number of values does not fit the slots.
 */
export async function writeSoftToken(path: string, slots: SoftTokenSlots, imageTokens: Float32Array): Promise<void> {
  const { ids, width, vocabSize } = slots;
  if (imageTokens.length !== ids.length * width) {
    throw new RangeError(`image tokens hold ${imageTokens.length} values, ${ids.length} × ${width} are needed`);
  }
  const { type, data } = oneHot(ids, vocabSize);
  await writeGguf(path, {
    metadata: {
      'general.architecture': { type: 'string', value: 'llama' },
      'general.type': { type: 'string', value: 'adapter' },
      'adapter.type': { type: 'string', value: 'lora' },
      'adapter.lora.alpha': { type: 'float32', value: 0 },
    },
    tensors: [
      { name: 'token_embd.weight.lora_a', shape: [ids.length, vocabSize], type, data },
      {
        name: 'token_embd.weight.lora_b',
        shape: [ids.length, width],
        type: 'F32',
        data: bytesOf(difference(slots, imageTokens)),
      },
    ],
  });
}

/** B in ggml order [rank, width]: for each embedding dimension the ranks one after another. */
function difference({ ids, baseRows, width }: SoftTokenSlots, imageTokens: Float32Array): Float32Array {
  const rank = ids.length;
  const b = new Float32Array(rank * width);
  for (let slot = 0; slot < rank; slot++) {
    for (let dim = 0; dim < width; dim++) {
      const at = slot * width + dim;
      b[dim * rank + slot] = (imageTokens[at] ?? 0) - (baseRows[at] ?? 0);
    }
  }
  return b;
}

/** A in ggml order [rank, vocabulary]. Blocks of Q8_0 hold 0 and 1 exactly (scale 1), at a quarter of F32's size: with 1024 slots that counts. */
function oneHot(ids: readonly number[], vocabSize: number): { type: 'F32' | 'Q8_0'; data: Uint8Array } {
  const rank = ids.length;
  if (rank % 32 !== 0) {
    const a = new Float32Array(rank * vocabSize);
    for (const [slot, id] of ids.entries()) a[id * rank + slot] = 1;
    return { type: 'F32', data: bytesOf(a) };
  }
  const data = new Uint8Array(ggufTensorBytes('Q8_0', [rank, vocabSize]));
  const halfOne = [0x00, 0x3c];
  for (const [slot, id] of ids.entries()) {
    const block = ((id * rank + slot) / 32) | 0;
    data.set(halfOne, block * 34);
    data[block * 34 + 2 + (slot % 32)] = 1;
  }
  return { type: 'Q8_0', data };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
