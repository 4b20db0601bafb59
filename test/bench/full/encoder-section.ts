// The encoders: onnxruntime in float32 and int8, against PyTorch on the same cores.
import * as ort from 'onnxruntime-node';
import { quantizeEncoder } from '../../../engine/convert/onnx-int8.ts';
import { benchEncoder } from './models.ts';
import { median, type Section, secondsText } from './section.ts';
import { MODEL_NAMES, type ModelShape, SHAPES } from './shapes.ts';
import { runTorch } from './torch.ts';

const RUNS = 5;

function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

async function timed(path: string, threads: number, input: Float32Array, dims: number[]) {
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: threads, executionProviders: ['cpu'] });
  const feeds = { image: new ort.Tensor('float32', input, dims) };
  const times: number[] = [];
  let tokens = new Float32Array();
  for (let run = 0; run <= RUNS; run += 1) {
    const start = performance.now();
    const outputs = await session.run(feeds);
    if (run > 0) times.push((performance.now() - start) / 1000);
    tokens = outputs.image_tokens?.data as Float32Array<ArrayBuffer>;
  }
  await session.release();
  return { seconds: median(times), tokens };
}

/** Root mean square of the difference over that of the values. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let total = 0;
  for (const [index, value] of expected.entries()) {
    difference += ((actual[index] ?? 0) - value) ** 2;
    total += value ** 2;
  }
  return Math.sqrt(difference / total);
}

function torchArguments({ encoder }: ModelShape, threads: number): string[] {
  if (encoder.kind === 'resnet') {
    const { image_size, width, layers } = encoder.config;
    return ['resnet', String(image_size), String(width), layers.join(','), String(threads)];
  }
  const { image_size, patch_size, width, layers, head_width } = encoder.config;
  return ['vit', String(image_size), ...[patch_size, width, layers, width / head_width, threads].map(String)];
}

export const encoderSection: Section = async ({ dir, shape, threads, log }) => {
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  for (const name of MODEL_NAMES) {
    const model = SHAPES[shape][name];
    log(`${model.label}: encoder`);
    const path = await benchEncoder(dir, name, model);
    const size = Number(model.encoder.config.image_size);
    const channels = model.encoder.kind === 'resnet' ? 3 : 1;
    const input = noise(channels * size * size);
    const dims = [1, channels, size, size];
    const float = await timed(path, threads, input, dims);
    const int8Path = path.replace(/\.onnx$/, '-int8.onnx');
    await quantizeEncoder(path, int8Path);
    const int8 = await timed(int8Path, threads, input, dims);
    log(`${model.label}: PyTorch`);
    const torch = await runTorch('torch_encoder.py', torchArguments(model, threads));
    const error = relativeError(int8.tokens, float.tokens);
    rows.push([
      model.label,
      secondsText(float.seconds),
      secondsText(int8.seconds),
      `${(100 * error).toFixed(1)} %`,
      torch?.float32 === undefined ? 'not installed' : `${secondsText(torch.float32)} (${torch.version})`,
      torch?.bfloat16 === undefined ? 'not possible' : secondsText(torch.bfloat16),
    ]);
    data[name] = { float32: float.seconds, int8: int8.seconds, int8RelativeError: error, torch };
  }
  return {
    tables: [
      {
        caption: 'Encoder, one image (onnxruntime; median of 5)',
        head: ['model', 'float32', 'int8', 'int8: error of the image tokens', 'PyTorch float32', 'PyTorch bfloat16'],
        rows,
      },
    ],
    data,
  };
};
