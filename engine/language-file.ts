// What a GGUF language model says of itself, without loading it: shape, number formats, size.
import { stat } from 'node:fs/promises';
import { GGMLQuantizationType, gguf } from '@huggingface/gguf';
import { CxrError } from './error.ts';
import type { LanguageShape } from './memory-need.ts';

export interface LanguageFile {
  shape: LanguageShape;
  /** Positions the model was trained for. */
  trainedTokens: number;
  parameters: number;
  bytes: number;
  /** How many tensors are in which number format. */
  formats: { type: string; tensors: number }[];
}

/** Throws `bundle-invalid` where the file is no LLaMA in GGUF. */
export async function describeLanguageFile(path: string): Promise<LanguageFile> {
  const invalid = (what: string, cause?: unknown): CxrError =>
    new CxrError('bundle-invalid', `The bundle's language model ${what}.`, { cause });
  const { metadata, tensorInfos } = await gguf(path, { allowLocalFile: true }).catch((cause: unknown) => {
    throw invalid('is no readable GGUF file', cause);
  });
  const number = (key: string): number => {
    const value: unknown = Reflect.get(metadata, `llama.${key}`);
    if (typeof value === 'number') return value;
    throw invalid(`has no llama.${key}`);
  };
  const hidden = number('embedding_length');
  const heads = number('attention.head_count');
  const kvHeads: unknown = Reflect.get(metadata, 'llama.attention.head_count_kv');
  const keyLength: unknown = Reflect.get(metadata, 'llama.attention.key_length');
  const embedding = tensorInfos.find(({ name }) => name === 'token_embd.weight');
  const counts = new Map<string, number>();
  for (const { dtype } of tensorInfos) {
    const type = GGMLQuantizationType[dtype] ?? `type ${dtype}`;
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return {
    shape: {
      hidden,
      layers: number('block_count'),
      kvHeads: typeof kvHeads === 'number' ? kvHeads : heads,
      headWidth: typeof keyLength === 'number' ? keyLength : hidden / heads,
      feedForward: number('feed_forward_length'),
      vocab: Number(embedding?.shape[1] ?? 0),
    },
    trainedTokens: number('context_length'),
    parameters: tensorInfos.reduce((sum, { shape }) => sum + Number(shape.reduce((a, b) => a * b, 1n)), 0),
    bytes: (await stat(path)).size,
    formats: [...counts].map(([type, tensors]) => ({ type, tensors })),
  };
}
