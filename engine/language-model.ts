// The bundle's language model, loaded: tokens in and out, the context all conversations share, the slots that images take. Prompts and conversations are built above it.
import type { GgufTensorInfo, LlamaContext, LlamaContextOptions, LlamaModel, Token } from 'node-llama-cpp';
import type { Bundle } from './bundle.ts';
import { type ChatFormat, createChatFormat } from './chat-format.ts';
import { type RowSource, readableRowType, readRows } from './embedding-rows.ts';
import { CxrError } from './error.ts';
import { GGUF_TENSOR_TYPES } from './gguf.ts';
import {
  cacheTokensOf,
  type EngineLog,
  type GpuChoice,
  type LlamaOptions,
  type LlamaRuntime,
  loadLlama,
  startLlama,
} from './llama-runtime.ts';
import type { SoftTokenSlots } from './soft-token.ts';
import { createVicunaFormat } from './vicuna-format.ts';

export interface LanguageModel {
  runtime: LlamaRuntime;
  model: LlamaModel;
  /** KV caches of all conversations: one context whose sequences are decoded in common batches, or for a tiny model one for each. */
  contexts: readonly LlamaContext[];
  /** States are only handed over between contexts that agree in this number. */
  sequencesPerContext: number;
  /** How the KV cache is kept; states can only be handed over between contexts that agree in it. */
  cache: CacheOptions;
  /** Most prompt and answer tokens of one conversation. */
  contextTokens: number;
  slots: SoftTokenSlots;
  /** Embedding rows of these ids as llama.cpp dequantises them, float32 [ids.length, width]. */
  embeddingRows(ids: readonly number[]): Promise<Float32Array>;
  format: ChatFormat;
  /** Plain text → ids; nothing in it becomes a special token. */
  tokenize(text: string): number[];
  /** Ids → text; `before` are the ids that stand in front of them. */
  detokenize(ids: readonly number[], before?: readonly number[]): string;
  close(): Promise<void>;
}

/** Number formats of a KV cache. */
export const KV_CACHE_TYPES = ['f32', 'f16', 'q8_0'] as const;
export type KvCacheType = (typeof KV_CACHE_TYPES)[number];

type CacheOptions = Required<
  Pick<LlamaContextOptions, 'experimentalKvCacheKeyType' | 'experimentalKvCacheValueType' | 'flashAttention'>
>;

export interface LanguageModelOptions {
  sequences: number;
  /** By default f32 for a model in float32, which is there to be exact, and f16 for every other. */
  kvCache?: KvCacheType;
  log: EngineLog;
}

const CHAT_FORMATS = { llama2: createChatFormat, vicuna: createVicunaFormat } as const;

/** Branded type of node-llama-cpp; an id is just a number. */
export function asTokens(ids: readonly number[]): Token[] {
  return ids as readonly number[] as Token[];
}

/** Loads the language model of a bundle. Throws CxrError `backend-unavailable` or `bundle-invalid`. */
export async function loadLanguageModel(
  bundle: Bundle,
  options: LanguageModelOptions & LlamaOptions & { gpu: GpuChoice },
): Promise<LanguageModel> {
  const llama = await startLlama(options.gpu, options.log);
  const cacheTokens = cacheTokensOf(bundle, options.sequences);
  return createLanguageModel(bundle, await loadLlama(llama, bundle.languagePath, { ...options, cacheTokens }), options);
}

