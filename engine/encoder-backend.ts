// Chooses the execution provider of onnxruntime-node and opens the encoder's session on it, falling back with a reason.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { CxrError } from './error.ts';

export type EncoderBackend = 'cuda' | 'webgpu' | 'coreml' | 'dml' | 'cpu';
export type BackendChoice = 'auto' | EncoderBackend;

export interface OpenedSession {
  session: ort.InferenceSession;
  backend: EncoderBackend;
  /** Why this one, in plain words, for the log and `cxr doctor`. */
  reason: string;
}

/** Fastest first. */
const PREFERENCE: readonly EncoderBackend[] = ['cuda', 'coreml', 'dml', 'webgpu', 'cpu'];

/**
 * What `auto` may try. listSupportedBackends() tells what this build of onnxruntime-node knows, not what the machine
 * has: CUDA needs libraries that are installed apart, and WebGPU on Linux a render device.
 */
function candidates(): EncoderBackend[] {
  const supported = ort.listSupportedBackends();
  return PREFERENCE.filter((name) => {
    const found = supported.find((backend) => backend.name === name);
    if (!found) return false;
    if (name === 'cuda' && !found.bundled) return isCudaInstalled();
    if (name === 'webgpu' && process.platform === 'linux') return hasRenderDevice();
    return true;
  });
}

function isCudaInstalled(): boolean {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return readdirSync(join(root, 'bin')).some((abi) =>
    existsSync(join(root, 'bin', abi, process.platform, process.arch, 'libonnxruntime_providers_cuda.so')),
  );
}

function hasRenderDevice(): boolean {
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
}

/** Only the first line: native messages carry stack traces. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? '';
}

/**
 * Opens the model at `path`. `auto` goes down the list of what is there; a named backend that is not there, or fails,
 * gives way to the CPU, and `reason` says so. Throws `bundle-invalid` when even the CPU can't open the file.
 */
export async function openSession(path: string, choice: BackendChoice, threads: number): Promise<OpenedSession> {
  const options = (backend: EncoderBackend): ort.InferenceSession.SessionOptions => ({
    executionProviders: backend === 'cpu' ? ['cpu'] : [backend, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // A pattern planned after the first image makes the second one three times as slow, the others no faster, and takes 40 MB (micro, two cores).
    enableMemPattern: false,
    logSeverityLevel: 4,
  });
  const tried: string[] = [];
  const wanted = choice === 'auto' ? candidates() : [choice, ...(choice === 'cpu' ? [] : (['cpu'] as const))];
  const supported = new Set(ort.listSupportedBackends().map((backend) => backend.name));
  for (const backend of wanted) {
    if (!supported.has(backend)) {
      tried.push(`${backend} is not part of this build of onnxruntime-node`);
      continue;
    }
    try {
      const session = await ort.InferenceSession.create(path, options(backend));
      return { session, backend, reason: reasonFor(backend, choice, tried) };
    } catch (error) {
      if (backend === 'cpu') {
        throw new CxrError('bundle-invalid', "The bundle's encoder file is not a model that onnxruntime can open.", {
          cause: error,
        });
      }
      tried.push(`${backend} failed to start (${firstLine(error)})`);
    }
  }
  throw new CxrError('backend-unavailable', 'No backend for the encoder is available on this machine.', {
    detail: { tried },
  });
}

function reasonFor(backend: EncoderBackend, choice: BackendChoice, tried: readonly string[]): string {
  if (tried.length > 0) return `${backend}, because ${tried.join('; ')}`;
  if (choice === backend) return `${backend}, as configured`;
  return backend === 'cpu'
    ? 'cpu, because no accelerator is offered here'
    : `${backend}, the fastest that is offered here`;
}
