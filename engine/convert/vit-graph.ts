// The vision transformer of CLIP as an ONNX graph: open_clip's and Hugging Face's weights differ in names only.
// Computation: open_clip `VisionTransformer.forward`, https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/transformer.py
import type { LoadFloats, OnnxGraph } from './onnx-graph.ts';

/** Weights of one linear layer: `weight` already transposed to [in, out]. */
export interface LinearWeights {
  name: string;
  in: number;
  out: number;
  weight: LoadFloats;
  bias?: LoadFloats;
}

export interface NormWeights {
  name: string;
  width: number;
  eps: number;
  weight: LoadFloats;
  bias: LoadFloats;
}

export interface VitBlock {
  norm1: NormWeights;
  /** Query, key and value rows one below the other: [width, 3·width]. */
  qkv: LinearWeights;
  out: LinearWeights;
  norm2: NormWeights;
  up: LinearWeights;
  down: LinearWeights;
  /** LayerScale factors after attention and feed-forward, [width] each. */
  scale1?: LoadFloats;
  scale2?: LoadFloats;
}

export type Activation = 'gelu' | 'quick-gelu';

export interface Vit {
  size: number;
  channels: number;
  patch: number;
  width: number;
  heads: number;
  activation: Activation;
  patchWeight: LoadFloats;
  patchBias?: LoadFloats;
  classToken: LoadFloats;
  positions: LoadFloats;
  normPre?: NormWeights;
  blocks: readonly VitBlock[];
  normPost?: NormWeights;
}

export function linear(graph: OnnxGraph, value: string, weights: LinearWeights): string {
  const matrix = graph.weight(`${weights.name}.weight`, [weights.in, weights.out], weights.weight);
  const product = graph.node('MatMul', [value, matrix]);
  if (!weights.bias) return product;
  return graph.node('Add', [product, graph.weight(`${weights.name}.bias`, [weights.out], weights.bias)]);
}

export function layerNorm(graph: OnnxGraph, value: string, weights: NormWeights): string {
  const scale = graph.weight(`${weights.name}.weight`, [weights.width], weights.weight);
  const bias = graph.weight(`${weights.name}.bias`, [weights.width], weights.bias);
  return graph.node('LayerNormalization', [value, scale, bias], { axis: -1, epsilon: { float: weights.eps } });
}

/** GELU by the error function, or CLIP's x·sigmoid(1.702·x). */
export function activate(graph: OnnxGraph, value: string, activation: Activation): string {
  if (activation === 'quick-gelu') {
    const gate = graph.node('Sigmoid', [graph.node('Mul', [value, graph.floats([1.702], [])])]);
    return graph.node('Mul', [value, gate]);
  }
  const erf = graph.node('Erf', [graph.node('Div', [value, graph.floats([Math.SQRT2], [])])]);
  const doubled = graph.node('Mul', [value, graph.node('Add', [erf, graph.floats([1], [])])]);
  return graph.node('Mul', [doubled, graph.floats([0.5], [])]);
}

/** Self-attention over [1, tokens, width] from one product for queries, keys and values. */
function attention(graph: OnnxGraph, value: string, block: VitBlock, vit: Vit, tokens: number): string {
  const headWidth = vit.width / vit.heads;
  const qkv = graph.node('Reshape', [
    linear(graph, value, block.qkv),
    graph.integers([1, tokens, 3, vit.heads, headWidth]),
  ]);
  const heads = graph.node('Transpose', [qkv], { perm: [2, 0, 3, 1, 4] });
  const [query, key, content] = graph
    .nodes('Split', [heads], 3, { axis: 0 })
    .map((part) => graph.node('Squeeze', [part, graph.integers([0])])) as [string, string, string];
  const scaled = graph.node('Mul', [query, graph.floats([1 / Math.sqrt(headWidth)], [])]);
  const scores = graph.node('MatMul', [scaled, graph.node('Transpose', [key], { perm: [0, 1, 3, 2] })]);
  const mixed = graph.node('MatMul', [graph.node('Softmax', [scores], { axis: -1 }), content]);
  const merged = graph.node('Reshape', [
    graph.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }),
    graph.integers([1, tokens, vit.width]),
  ]);
  return linear(graph, merged, block.out);
}

function scaledBy(graph: OnnxGraph, value: string, name: string, width: number, factors?: LoadFloats): string {
  return factors ? graph.node('Mul', [value, graph.weight(name, [width], factors)]) : value;
}

/**
 * Image [1, channels, size, size] → class token and patch tokens [1, 1 + (size/patch)², width], after the last normalisation
 * if the model has one there.
 */
export function vitTokens(graph: OnnxGraph, image: string, vit: Vit): string {
  const { width, patch, channels } = vit;
  const patches = (vit.size / patch) ** 2;
  const tokens = patches + 1;
  const kernel = graph.weight('patch.weight', [width, channels, patch, patch], vit.patchWeight);
  const inputs = vit.patchBias ? [image, kernel, graph.weight('patch.bias', [width], vit.patchBias)] : [image, kernel];
  const grid = graph.node('Conv', inputs, { strides: [patch, patch], kernel_shape: [patch, patch] });
  const flat = graph.node('Reshape', [grid, graph.integers([1, width, patches])]);
  const rows = graph.node('Transpose', [flat], { perm: [0, 2, 1] });
  const classToken = graph.weight('class_token', [1, 1, width], vit.classToken);
  const positions = graph.weight('positions', [tokens, width], vit.positions);
  let state = graph.node('Add', [graph.node('Concat', [classToken, rows], { axis: 1 }), positions]);
  if (vit.normPre) state = layerNorm(graph, state, vit.normPre);
  for (const [index, block] of vit.blocks.entries()) {
    const attended = attention(graph, layerNorm(graph, state, block.norm1), block, vit, tokens);
    state = graph.node('Add', [state, scaledBy(graph, attended, `block${index}.scale1`, width, block.scale1)]);
    const wide = activate(graph, linear(graph, layerNorm(graph, state, block.norm2), block.up), vit.activation);
    const narrow = linear(graph, wide, block.down);
    state = graph.node('Add', [state, scaledBy(graph, narrow, `block${index}.scale2`, width, block.scale2)]);
  }
  return vit.normPost ? layerNorm(graph, state, vit.normPost) : state;
}
