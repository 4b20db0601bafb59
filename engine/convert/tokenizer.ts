// LLaMA's tokenizer from its sentencepiece file, as GGUF metadata; the file is a small protobuf.
// Fields: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { z } from 'zod';
import type { GgufMetadata } from '../gguf.ts';
import { invalidCheckpoint } from './safetensors.ts';

const SCHEMA = `syntax = "proto2";
message Piece { optional string piece = 1; optional float score = 2; optional int32 type = 3 [default = 1]; }
message Trainer {
  optional int32 model_type = 3 [default = 1];
  optional int32 unk_id = 40 [default = 0];
  optional int32 bos_id = 41 [default = 1];
  optional int32 eos_id = 42 [default = 2];
}
message Normalizer { optional bool add_dummy_prefix = 3 [default = true]; }
message Model { repeated Piece pieces = 1; optional Trainer trainer_spec = 2; optional Normalizer normalizer_spec = 3; }`;

const pieceSchema = z.object({ piece: z.string(), score: z.number(), type: z.int().min(1).max(6) });
const modelSchema = z.object({
  pieces: z.array(pieceSchema).min(3),
  trainerSpec: z.object({ modelType: z.int(), unkId: z.int(), bosId: z.int(), eosId: z.int() }),
  normalizerSpec: z.object({ addDummyPrefix: z.boolean() }),
});

/** Token types, the same numbers in sentencepiece and GGUF. */
export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
/** `trainer_spec.model_type` of byte-pair encoding, which LLaMA uses. */
const BPE = 2;
const PLACEHOLDER_SCORE = -10000;

export interface Tokenizer {
  pieces: { piece: string; score: number; type: number }[];
  bosId: number;
  eosId: number;
  unkId: number;
  addDummyPrefix: boolean;
  /** False for Hugging Face tokenizers with `legacy: false`: no space between a special token and the text after it. */
  spaceAfterSpecial: boolean;
  chatTemplate?: string;
}

const addedTokens = z.record(z.string(), z.int().min(0));
const tokenizerConfig = z.looseObject({
  added_tokens_decoder: z
    .record(z.string().regex(/^\d+$/), z.looseObject({ content: z.string(), special: z.boolean().optional() }))
    .optional(),
  chat_template: z.string().optional(),
  legacy: z.boolean().optional(),
});

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidCheckpoint(`${path} is not valid JSON.`, {}, cause);
  }
}

/**
 * Reads `tokenizer.model` in `dir` and the tokens added to it (`added_tokens.json`, `tokenizer_config.json`); rows of the
 * embedding beyond them become unused placeholders, as in llama.cpp's own converter.
 * Throws `checkpoint-invalid`: no such file, no BPE model, more tokens than embedding rows.
 */
export async function readTokenizer(dir: string, rows: number): Promise<Tokenizer> {
  const path = join(dir, 'tokenizer.model');
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw invalidCheckpoint(`There is no readable tokenizer.model in ${dir}.`, {}, cause);
  });
  const type = protobuf.parse(SCHEMA).root.lookupType('Model');
  let decoded: unknown;
  try {
    decoded = type.toObject(type.decode(bytes), { defaults: true });
  } catch (cause) {
    throw invalidCheckpoint('tokenizer.model is no sentencepiece model.', {}, cause);
  }
  const parsed = modelSchema.safeParse(decoded);
  if (!parsed.success) throw invalidCheckpoint('tokenizer.model is no complete sentencepiece model.', {}, parsed.error);
  const { pieces, trainerSpec, normalizerSpec } = parsed.data;
  if (trainerSpec.modelType !== BPE) {
    throw invalidCheckpoint('tokenizer.model is no byte-pair model; LLaMA-2 and Vicuna have one.');
  }
  const config = tokenizerConfig.safeParse((await readJson(join(dir, 'tokenizer_config.json'))) ?? {});
  const added = addedTokens.safeParse((await readJson(join(dir, 'added_tokens.json'))) ?? {});
  const extra = new Map<number, { piece: string; isSpecial: boolean }>();
  for (const [piece, id] of Object.entries(added.data ?? {})) extra.set(id, { piece, isSpecial: true });
  for (const [id, token] of Object.entries(config.data?.added_tokens_decoder ?? {})) {
    extra.set(Number(id), { piece: token.content, isSpecial: token.special ?? false });
  }
  const tokens = pieces.map(({ piece, score, type: kind }) => ({ piece, score, type: kind }));
  const last = Math.max(-1, ...extra.keys());
  if (tokens.length > rows || last >= rows) {
    throw invalidCheckpoint(
      `The tokenizer has ${Math.max(tokens.length, last + 1)} tokens, but the embedding only ${rows} rows.`,
    );
  }
  for (let id = tokens.length; id < rows; id += 1) {
    const token = extra.get(id);
    tokens.push(
      token
        ? {
            piece: token.piece,
            score: PLACEHOLDER_SCORE,
            type: token.isSpecial ? TOKEN_TYPE.control : TOKEN_TYPE.userDefined,
          }
        : { piece: `[PAD${id}]`, score: PLACEHOLDER_SCORE, type: TOKEN_TYPE.unused },
    );
  }
  const chatTemplate = config.data?.chat_template;
  return {
    pieces: tokens,
    bosId: trainerSpec.bosId,
    eosId: trainerSpec.eosId,
    unkId: trainerSpec.unkId,
    addDummyPrefix: normalizerSpec.addDummyPrefix,
    spaceAfterSpecial: config.data?.legacy !== false,
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  };
}

/** The tokenizer as llama.cpp reads it. */
export function tokenizerMetadata(tokenizer: Tokenizer): GgufMetadata {
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.pre': { type: 'string', value: 'default' },
    'tokenizer.ggml.tokens': { type: 'array', of: 'string', value: tokenizer.pieces.map(({ piece }) => piece) },
    'tokenizer.ggml.scores': { type: 'array', of: 'float32', value: tokenizer.pieces.map(({ score }) => score) },
    'tokenizer.ggml.token_type': { type: 'array', of: 'int32', value: tokenizer.pieces.map(({ type }) => type) },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: tokenizer.bosId },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: tokenizer.eosId },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: tokenizer.unkId },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
    'tokenizer.ggml.add_eos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: tokenizer.addDummyPrefix },
    ...(tokenizer.chatTemplate === undefined
      ? {}
      : { 'tokenizer.chat_template': { type: 'string', value: tokenizer.chatTemplate } }),
  };
}
