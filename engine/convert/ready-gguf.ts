// A language model that is a GGUF file already (LLaMA-2-13B-chat for the paper's v1, say): checked and copied, never rewritten.
import { copyFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { z } from 'zod';
import { invalidCheckpoint } from './safetensors.ts';
import type { Tokenizer } from './tokenizer.ts';

const metadataSchema = z.looseObject({
  'general.architecture': z.literal('llama'),
  'llama.embedding_length': z.int().positive(),
  'llama.context_length': z.int().positive(),
  'tokenizer.ggml.model': z.literal('llama', 'must be "llama", a sentencepiece tokenizer'),
  'tokenizer.ggml.tokens': z.array(z.string()).min(3),
  'tokenizer.ggml.token_type': z.array(z.int()).min(3),
  'tokenizer.ggml.bos_token_id': z.int().min(0).default(1),
  'tokenizer.ggml.eos_token_id': z.int().min(0).default(2),
  'tokenizer.ggml.unknown_token_id': z.int().min(0).default(0),
});

export interface ReadyGguf {
  path: string;
  hidden: number;
  maxPositions: number;
  tokenizer: Tokenizer;
  bytes: number;
}

/** Throws `checkpoint-invalid` where the file is no LLaMA with a sentencepiece tokenizer and an output matrix of its own. */
export async function openReadyGguf(path: string): Promise<ReadyGguf> {
  const file = basename(path);
  const parsed = await gguf(path, { allowLocalFile: true }).catch((cause: unknown) => {
    throw invalidCheckpoint(`${file} is no readable GGUF file.`, {}, cause);
  });
  const metadata = metadataSchema.safeParse(parsed.metadata);
  if (!metadata.success) {
    const issue = metadata.error.issues[0];
    throw invalidCheckpoint(`${file}: ${issue?.path.join('.')} does not fit a LLaMA-2: ${issue?.message}.`);
  }
  const names = new Set(parsed.tensorInfos.map(({ name }) => name));
  for (const name of ['token_embd.weight', 'output.weight']) {
    if (!names.has(name)) {
      throw invalidCheckpoint(
        `${file} lacks tensor ${name}; the image's adapter needs input and output embeddings of their own.`,
      );
    }
  }
  const values = metadata.data;
  const types = values['tokenizer.ggml.token_type'];
  return {
    path,
    hidden: values['llama.embedding_length'],
    maxPositions: values['llama.context_length'],
    tokenizer: {
      pieces: values['tokenizer.ggml.tokens'].map((piece, id) => ({ piece, score: 0, type: types[id] ?? 1 })),
      bosId: values['tokenizer.ggml.bos_token_id'],
      eosId: values['tokenizer.ggml.eos_token_id'],
      unkId: values['tokenizer.ggml.unknown_token_id'],
      addDummyPrefix: true,
      spaceAfterSpecial: true,
    },
    bytes: (await stat(path)).size,
  };
}

export async function copyReadyGguf(ready: ReadyGguf, to: string): Promise<void> {
  await copyFile(ready.path, to);
}
