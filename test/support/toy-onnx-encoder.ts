// A toy encoder as an ONNX file: random projections of the pixels to image tokens, finding probabilities and an attention map, with the names and shapes of a real bundle.
import { writeFile } from 'node:fs/promises';
import onnxProto, { type onnx } from 'onnx-proto';
import { normalRandom } from './toy-model.ts';

const FLOAT = 1;
const INT64 = 7;
const ATTENTION_SIDE = 8;

export interface ToyEncoderShape {
  /** Side of the square single-channel input. */
  size: number;
  imageTokens: number;
  width: number;
  findings: number;
}

function tensor(name: string, dims: number[], values: Float32Array | bigint[]): onnx.ITensorProto {
  const bytes = values instanceof Float32Array ? values.buffer : BigInt64Array.from(values).buffer;
  return { name, dims, dataType: values instanceof Float32Array ? FLOAT : INT64, rawData: new Uint8Array(bytes) };
}

function value(name: string, dims: number[]): onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } } };
}

/** Writes the encoder; the same shape gives the same bytes. */
export async function writeToyEncoder(path: string, shape: ToyEncoderShape): Promise<void> {
  const { size, imageTokens, width, findings } = shape;
  const random = normalRandom(11);
  const pixels = size * size;
  const weights = (name: string, columns: number) =>
    tensor(
      name,
      [pixels, columns],
      Float32Array.from({ length: pixels * columns }, () => random() / size),
    );
  const node = (opType: string, input: string[], output: string): onnx.INodeProto => ({
    opType,
    input,
    output: [output],
    name: output,
  });
  const model = onnxProto.onnx.ModelProto.fromObject({
    irVersion: 7,
    opsetImport: [{ domain: '', version: 14 }],
    producerName: 'cxr toy',
    graph: {
      name: 'toy',
      input: [value('pixels', [1, 1, size, size])],
      output: [
        value('image_tokens', [1, imageTokens, width]),
        value('findings', [1, findings]),
        value('attention', [1, ATTENTION_SIDE, ATTENTION_SIDE]),
      ],
      initializer: [
        tensor('flat_shape', [2], [1n, BigInt(pixels)]),
        tensor('token_shape', [3], [1n, BigInt(imageTokens), BigInt(width)]),
        tensor('attention_shape', [3], [1n, BigInt(ATTENTION_SIDE), BigInt(ATTENTION_SIDE)]),
        weights('to_tokens', imageTokens * width),
        weights('to_findings', findings),
        weights('to_attention', ATTENTION_SIDE * ATTENTION_SIDE),
      ],
      node: [
        node('Reshape', ['pixels', 'flat_shape'], 'flat'),
        node('MatMul', ['flat', 'to_tokens'], 'flat_tokens'),
        node('Reshape', ['flat_tokens', 'token_shape'], 'image_tokens'),
        node('MatMul', ['flat', 'to_findings'], 'finding_logits'),
        node('Sigmoid', ['finding_logits'], 'findings'),
        node('MatMul', ['flat', 'to_attention'], 'attention_logits'),
        node('Softmax', ['attention_logits'], 'attention_flat'),
        node('Reshape', ['attention_flat', 'attention_shape'], 'attention'),
      ],
    },
  });
  await writeFile(path, onnxProto.onnx.ModelProto.encode(model).finish());
}
