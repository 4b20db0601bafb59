// Reads safetensors checkpoints (one file or sharded) tensor by tensor; headers are checked strictly, because the files come from elsewhere.
// Format: https://github.com/huggingface/safetensors (8 bytes of header length, JSON header, tensor data).
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { CxrError } from '../error.ts';
import { CHECKPOINT_DTYPES, type CheckpointDtype, decodeFloats } from './floats.ts';

export interface CheckpointTensor {
  name: string;
  dtype: CheckpointDtype;
  /** Outermost dimension first, as PyTorch prints it. */
  shape: readonly number[];
  file: string;
  /** Position of the data in the file, and its size, in bytes. */
  start: number;
  bytes: number;
}

export interface Checkpoint {
  readonly dir: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Every weight file with its size in bytes: what a resumed conversion compares. */
  readonly files: readonly { name: string; bytes: number; modifiedMs: number }[];
  /** Rows `from` … `from + count` of the outermost dimension (all by default) as float32. Throws `checkpoint-invalid`. */
  read(name: string, from?: number, count?: number): Promise<Float32Array<ArrayBuffer>>;
  close(): Promise<void>;
}

const HEADER_MAX_BYTES = 100 * 1024 * 1024;
const headerEntry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const indexFile = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)) });

export function invalidCheckpoint(sentence: string, detail: Record<string, unknown> = {}, cause?: unknown): CxrError {
  return new CxrError('checkpoint-invalid', sentence, { detail, cause });
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

async function shardNames(dir: string): Promise<{ names: string[]; weightMap?: Record<string, string> }> {
  const single = await stat(join(dir, 'model.safetensors')).catch(() => undefined);
  if (single?.isFile()) return { names: ['model.safetensors'] };
  const path = join(dir, 'model.safetensors.index.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalidCheckpoint(
      `The checkpoint folder ${dir} has neither model.safetensors nor model.safetensors.index.json.`,
      {},
      cause,
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalidCheckpoint('model.safetensors.index.json is not valid JSON.', {}, cause);
  }
  const index = indexFile.safeParse(json);
  if (!index.success) throw invalidCheckpoint('model.safetensors.index.json has no weight_map of plain file names.');
  return { names: [...new Set(Object.values(index.data.weight_map))].sort(), weightMap: index.data.weight_map };
}

async function readHeader(path: string, file: FileHandle, fileBytes: number): Promise<CheckpointTensor[]> {
  const shard = basename(path);
  const length = Buffer.alloc(8);
  await file.read(length, 0, 8, 0);
  const headerBytes = Number(length.readBigUInt64LE());
  if (fileBytes < 8 || headerBytes < 2 || headerBytes > HEADER_MAX_BYTES || 8 + headerBytes > fileBytes) {
    throw invalidCheckpoint(`${shard} is cut off or no safetensors file: its header does not fit into the file.`);
  }
  const header = Buffer.alloc(headerBytes);
  await file.read(header, 0, headerBytes, 8);
  let json: unknown;
  try {
    json = JSON.parse(header.toString('utf8'));
  } catch (cause) {
    throw invalidCheckpoint(`${shard} has a header that is not valid JSON.`, {}, cause);
  }
  if (typeof json !== 'object' || json === null) throw invalidCheckpoint(`${shard} has no tensor table.`);
  const tensors: CheckpointTensor[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    const parsed = headerEntry.safeParse(value);
    if (!parsed.success) throw invalidCheckpoint(`Tensor ${name} in ${shard} has a malformed header entry.`);
    tensors.push(checkedTensor(name, parsed.data, path, 8 + headerBytes, fileBytes));
  }
  tensors.sort((a, b) => a.start - b.start);
  for (const [index, tensor] of tensors.entries()) {
    const before = tensors[index - 1];
    if (before && before.start + before.bytes > tensor.start) {
      throw invalidCheckpoint(`Tensors ${before.name} and ${tensor.name} overlap in ${shard}.`);
    }
  }
  return tensors;
}

function checkedTensor(
  name: string,
  entry: z.infer<typeof headerEntry>,
  path: string,
  dataStart: number,
  fileBytes: number,
): CheckpointTensor {
  const [begin, end] = entry.data_offsets;
  const shard = basename(path);
  const dtype = entry.dtype;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
    throw invalidCheckpoint(
      `Tensor ${name} in ${shard} is ${dtype}; only F32, F16 and BF16 checkpoints can be converted.`,
      { tensor: name, dtype },
    );
  }
  const bytes = entry.shape.reduce((product, length) => product * length, 1) * CHECKPOINT_DTYPES[dtype];
  if (end - begin !== bytes) {
    throw invalidCheckpoint(
      `Tensor ${name} in ${shard} has ${end - begin} bytes, but shape ${shapeText(entry.shape)} in ${dtype} needs ${bytes}.`,
      { tensor: name, shape: entry.shape },
    );
  }
  if (dataStart + end > fileBytes) {
    throw invalidCheckpoint(
      `${shard} is cut off: tensor ${name} of shape ${shapeText(entry.shape)} ends ${dataStart + end - fileBytes} bytes behind the file's end.`,
      { tensor: name, shape: entry.shape },
    );
  }
  return { name, dtype, shape: entry.shape, file: path, start: dataStart + begin, bytes };
}

/** Opens a checkpoint folder and checks every header. Throws `checkpoint-invalid` naming file, tensor and shape. */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const { names, weightMap } = await shardNames(dir);
  const handles = new Map<string, FileHandle>();
  const tensors = new Map<string, CheckpointTensor>();
  const files: { name: string; bytes: number; modifiedMs: number }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([...handles.values()].map((handle) => handle.close()));
  };
  try {
    for (const name of names) {
      const path = join(dir, name);
      const handle = await open(path, 'r').catch((cause: unknown) => {
        throw invalidCheckpoint(`The checkpoint's file ${name} is missing or cannot be read.`, { file: name }, cause);
      });
      handles.set(path, handle);
      const { size, mtimeMs } = await handle.stat();
      files.push({ name, bytes: size, modifiedMs: mtimeMs });
      for (const tensor of await readHeader(path, handle, size)) {
        if (tensors.has(tensor.name)) throw invalidCheckpoint(`Tensor ${tensor.name} is in more than one file.`);
        tensors.set(tensor.name, tensor);
      }
    }
    for (const [tensor, file] of Object.entries(weightMap ?? {})) {
      if (basename(tensors.get(tensor)?.file ?? '') !== file) {
        throw invalidCheckpoint(`Tensor ${tensor} is not in ${file}, where model.safetensors.index.json says it is.`);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dir,
    tensors,
    files,
    close,
    read: async (name, from = 0, count) => {
      const tensor = tensors.get(name);
      if (!tensor) throw invalidCheckpoint(`The checkpoint has no tensor ${name}.`, { tensor: name });
      const rows = tensor.shape[0] ?? 1;
      const rowBytes = tensor.bytes / Math.max(rows, 1);
      const bytes = Buffer.allocUnsafeSlow((count ?? rows - from) * rowBytes);
      const handle = handles.get(tensor.file) as FileHandle;
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(
          bytes,
          done,
          bytes.length - done,
          tensor.start + from * rowBytes + done,
        );
        if (bytesRead === 0) throw invalidCheckpoint(`Tensor ${name} could not be read to its end.`, { tensor: name });
        done += bytesRead;
      }
      return decodeFloats(tensor.dtype, bytes) as Float32Array<ArrayBuffer>;
    },
  };
}