/** Makes a loaded GGUF the bundle's language model; disposes it where that fails. Throws as `loadLanguageModel`. */
export async function createLanguageModel(
  bundle: Bundle,
  runtime: LlamaRuntime,
  options: LanguageModelOptions,
): Promise<LanguageModel> {
  const { language } = bundle.manifest;
  const { model, threads } = runtime;
  try {
    const table = embeddingTable(bundle, model);
    const source = rowSource(bundle, table);
    const slots = await readSlots(bundle, source);
    const cache = cacheOptions(options.kvCache ?? (table.ggmlType === GGUF_TENSOR_TYPES.F32.id ? 'f32' : 'f16'));
    const { bos, eos } = model.tokens;
    if (bos === null || eos === null) throw invalid(bundle, 'has no begin and end tokens, which the chat format needs');
    const trained = model.trainContextSize;
    if (language.contextTokens > trained) {
      options.log('warn', 'the bundle asks for a longer context than its language model was trained for', {
        contextTokens: language.contextTokens,
        trained,
      });
    }
    const sequencesPerContext = runtime.sideBySide ? 1 : options.sequences;
    const contexts: LlamaContext[] = [];
    while (contexts.length * sequencesPerContext < options.sequences) {
      contexts.push(
        await model.createContext({
          sequences: sequencesPerContext,
          contextSize: language.contextTokens,
          threads,
          ...cache,
          failedCreationRemedy: false,
        }),
      );
    }
    const tokenize = (text: string) => (text === '' ? [] : model.tokenize(text, false));
    // SentencePiece puts its space before the line break, which is a byte of its own and merges with nothing.
    const lineBreak = tokenize('\n');
    const withoutSpace = (text: string) => tokenize(`\n${text}`).slice(lineBreak.length);
    return {
      runtime,
      model,
      contexts,
      sequencesPerContext,
      cache,
      // node-llama-cpp keeps one cell of a sequence free.
      contextTokens: Math.min(language.contextTokens, ...contexts.map(({ contextSize }) => contextSize)) - 1,
      slots,
      embeddingRows: (ids) => readRows(source, ids),
      format: CHAT_FORMATS[language.chat]({
        tokenize,
        tokenizeAfterSpecial: language.spaceAfterSpecial === false ? withoutSpace : tokenize,
        bos,
        eos,
        imageTokenCount: language.imageTokenIds.length,
      }),
      tokenize,
      detokenize: (ids, before) =>
        before === undefined
          ? model.detokenize(asTokens(ids))
          : model.detokenize(asTokens(ids), false, asTokens(before)),
      async close() {
        for (const context of contexts) await context.dispose();
        await model.dispose();
        await runtime.llama.dispose();
      },
    };
  } catch (error) {
    await model.dispose();
    await runtime.llama.dispose();
    if (error instanceof CxrError) throw error;
    throw new CxrError(
      'backend-unavailable',
      `There is not enough memory for ${options.sequences} conversations of ${language.contextTokens} tokens at once; lower the number of sequences.`,
      { cause: error },
    );
  }
}

function invalid(bundle: Bundle, what: string): CxrError {
  return new CxrError('bundle-invalid', `The bundle's language model ${bundle.manifest.language.file} ${what}.`);
}

/** llama.cpp quantises values only under flash attention, and flash attention rounds float32 to half; f16 leaves the choice to it. */
function cacheOptions(type: KvCacheType): CacheOptions {
  const format = ({ f32: 'F32', f16: 'F16', q8_0: 'Q8_0' } as const)[type];
  return {
    experimentalKvCacheKeyType: format,
    experimentalKvCacheValueType: format,
    flashAttention: ({ f32: false, f16: 'auto', q8_0: true } as const)[type],
  };
}

function embeddingTable(bundle: Bundle, model: LlamaModel): GgufTensorInfo {
  const table = model.fileInfo.tensorInfo?.find(({ name }) => name === 'token_embd.weight');
  if (table === undefined) throw invalid(bundle, 'holds no token_embd.weight');
  if (!readableRowType(table.ggmlType)) {
    throw invalid(
      bundle,
      'stores token_embd.weight in a type other than F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K or Q6_K',
    );
  }
  return table;
}

function rowSource({ languagePath }: Bundle, table: GgufTensorInfo): RowSource {
  return {
    path: languagePath,
    offset: Number(table.fileOffset),
    type: table.ggmlType,
    width: Number(table.dimensions[0]),
    rows: Number(table.dimensions[1]),
  };
}

async function readSlots(bundle: Bundle, source: RowSource): Promise<SoftTokenSlots> {
  const ids = bundle.manifest.language.imageTokenIds;
  const outside = ids.find((id) => id >= source.rows);
  if (outside !== undefined) {
    throw new CxrError(
      'bundle-invalid',
      `bundle.json: field language.imageTokenIds names id ${outside}, but ${bundle.manifest.language.file} knows only ${source.rows} tokens.`,
    );
  }
  return { ids, baseRows: await readRows(source, ids), vocabSize: source.rows, width: source.width };
}
