// Turns a published checkpoint into a bundle: encoder.onnx, language.gguf and bundle.json, written beside the target and moved there when complete.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256OfFile } from '../bundle.ts';
import { type BundleManifest, bundleManifestSchema } from '../bundle-manifest.ts';
import { CxrError } from '../error.ts';
import { ggufTensorBytes } from '../gguf.ts';
import { type Ggml, loadGgml } from './ggml.ts';
import { writeLanguageFile } from './gguf-file.ts';
import { chooseImageSlots } from './image-slots.ts';
import { languageMetadata, languageTensors } from './language-gguf.ts';
import { type Layout, type LayoutName, readJsonFile, readLayout } from './layout.ts';
import { MIXTURES, type QuantizationName } from './mixture.ts';
import { createOnnxGraph } from './onnx-graph.ts';
import { invalidCheckpoint, openCheckpoint } from './safetensors.ts';
import { readTokenizer } from './tokenizer.ts';
import { createWeights } from './weights.ts';

export interface ConvertProgress {
  stage: 'encoder' | 'language' | 'hashes';
  doneBytes: number;
  totalBytes: number;
}

export interface ConvertOptions {
  checkpointDir: string;
  /** Must not exist, or be an empty folder. */
  outDir: string;
  quantization: QuantizationName;
  name?: string;
  version?: string;
  license?: string;
  source?: string;
  /** Longest prompt and answer together; at most what the model was trained for, which is also the default up to 4096. */
  contextTokens?: number;
  /** The system prompt of each layout, from prompts/. */
  systemPrompts: Readonly<Partial<Record<LayoutName, string>>>;
  onProgress?: (progress: ConvertProgress) => void;
  signal?: AbortSignal;
}

export interface Conversion {
  manifest: BundleManifest;
  layout: LayoutName;
  /** True where an interrupted run was continued. */
  resumed: boolean;
}

const DEFAULT_CONTEXT_TOKENS = 4096;
/** The published generation settings (CXR-LLaVA v2): temperature 0.2, top-p 0.8, at most 512 new tokens. */
const PUBLISHED_SAMPLING = { temperature: 0.2, topP: 0.8, maxTokens: 512 };
const LICENSES: Readonly<Record<LayoutName, string>> = {
  'cxr-llava-v2':
    'CC BY-NC 4.0 (weights as published) and LLaMA 2 Community License (language model): no commercial use',
  'cxr-llava-v1': 'as stated by the checkpoint’s owner, and LLaMA 2 Community License (language model)',
  llava: 'as stated by the checkpoint’s owner, and LLaMA 2 Community License (language model)',
};
const INTENDED_USE =
  'Research and teaching: drafts chest radiograph reports for a radiologist to check. Not a medical device; not for diagnosis.';
/** Tensors that published checkpoints carry although inference does not use them. */
const UNUSED = [
  /rotary_emb\.inv_freq$/,
  /^vision_tower\.proj$/,
  /(^|\.)logit_scale$/,
  /position_ids$/,
  /num_batches_tracked$/,
];

