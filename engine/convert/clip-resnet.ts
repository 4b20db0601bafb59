// CLIP's ResNet with attention pooling (the paper's v1 encoder, RN50 at 512 px → one vector of 1024) as an ONNX graph.
// Computation and names: open_clip `ModifiedResNet`, https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/modified_resnet.py
import { z } from 'zod';
import type { LoadFloats, OnnxGraph } from './onnx-graph.ts';
import { squareSize, torchLinear } from './open-clip-vit.ts';
import { invalidCheckpoint } from './safetensors.ts';
import type { VisionTower } from './vision-tower.ts';
import { type LinearWeights, linear } from './vit-graph.ts';
import type { Weights } from './weights.ts';

const positive = z.int().positive();
export const resnetConfigSchema = z.looseObject({
  layers: z.array(positive).length(4),
  width: positive.default(64),
  head_width: positive.default(64),
  image_size: z.union([positive, z.tuple([positive, positive])]).default(224),
});
export type ResnetConfig = z.infer<typeof resnetConfigSchema>;

/** PyTorch's default for BatchNorm2d. */
const BATCH_NORM_EPS = 1e-5;
/** A bottleneck's output is this many times its inner width. */
const EXPANSION = 4;
/** Stem and stages halve the picture five times. */
const REDUCTION = 32;

/** A convolution with the batch normalisation after it folded in: y = γ·(conv(x) − mean)/√(var + ε) + β. */
interface FoldedConv {
  name: string;
  from: number;
  to: number;
  kernel: number;
  stride: number;
  weight: LoadFloats;
  bias: LoadFloats;
}

interface Bottleneck {
  stride: number;
  first: FoldedConv;
  second: FoldedConv;
  third: FoldedConv;
  shortcut?: FoldedConv;
}

function foldedConv(
  weights: Weights,
  conv: string,
  norm: string,
  shape: { from: number; to: number; kernel: number; stride?: number },
): FoldedConv {
  const { from, to, kernel, stride = 1 } = shape;
  const kernels = weights.floats(`${conv}.weight`, [to, from, kernel, kernel]);
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    weights.floats(`${norm}.${part}`, [to]),
  ) as [LoadFloats, LoadFloats, LoadFloats, LoadFloats];
  const factors = async (): Promise<Float32Array> => {
    const [scale, spread] = await Promise.all([gamma(), variance()]);
    return scale.map((value, channel) => value / Math.sqrt((spread[channel] as number) + BATCH_NORM_EPS));
  };
  return {
    name: conv,
    from,
    to,
    kernel,
    stride,
    weight: async () => {
      const [values, factor] = await Promise.all([kernels(), factors()]);
      const size = values.length / to;
      return values.map((value, index) => value * (factor[Math.floor(index / size)] as number));
    },
    bias: async () => {
      const [shift, centre, factor] = await Promise.all([beta(), mean(), factors()]);
      return shift.map((value, channel) => value - (centre[channel] as number) * (factor[channel] as number));
    },
  };
}

function convolve(graph: OnnxGraph, value: string, conv: FoldedConv): string {
  const kernel = graph.weight(`${conv.name}.weight`, [conv.to, conv.from, conv.kernel, conv.kernel], conv.weight);
  const bias = graph.weight(`${conv.name}.bias`, [conv.to], conv.bias);
  const pad = (conv.kernel - 1) / 2;
  return graph.node('Conv', [value, kernel, bias], {
    kernel_shape: [conv.kernel, conv.kernel],
    strides: [conv.stride, conv.stride],
    pads: [pad, pad, pad, pad],
  });
}

function averaged(graph: OnnxGraph, value: string, stride: number): string {
  if (stride === 1) return value;
  return graph.node('AveragePool', [value], { kernel_shape: [stride, stride], strides: [stride, stride] });
}

function bottleneck(graph: OnnxGraph, value: string, block: Bottleneck): string {
  const narrow = graph.node('Relu', [convolve(graph, value, block.first)]);
  const middle = graph.node('Relu', [convolve(graph, narrow, block.second)]);
  const wide = convolve(graph, averaged(graph, middle, block.stride), block.third);
  const shortcut = block.shortcut ? convolve(graph, averaged(graph, value, block.stride), block.shortcut) : value;
  return graph.node('Relu', [graph.node('Add', [wide, shortcut])]);
}

interface Pool {
  features: number;
  heads: number;
  cells: number;
  positions: LoadFloats;
  query: LinearWeights;
  key: LinearWeights;
  value: LinearWeights;
  out: LinearWeights;
}

