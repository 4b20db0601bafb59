// Turns a published checkpoint into a bundle: encoder.onnx, language.gguf and bundle.json, written beside the target and moved there when complete.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BundleManifest } from '../bundle-manifest.ts';
import { CxrError } from '../error.ts';
import { type GgufMetadata, ggufTensorBytes } from '../gguf.ts';
import { type Ggml, loadGgml } from './ggml.ts';
import { writeLanguageFile } from './gguf-file.ts';
import { chooseImageSlots } from './image-slots.ts';
import { type LanguageTensor, languageMetadata, languageTensors } from './language-gguf.ts';
import {
  closeLayout,
  type LanguageSource,
  type Layout,
  type LayoutFolders,
  type LayoutName,
  openLayout,
} from './layout.ts';
import { bundleManifest, licenseOf } from './manifest.ts';
import { MIXTURES, type QuantizationName } from './mixture.ts';
import { createOnnxGraph } from './onnx-graph.ts';
import { quantizeEncoder } from './onnx-int8.ts';
import { copyReadyGguf } from './ready-gguf.ts';
import { invalidCheckpoint } from './safetensors.ts';

type Chat = BundleManifest['language']['chat'];

export const ENCODER_FORMATS = ['float32', 'int8'] as const;
export type EncoderFormat = (typeof ENCODER_FORMATS)[number];

export interface ConvertProgress {
  stage: 'encoder' | 'language' | 'hashes';
  doneBytes: number;
  totalBytes: number;
}

export interface ConvertOptions extends LayoutFolders {
  /** Must not hold a bundle yet. */
  outDir: string;
  quantization: QuantizationName;
  /** `int8`: the encoder's matrix products in 8 bit, for CPUs; a fine change of the image tokens (docs/models.md). By default `float32`. */
  encoderFormat?: EncoderFormat;
  name?: string;
  version?: string;
  license?: string;
  source?: string;
  /** Longest prompt and answer together; at most what the model was trained for, which is also the default up to 4096. */
  contextTokens?: number;
  /** By default llama2 for CXR-LLaVA and vicuna for LLaVA-1.5. */
  chat?: Chat;
  /** The system prompt of each chat format, from prompts/. */
  systemPrompts: Readonly<Partial<Record<Chat, string>>>;
  onProgress?: (progress: ConvertProgress) => void;
  signal?: AbortSignal;
}

export interface Conversion {
  manifest: BundleManifest;
  layout: LayoutName;
  /** True where an interrupted run was continued. */
  resumed: boolean;
}

/** Tensors that published checkpoints carry although the computation does not use them. */
const UNUSED = [
  /rotary_emb\.inv_freq$/,
  // The last norm and the pooled vector's projection, where the patch tokens are taken without them.
  /^vision_tower\.(proj|ln_post\.(weight|bias))$/,
  /(^|\.)logit_scale$/,
  /position_ids$/,
  /num_batches_tracked$/,
  /^text_model\./,
  /^(text|visual)_projection\.weight$/,
];
const JOURNAL = 'convert.json';
const ENCODER_FILE = 'encoder.onnx';
const LANGUAGE_FILE = 'language.gguf';

