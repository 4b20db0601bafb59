// Starts llama.cpp through node-llama-cpp: which GPU, how many threads. It never downloads and never builds; imported lazily, because the package takes a quarter of a second to load.
import { statSync } from 'node:fs';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import type { Bundle } from './bundle.ts';
import { CxrError } from './error.ts';

export const GPU_CHOICES = ['auto', 'cuda', 'vulkan', 'metal', 'off'] as const;
export type GpuChoice = (typeof GPU_CHOICES)[number];

/** For an operator's log: what was chosen and why. No patient data ever passes through it. */
export type EngineLog = (level: 'info' | 'warn', message: string, facts?: Record<string, unknown>) => void;

export interface LlamaRuntime {
  llama: Llama;
  model: LlamaModel;
  /** Threads of each context. */
  threads: number;
  /** True where every conversation gets a context of its own, decoded side by side, instead of one batch for all. */
  sideBySide: boolean;
  /** What computes: `cpu`, `cuda`, `vulkan` or `metal`. */
  backend: string;
}

export interface LlamaOptions {
  threads?: number;
  /** Tokens of KV cache, all conversations together, that must fit on the GPU beside the layers placed there. */
  cacheTokens?: number;
  /** Overrides whether conversations share batches or are decoded side by side. */
  decoding?: 'batched' | 'side-by-side';
  log: EngineLog;
}

/**
 * Below this a pool of threads costs more than it brings: one is made anew for every evaluation (measured: 0.3 ms a token with one, 12 ms
 * with two), and so does a batch over conversations: their weights stay in the processor's cache, so nothing is saved by reading
 * them once (docs/decisions, "Small models decode side by side").
 */
const TINY_BELOW_BYTES = 100 * 1024 * 1024;
/** Evaluations of tiny models in flight for each core, so that none waits while another is sampled from. */
const TINY_IN_FLIGHT_PER_CORE = 2;

export interface ThreadPlan {
  threads: number;
  maxThreads: number;
  sideBySide: boolean;
}

/** How a language model of this size is spread over a machine of so many physical cores; `wanted` overrides the threads of a context. */
export function planThreads(modelBytes: number, physicalCores: number, onGpu: boolean, wanted?: number): ThreadPlan {
  const cores = Math.max(1, physicalCores);
  if (onGpu || modelBytes >= TINY_BELOW_BYTES) {
    const threads = wanted ?? cores;
    return { threads, maxThreads: threads, sideBySide: false };
  }
  const threads = wanted ?? 1;
  return { threads, maxThreads: Math.max(threads, cores * TINY_IN_FLIGHT_PER_CORE), sideBySide: true };
}

/** Starts llama.cpp. Throws CxrError `backend-unavailable`. */
export async function startLlama(gpu: GpuChoice, log: EngineLog): Promise<Llama> {
  const { getLlama, LlamaLogLevel, NoBinaryFoundError } = await import('node-llama-cpp');
  try {
    return await getLlama({
      gpu: gpu === 'off' ? false : gpu,
      build: 'never',
      usePrebuiltBinaries: true,
      skipDownload: true,
      progressLogs: false,
      maxThreads: 1,
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => log(level === 'warn' ? 'info' : 'warn', message.trim(), { from: 'llama.cpp' }),
    });
  } catch (error) {
    const what = gpu === 'auto' ? 'No' : `No working ${gpu === 'off' ? 'CPU' : gpu}`;
    if (error instanceof NoBinaryFoundError || gpu !== 'auto') {
      throw new CxrError(
        'backend-unavailable',
        `${what} build of llama.cpp is installed for this machine; set GPU to another value, or install one.`,
        { cause: error, detail: { gpu } },
      );
    }
    throw error;
  }
}

/** Conversations that are live at the same time, where nothing else is said. */
export const DEFAULT_SEQUENCES = 4;

/** KV cache of all conversations, and of the context through which an image enters, in tokens. */
export function cacheTokensOf({ manifest }: Bundle, sequences = DEFAULT_SEQUENCES): number {
  const { contextTokens, imageTokenIds } = manifest.language;
  return sequences * (contextTokens + imageTokenIds.length);
}

/** Layers are placed by the GPU's free memory; a model that cannot be loaded there is loaded for the CPU. Not verified on a GPU. */
async function loadModel(llama: Llama, modelPath: string, { cacheTokens, log }: LlamaOptions): Promise<LlamaModel> {
  if (llama.gpu === false) return llama.loadModel({ modelPath });
  try {
    const fitContext = cacheTokens === undefined ? {} : { fitContext: { contextSize: cacheTokens } };
    return await llama.loadModel({ modelPath, gpuLayers: { min: 0, ...fitContext } });
  } catch (error) {
    log('warn', `the language model does not fit on the GPU (${llama.gpu}); it runs on the CPU`, { error });
    return llama.loadModel({ modelPath, gpuLayers: 0 });
  }
}

/** Loads a GGUF language model; `threads` overrides what `planThreads` says. Throws CxrError `bundle-invalid` and disposes `llama` then. */
export async function loadLlama(llama: Llama, path: string, options: LlamaOptions): Promise<LlamaRuntime> {
  const plan = planThreads(statSync(path).size, llama.cpuMathCores, llama.gpu !== false, options.threads);
  const { threads } = plan;
  const sideBySide = options.decoding === undefined ? plan.sideBySide : options.decoding === 'side-by-side';
  llama.maxThreads = plan.maxThreads;
  try {
    const model = await loadModel(llama, path, options);
    const backend = llama.gpu === false || model.gpuLayers === 0 ? 'cpu' : llama.gpu;
    options.log('info', 'language model loaded', { backend, gpuLayers: model.gpuLayers, ...plan });
    return { llama, model, threads, sideBySide, backend };
  } catch (error) {
    await llama.dispose();
    throw new CxrError(
      'bundle-invalid',
      "The bundle's language model (field language.file) cannot be loaded: it is damaged, of a kind that llama.cpp does not know, or too large for this machine's memory.",
      { cause: error },
    );
  }
}
