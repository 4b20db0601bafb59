// A tiny real ONNX encoder, written here and run by onnxruntime, whose outputs follow from the input by arithmetic that a test can repeat.
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import type { Bundle } from '../../engine/bundle.ts';
import { parseManifest } from '../../engine/bundle.ts';

const { AttributeType } = onnx.AttributeProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;

function valueInfo(name: string, dims: number[]): onnx.IValueInfoProto {
  return {
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  };
}

function ints(name: string, values: number[]): onnx.IAttributeProto {
  return { name, type: AttributeType.INTS, ints: values };
}

export interface ToyOptions {
  fit?: 'crop' | 'pad';
  channels?: 1 | 3;
  size?: number;
  withGate?: boolean;
  gateThreshold?: number;
}

/**
 * A bundle folder with an encoder whose attention is the input averaged over a grid of cells of 16 pixels, whose
 * findings are [mean, NaN, 1 − mean], whose one token is (mean, 2·mean, 3·mean, 4·mean) and whose gate is the mean;
 * mean and std are 0 and 1, so `mean` is the input square's mean grey value in [0, 1].
 */
export function toyBundle(options: ToyOptions = {}): Bundle {
  const { fit = 'crop', channels = 1, size = 64, withGate = false, gateThreshold } = options;
  const cells = size / 16;
  const constant = (name: string, dims: number[], floatData: number[]): onnx.ITensorProto => ({
    name,
    dims,
    dataType: FLOAT,
    floatData,
  });
  const node = (opType: string, input: string[], output: string, attribute: onnx.IAttributeProto[] = []) => ({
    opType,
    input,
    output: [output],
    attribute,
  });
  const model = onnx.ModelProto.create({
    irVersion: 7,
    opsetImport: [{ domain: '', version: 11 }],
    graph: {
      name: 'toy',
      input: [valueInfo('pixels', [1, channels, size, size])],
      output: [
        valueInfo('image_tokens', [1, 1, 4]),
        valueInfo('findings', [1, 3]),
        valueInfo('attention', [1, cells, cells]),
        valueInfo('gate', [1]),
      ],
      initializer: [
        constant('ramp', [1, 1, 4], [1, 2, 3, 4]),
        constant('slope', [1, 3], [1, 0, -1]),
        constant('offset', [1, 3], [0, Number.NaN, 1]),
      ],
      node: [
        node('ReduceMean', ['pixels'], 'grey', [ints('axes', [1])]),
        node('AveragePool', ['grey'], 'pooled', [ints('kernel_shape', [16, 16]), ints('strides', [16, 16])]),
        node('Squeeze', ['pooled'], 'attention', [ints('axes', [1])]),
        node('ReduceMean', ['pixels'], 'mean', [
          ints('axes', [1, 2, 3]),
          { name: 'keepdims', type: AttributeType.INT, i: 0 },
        ]),
        node('Identity', ['mean'], 'gate'),
        node('Mul', ['mean', 'ramp'], 'image_tokens'),
        node('Mul', ['mean', 'slope'], 'scaled'),
        node('Add', ['scaled', 'offset'], 'findings'),
      ],
    },
  });
  const dir = mkdtempSync(join(tmpdir(), 'toy-bundle-'));
  const bytes = onnx.ModelProto.encode(model).finish();
  const encoderPath = join(dir, 'encoder.onnx');
  writeFileSync(encoderPath, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const manifest = parseManifest(
    JSON.stringify({
      format: 'cxr-bundle/1',
      name: 'toy',
      version: '0',
      license: 'Apache-2.0',
      intendedUse: 'tests',
      encoder: {
        file: 'encoder.onnx',
        input: 'pixels',
        size,
        channels,
        fit,
        mean: Array(channels).fill(0),
        std: Array(channels).fill(1),
        outputs: {
          imageTokens: 'image_tokens',
          findings: 'findings',
          attention: 'attention',
          ...(withGate ? { gate: 'gate' } : {}),
        },
        ...(gateThreshold === undefined ? {} : { gateThreshold }),
      },
      findings: [
        { name: 'effusion', label: 'pleural effusion', assessed: true, threshold: 0.4 },
        { name: 'edema', label: 'pulmonary edema', assessed: true, threshold: 0.3 },
        { name: 'mass', label: 'mass', assessed: false },
      ],
      language: { file: 'language.gguf', chat: 'llama2', imageTokenIds: [0], contextTokens: 512 },
      sampling: { temperature: 0, topP: 1, maxTokens: 16 },
      sha256: { 'encoder.onnx': sha256, 'language.gguf': '0'.repeat(64) },
    }),
  );
  return { dir, manifest, hash: sha256, encoderPath, languagePath: join(dir, 'language.gguf') };
}