/** Attention pooling: the mean cell asks all cells; feature map [1, features, g, g] → [1, 1, embed]. */
function attentionPool(graph: OnnxGraph, map: string, pool: Pool): string {
  const { features, heads, cells } = pool;
  const headWidth = features / heads;
  const flat = graph.node('Reshape', [map, graph.integers([1, features, cells])]);
  const rows = graph.node('Transpose', [flat], { perm: [0, 2, 1] });
  const mean = graph.node('ReduceMean', [rows], { axes: [1], keepdims: 1 });
  const positions = graph.weight('attnpool.positions', [cells + 1, features], pool.positions);
  const all = graph.node('Add', [graph.node('Concat', [mean, rows], { axis: 1 }), positions]);
  const first = graph.node('Slice', [all, graph.integers([0]), graph.integers([1]), graph.integers([1])]);
  const split = (value: string, part: LinearWeights, count: number): string =>
    graph.node(
      'Transpose',
      [graph.node('Reshape', [linear(graph, value, part), graph.integers([1, count, heads, headWidth])])],
      { perm: [0, 2, 1, 3] },
    );
  const query = graph.node('Mul', [split(first, pool.query, 1), graph.floats([1 / Math.sqrt(headWidth)], [])]);
  const key = graph.node('Transpose', [split(all, pool.key, cells + 1)], { perm: [0, 1, 3, 2] });
  const weights = graph.node('Softmax', [graph.node('MatMul', [query, key])], { axis: -1 });
  const mixed = graph.node('MatMul', [weights, split(all, pool.value, cells + 1)]);
  return linear(graph, graph.node('Reshape', [mixed, graph.integers([1, 1, features])]), pool.out);
}

/** @param embed `clip_embed_dim`, the width of the single vector. Throws `checkpoint-invalid`. */
export function clipResnet(weights: Weights, prefix: string, config: ResnetConfig, embed: number): VisionTower {
  const size = squareSize(config.image_size);
  const { width, layers } = config;
  const features = width * REDUCTION;
  if (size % REDUCTION !== 0 || features % config.head_width !== 0 || width % 2 !== 0) {
    throw invalidCheckpoint(
      `clip_vision_cfg does not fit: image_size ${size}, width ${width}, head_width ${config.head_width}.`,
    );
  }
  const half = width / 2;
  const stem = [
    foldedConv(weights, `${prefix}conv1`, `${prefix}bn1`, { from: 3, to: half, kernel: 3, stride: 2 }),
    foldedConv(weights, `${prefix}conv2`, `${prefix}bn2`, { from: half, to: half, kernel: 3 }),
    foldedConv(weights, `${prefix}conv3`, `${prefix}bn3`, { from: half, to: width, kernel: 3 }),
  ];
  const blocks: Bottleneck[] = [];
  let from = width;
  for (const [stage, count] of layers.entries()) {
    const inner = width * 2 ** stage;
    const to = inner * EXPANSION;
    for (let index = 0; index < count; index += 1) {
      const name = `${prefix}layer${stage + 1}.${index}`;
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const hasShortcut = stride > 1 || from !== to;
      blocks.push({
        stride,
        first: foldedConv(weights, `${name}.conv1`, `${name}.bn1`, { from, to: inner, kernel: 1 }),
        second: foldedConv(weights, `${name}.conv2`, `${name}.bn2`, { from: inner, to: inner, kernel: 3 }),
        third: foldedConv(weights, `${name}.conv3`, `${name}.bn3`, { from: inner, to, kernel: 1 }),
        ...(hasShortcut
          ? { shortcut: foldedConv(weights, `${name}.downsample.0`, `${name}.downsample.1`, { from, to, kernel: 1 }) }
          : {}),
      });
      from = to;
    }
  }
  const cells = (size / REDUCTION) ** 2;
  const part = (name: string, to: number): LinearWeights =>
    torchLinear(weights, `${prefix}attnpool.${name}.weight`, `${prefix}attnpool.${name}.bias`, features, to);
  const pool: Pool = {
    features,
    heads: features / config.head_width,
    cells,
    positions: weights.floats(`${prefix}attnpool.positional_embedding`, [cells + 1, features]),
    query: part('q_proj', features),
    key: part('k_proj', features),
    value: part('v_proj', features),
    out: part('c_proj', embed),
  };
  return {
    channels: 3,
    size,
    tokens: 1,
    width: embed,
    build: (graph, image) => {
      let value = image;
      for (const conv of stem) value = graph.node('Relu', [convolve(graph, value, conv)]);
      value = averaged(graph, value, 2);
      for (const block of blocks) value = bottleneck(graph, value, block);
      return attentionPool(graph, value, pool);
    },
  };
}