/** Throws `checkpoint-invalid` (exact tensor and shape), `usage` (target folder) or `backend-unavailable` (quantisation). */
export async function convertCheckpoint(options: ConvertOptions): Promise<Conversion> {
  const outDir = resolve(options.outDir);
  if (await stat(join(outDir, 'bundle.json')).catch(() => undefined)) {
    throw new CxrError('usage', `There is a bundle in ${outDir} already; choose another folder or remove it first.`);
  }
  const checkpoint = await openCheckpoint(resolve(options.checkpointDir));
  try {
    const weights = createWeights(checkpoint);
    const layout = await readLayout(checkpoint, weights);
    const mixture = MIXTURES[options.quantization];
    const tensors = languageTensors(weights, layout.language, mixture);
    const tokenizer = await readTokenizer(checkpoint.dir, layout.language.vocab);
    const slots = chooseImageSlots(tokenizer, layout.tower.tokens);
    refuseUnknown(weights.unclaimed());

    const license = options.license ?? LICENSES[layout.name];
    const name = options.name ?? layout.name;
    const metadata = languageMetadata(layout.language, tokenizer, mixture, { name, license });
    const plan = planHash({ files: checkpoint.files, metadata, tensors });
    const workDir = `${outDir}.partial`;
    const resumed = await prepare(workDir, plan);
    const report = options.onProgress ?? (() => {});

    const encoderFiles = await writeEncoder(layout, workDir, report, options.signal);
    await writeLanguage();
    const manifest = await describe(encoderFiles);
    await writeFile(join(workDir, 'bundle.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    await rm(join(workDir, JOURNAL));
    await rename(workDir, outDir).catch((cause: unknown) => {
      throw new CxrError('usage', `The bundle is complete in ${workDir}, but could not be moved to ${outDir}.`, {
        cause,
      });
    });
    return { manifest, layout: layout.name, resumed };

    async function writeLanguage(): Promise<void> {
      const totalBytes = tensors.reduce((sum, tensor) => sum + ggufTensorBytes(tensor.type, tensor.shape), 0);
      let doneBytes = 0;
      let library: Ggml | undefined;
      await writeLanguageFile(join(workDir, 'language.gguf'), {
        metadata,
        tensors,
        headWidth: layout.language.headWidth,
        read: (source, from, count) => checkpoint.read(source, from, count),
        ggml: () => {
          library ??= loadGgml();
          return library;
        },
        ...(options.signal ? { signal: options.signal } : {}),
        progress: (bytes) => {
          doneBytes += bytes;
          report({ stage: 'language', doneBytes: Math.min(doneBytes, totalBytes), totalBytes });
        },
      });
    }

    async function describe(encoderFiles: string[]): Promise<BundleManifest> {
      const files = [...encoderFiles, 'language.gguf'];
      const sha256: Record<string, string> = {};
      for (const [index, file] of files.entries()) {
        report({ stage: 'hashes', doneBytes: index, totalBytes: files.length });
        sha256[file] = await sha256OfFile(join(workDir, file));
      }
      const generation = await readJsonFile(checkpoint.dir, 'generation_config.json');
      const number = (field: string, otherwise: number): number => {
        const value = generation?.[field];
        return typeof value === 'number' ? value : otherwise;
      };
      const systemPrompt = options.systemPrompts[layout.name];
      return bundleManifestSchema.parse({
        format: 'cxr-bundle/1',
        name,
        version: options.version ?? '1',
        license,
        intendedUse: INTENDED_USE,
        source:
          options.source ??
          `converted by cxr convert from a checkpoint in the ${layout.name} layout, ${options.quantization}`,
        encoder: {
          file: 'encoder.onnx',
          input: 'image',
          size: layout.tower.size,
          channels: layout.tower.channels,
          ...layout.preprocess,
          outputs: { imageTokens: 'image_tokens' },
        },
        language: {
          file: 'language.gguf',
          chat: 'llama2',
          ...(systemPrompt === undefined ? {} : { systemPrompt }),
          imageTokenIds: slots,
          contextTokens: Math.min(options.contextTokens ?? DEFAULT_CONTEXT_TOKENS, layout.language.maxPositions),
        },
        sampling: {
          temperature: number('temperature', PUBLISHED_SAMPLING.temperature),
          topP: number('top_p', PUBLISHED_SAMPLING.topP),
          maxTokens: PUBLISHED_SAMPLING.maxTokens,
        },
        sha256,
      });
    }
  } finally {
    await checkpoint.close();
  }
}

const JOURNAL = 'convert.json';

function planHash(plan: unknown): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

/** Makes the work folder; true where it holds an interrupted run of the same plan. A run of another plan is thrown away. */
async function prepare(workDir: string, plan: string): Promise<boolean> {
  const journal = await readFile(join(workDir, JOURNAL), 'utf8').catch(() => undefined);
  if (journal === plan) return true;
  await rm(workDir, { recursive: true, force: true });
  await mkdir(workDir, { recursive: true });
  await writeFile(join(workDir, JOURNAL), plan);
  return false;
}

function refuseUnknown(names: readonly string[]): void {
  const unknown = names.filter((name) => !UNUSED.some((pattern) => pattern.test(name)));
  if (unknown.length === 0) return;
  const listed = unknown.slice(0, 5).join(', ');
  throw invalidCheckpoint(
    `The checkpoint has ${unknown.length} tensor(s) that this layout does not know, so its answers would not be the model's: ${listed}${unknown.length > 5 ? ', …' : ''}.`,
    { tensors: unknown.slice(0, 50) },
  );
}

async function writeEncoder(
  layout: Layout,
  dir: string,
  report: (progress: ConvertProgress) => void,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { tower, projector } = layout;
  const graph = createOnnxGraph({ name: 'image', shape: [1, tower.channels, tower.size, tower.size] });
  const features = tower.build(graph, 'image');
  const value = projector.build(graph, features);
  const totalBytes = graph.weightBytes();
  let doneBytes = 0;
  return graph.write(
    join(dir, 'encoder.onnx'),
    [{ name: 'image_tokens', value, shape: [1, tower.tokens, projector.out] }],
    (bytes) => {
      signal?.throwIfAborted();
      doneBytes += bytes;
      report({ stage: 'encoder', doneBytes, totalBytes });
    },
  );
}
