// Writes GGUF files (adapters, converted checkpoints, toy models) as a stream; the header's bytes come from @huggingface/gguf.
import { open } from 'node:fs/promises';
import { buildGgufHeader, GGUFValueType } from '@huggingface/gguf';

export type GgufScalarType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'float32'
  | 'bool'
  | 'string'
  | 'uint64'
  | 'int64'
  | 'float64';
type Scalar = string | number | bigint | boolean;

export type GgufMetadataValue =
  | { type: GgufScalarType; value: Scalar }
  | { type: 'array'; of: GgufScalarType; value: readonly Scalar[] };

/** Key → typed value, written in the given order. `uint64` and `int64` values are bigint. */
export type GgufMetadata = Readonly<Record<string, GgufMetadataValue>>;

export type GgufTensorType = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q5_0' | 'Q4_K' | 'Q5_K' | 'Q6_K';

/** A tensor's entry in the header. */
export interface GgufTensorInfo {
  name: string;
  /** ggml order: ne[0] is the fastest running dimension (a PyTorch [rows, columns] matrix is [columns, rows]). */
  shape: readonly number[];
  type: GgufTensorType;
}

export interface GgufTensor extends GgufTensorInfo {
  /** Exactly `ggufTensorBytes(type, shape)` bytes, little endian; a function is called once, when its turn to be written comes. */
  data: Uint8Array | (() => AsyncIterable<Uint8Array>);
}

/** ggml's type number, elements per block and bytes per block (ggml.h and ggml-common.h of llama.cpp). */
export const GGUF_TENSOR_TYPES: Readonly<
  Record<GgufTensorType, { id: number; blockElements: number; blockBytes: number }>
> = {
  F32: { id: 0, blockElements: 1, blockBytes: 4 },
  F16: { id: 1, blockElements: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockElements: 32, blockBytes: 18 },
  Q5_0: { id: 6, blockElements: 32, blockBytes: 22 },
  Q8_0: { id: 8, blockElements: 32, blockBytes: 34 },
  Q4_K: { id: 12, blockElements: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockElements: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockElements: 256, blockBytes: 210 },
  BF16: { id: 30, blockElements: 1, blockBytes: 2 },
};

const VALUE_TYPES: Readonly<Record<GgufScalarType, GGUFValueType>> = {
  uint8: GGUFValueType.UINT8,
  int8: GGUFValueType.INT8,
  uint16: GGUFValueType.UINT16,
  int16: GGUFValueType.INT16,
  uint32: GGUFValueType.UINT32,
  int32: GGUFValueType.INT32,
  float32: GGUFValueType.FLOAT32,
  bool: GGUFValueType.BOOL,
  string: GGUFValueType.STRING,
  uint64: GGUFValueType.UINT64,
  int64: GGUFValueType.INT64,
  float64: GGUFValueType.FLOAT64,
};

/** Alignment of tensor data in bytes where the metadata says nothing else (GGUF specification, `general.alignment`). */
const ALIGNMENT_BYTES = 32;

/** Size of a tensor's data in bytes. Throws RangeError where a row does not divide into blocks. */
export function ggufTensorBytes(type: GgufTensorType, shape: readonly number[]): number {
  const { blockElements, blockBytes } = GGUF_TENSOR_TYPES[type];
  const row = shape[0] ?? 1;
  if (row % blockElements !== 0) throw new RangeError(`a row of ${row} does not divide into ${type} blocks`);
  return (shape.reduce((product, length) => product * length, 1) / blockElements) * blockBytes;
}

/** Zero bytes that follow a tensor of this size. */
export function ggufPadding(bytes: number): number {
  return (ALIGNMENT_BYTES - (bytes % ALIGNMENT_BYTES)) % ALIGNMENT_BYTES;
}

/** The tensor table that follows the metadata: name, dimensions, type and offset into the data section of each tensor. */
function tensorTable(tensors: readonly GgufTensorInfo[]): Buffer {
  const parts: Buffer[] = [];
  let offset = 0;
  for (const tensor of tensors) {
    const name = Buffer.from(tensor.name, 'utf8');
    const part = Buffer.alloc(8 + name.length + 4 + 8 * tensor.shape.length + 4 + 8);
    let at = part.writeBigUInt64LE(BigInt(name.length), 0);
    at += name.copy(part, at);
    at = part.writeUInt32LE(tensor.shape.length, at);
    for (const length of tensor.shape) at = part.writeBigUInt64LE(BigInt(length), at);
    at = part.writeUInt32LE(GGUF_TENSOR_TYPES[tensor.type].id, at);
    part.writeBigUInt64LE(BigInt(offset), at);
    parts.push(part);
    const bytes = ggufTensorBytes(tensor.type, tensor.shape);
    offset += bytes + ggufPadding(bytes);
  }
  return Buffer.concat(parts);
}

/** Everything before the tensors' data: magic, metadata and tensor table, padded to the alignment. */
export async function ggufHeader(metadata: GgufMetadata, tensors: readonly GgufTensorInfo[]): Promise<Uint8Array> {
  const table = tensorTable(tensors);
  const entries = Object.entries(metadata).map(([key, entry]) => [
    key,
    entry.type === 'array'
      ? { type: GGUFValueType.ARRAY, subType: VALUE_TYPES[entry.of], value: [...entry.value] }
      : { type: VALUE_TYPES[entry.type], value: entry.value },
  ]);
  const blob = await buildGgufHeader(
    new Blob([new Uint8Array(table)]),
    {
      ...Object.fromEntries(entries),
      version: { value: 3, type: GGUFValueType.UINT32 },
      tensor_count: { value: BigInt(tensors.length), type: GGUFValueType.UINT64 },
      kv_count: { value: BigInt(entries.length), type: GGUFValueType.UINT64 },
    },
    { littleEndian: true, tensorInfoByteRange: [0, table.length], alignment: ALIGNMENT_BYTES },
  );
  return new Uint8Array(await blob.arrayBuffer());
}

/**
 * Writes a GGUF version 3 file, overwriting `path`. Tensors are written in the given order, each aligned to 32 bytes.
 * Throws RangeError naming the tensor whose data has not the size of its type and shape.
 */
export async function writeGguf(
  path: string,
  contents: { metadata: GgufMetadata; tensors: readonly GgufTensor[] },
): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(await ggufHeader(contents.metadata, contents.tensors));
    for (const tensor of contents.tensors) {
      const expected = ggufTensorBytes(tensor.type, tensor.shape);
      let written = 0;
      for await (const chunk of typeof tensor.data === 'function' ? tensor.data() : [tensor.data]) {
        written += chunk.byteLength;
        if (written > expected) break;
        await file.writeFile(chunk);
      }
      if (written !== expected) {
        throw new RangeError(`tensor ${tensor.name} has ${written} bytes of data, its shape needs ${expected}`);
      }
      await file.writeFile(new Uint8Array(ggufPadding(expected)));
    }
  } finally {
    await file.close();
  }
}