/** Throws `checkpoint-invalid` (exact tensor and shape), `usage` (target folder), `backend-unavailable` (quantisation) or `aborted`. */
export async function convertCheckpoint(options: ConvertOptions): Promise<Conversion> {
  const outDir = resolve(options.outDir);
  if (await stat(join(outDir, 'bundle.json')).catch(() => undefined)) {
    throw new CxrError('usage', `There is a bundle in ${outDir} already; choose another folder or remove it first.`);
  }
  const layout = await openLayout(options);
  try {
    const { language } = layout;
    const encoderFormat = options.encoderFormat ?? 'float32';
    const license = options.license ?? licenseOf(layout.name);
    const name = options.name ?? layout.name;
    const chat = options.chat ?? (layout.name === 'llava' ? 'vicuna' : 'llama2');
    const mixture = MIXTURES[options.quantization];
    const tokenizer = language.tokenizer;
    const slots = chooseImageSlots(tokenizer, layout.tower.tokens);
    const tensors = language.kind === 'tensors' ? languageTensors(language.source.weights, language.spec, mixture) : [];
    const metadata =
      language.kind === 'tensors' ? languageMetadata(language.spec, tokenizer, mixture, { name, license }) : {};
    for (const { weights } of layout.sources) refuseUnknown(weights.unclaimed());

    const files = layout.sources.map(({ checkpoint }) => checkpoint.files);
    const ready = language.kind === 'gguf' ? [language.path, language.bytes] : [];
    const workDir = `${outDir}.partial`;
    const resumed = await prepare(workDir, planHash({ files, ready, metadata, tensors, encoderFormat }));
    const report = (progress: ConvertProgress): void => {
      options.signal?.throwIfAborted();
      options.onProgress?.(progress);
    };
    const encoderFiles = await writeEncoder(layout, workDir, encoderFormat, report);
    await writeLanguage(language, { metadata, tensors }, join(workDir, LANGUAGE_FILE), report);
    const manifest = await bundleManifest(layout, {
      name,
      license,
      version: options.version ?? '1',
      source: options.source ?? `converted from a checkpoint in the ${layout.name} layout, ${options.quantization}`,
      chat,
      systemPrompt: options.systemPrompts[chat],
      contextTokens: options.contextTokens,
      slots,
      dir: workDir,
      encoderFiles,
      languageFile: LANGUAGE_FILE,
      onFile: (doneBytes, totalBytes) => report({ stage: 'hashes', doneBytes, totalBytes }),
    });
    await writeFile(join(workDir, 'bundle.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    await rm(join(workDir, JOURNAL));
    await rename(workDir, outDir).catch((cause: unknown) => {
      throw new CxrError('usage', `The bundle is complete in ${workDir}, but could not be moved to ${outDir}.`, {
        cause,
      });
    });
    return { manifest, layout: layout.name, resumed };
  } catch (error) {
    if (options.signal?.aborted) {
      throw new CxrError('aborted', 'The conversion was stopped; the same command goes on where it was.', {
        cause: error,
      });
    }
    throw error;
  } finally {
    await closeLayout(layout);
  }
}

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
  format: EncoderFormat,
  report: (progress: ConvertProgress) => void,
): Promise<string[]> {
  const { tower, projector } = layout;
  const graph = createOnnxGraph({ name: 'image', shape: [1, tower.channels, tower.size, tower.size] });
  const value = projector.build(graph, tower.build(graph, 'image'));
  const totalBytes = graph.weightBytes();
  let doneBytes = 0;
  const path = join(dir, ENCODER_FILE);
  const files = await graph.write(
    path,
    [{ name: 'image_tokens', value, shape: [1, tower.tokens, projector.out] }],
    (bytes) => {
      doneBytes += bytes;
      report({ stage: 'encoder', doneBytes, totalBytes });
    },
  );
  if (format === 'float32') return files;
  await quantizeEncoder(path, `${path}.int8`);
  for (const file of files) await rm(join(dir, file));
  await rename(`${path}.int8`, path);
  return [ENCODER_FILE];
}

async function writeLanguage(
  language: LanguageSource,
  { metadata, tensors }: { metadata: GgufMetadata; tensors: readonly LanguageTensor[] },
  path: string,
  report: (progress: ConvertProgress) => void,
): Promise<void> {
  if (language.kind === 'gguf') {
    report({ stage: 'language', doneBytes: 0, totalBytes: language.bytes });
    await copyReadyGguf(language, path);
    report({ stage: 'language', doneBytes: language.bytes, totalBytes: language.bytes });
    return;
  }
  const totalBytes = tensors.reduce((sum, tensor) => sum + ggufTensorBytes(tensor.type, tensor.shape), 0);
  let doneBytes = 0;
  let library: Ggml | undefined;
  await writeLanguageFile(path, {
    metadata,
    tensors,
    headWidth: language.spec.headWidth,
    read: (source, from, count) => language.source.checkpoint.read(source, from, count),
    ggml: () => {
      library ??= loadGgml();
      return library;
    },
    progress: (bytes) => {
      doneBytes += bytes;
      report({ stage: 'language', doneBytes: Math.min(doneBytes, totalBytes), totalBytes });
    },
  });
}
