// ggml's own quantisation kernels, called in the library that node-llama-cpp ships; so a bundle holds exactly what llama.cpp would write.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { CxrError } from '../error.ts';
import { GGUF_TENSOR_TYPES, type GgufTensorType } from '../gguf.ts';

export interface Ggml {
  /** Quantises whole rows of `columns` numbers on a thread of its own. Throws RangeError where a row does not divide into blocks. */
  quantize(type: GgufTensorType, values: Float32Array, columns: number): Promise<Uint8Array>;
  /** The numbers that quantised blocks stand for. */
  dequantize(type: QuantizedType, blocks: Uint8Array): Float32Array;
}

/** Formats that are made of blocks. */
export type QuantizedType = Exclude<GgufTensorType, 'F32' | 'F16' | 'BF16'>;

/** Folder and file of the library inside node-llama-cpp's package of prebuilt binaries, by platform. */
function libraryPaths(): { packageName: string; folder: string; file: string }[] {
  const file =
    { darwin: 'libggml-base.dylib', win32: 'ggml-base.dll' }[process.platform as string] ?? 'libggml-base.so';
  const system = { darwin: 'mac', win32: 'win' }[process.platform as string] ?? process.platform;
  const arch = process.arch === 'arm' ? 'armv7l' : process.arch;
  const suffixes = process.platform === 'darwin' && process.arch === 'arm64' ? ['-metal', ''] : [''];
  return suffixes.map((suffix) => ({
    packageName: `@node-llama-cpp/${system}-${arch}${suffix}`,
    folder: `bins/${system}-${arch}${suffix}`,
    file,
  }));
}

/** Path of libggml-base. Throws `backend-unavailable` where node-llama-cpp has no prebuilt binary for this platform. */
export function ggmlLibraryPath(): string {
  const require = createRequire(import.meta.url);
  const binding = createRequire(require.resolve('node-llama-cpp'));
  for (const { packageName, folder, file } of libraryPaths()) {
    try {
      const path = join(dirname(binding.resolve(packageName)), '..', folder, file);
      if (existsSync(path)) return path;
    } catch {
      // Not installed: the next name may be.
    }
  }
  throw new CxrError(
    'backend-unavailable',
    `Quantising needs node-llama-cpp's prebuilt library, and there is none for ${process.platform} ${process.arch}; convert with --quantize f16, or on another machine.`,
  );
}

type QuantizeChunk = {
  async(
    type: number,
    from: Float32Array,
    to: Uint8Array,
    start: number,
    rows: number,
    columns: number,
    importance: null,
    done: (error: Error | null, bytes: number | bigint) => void,
  ): void;
};

/** Kept for the process's life: ggml does not bear being unloaded and loaded again (it asserts that its handler is not set yet). */
let library: LibraryHandle | undefined;

/** Loads the library. Throws `backend-unavailable`. */
export function loadGgml(): Ggml {
  library ??= koffi.load(ggmlLibraryPath());
  const handle = library;
  // ggml.h: size_t ggml_quantize_chunk(type, src, dst, start, nrows, n_per_row, imatrix)
  const chunk = handle.func(
    'size_t ggml_quantize_chunk(int type, const float *src, void *dst, int64_t start, int64_t nrows, int64_t n_per_row, const float *imatrix)',
  ) as unknown as QuantizeChunk;
  return {
    dequantize: (type, blocks) => {
      const { blockElements, blockBytes } = GGUF_TENSOR_TYPES[type];
      const values = new Float32Array((blocks.length / blockBytes) * blockElements);
      // ggml-quants.h: void dequantize_row_TYPE(const block_TYPE * x, float * y, int64_t k)
      const row = handle.func(`void dequantize_row_${type.replace('Q', 'q')}(const void *x, float *y, int64_t k)`);
      row(blocks, values, values.length);
      return values;
    },
    quantize: (type, values, columns) => {
      const { id, blockElements, blockBytes } = GGUF_TENSOR_TYPES[type];
      if (columns % blockElements !== 0 || values.length % columns !== 0) {
        throw new RangeError(`rows of ${columns} do not divide into ${type} blocks of ${blockElements}`);
      }
      const result = new Uint8Array((values.length / blockElements) * blockBytes);
      return new Promise((resolve, reject) => {
        chunk.async(id, values, result, 0, values.length / columns, columns, null, (error, bytes) => {
          if (error) reject(error);
          else if (Number(bytes) !== result.length)
            reject(new Error(`ggml wrote ${bytes} bytes, not ${result.length}`));
          else resolve(result);
        });
      });
    },
  };
}
