// The projector from image features to the language model's width: one linear layer (the paper), or two with GELU between (LLaVA-1.5).
import type { OnnxGraph } from './onnx-graph.ts';
import { torchLinear } from './open-clip-vit.ts';
import { invalidCheckpoint, shapeText } from './safetensors.ts';
import { activate, type LinearWeights, linear } from './vit-graph.ts';
import type { Weights } from './weights.ts';

export interface Projector {
  in: number;
  out: number;
  /** Features [1, n, in] → image tokens [1, n, out]. */
  build(graph: OnnxGraph, features: string): string;
}

/** Names of the layers under the projector's own name: linear; `nn.Sequential(Linear, GELU, Linear)`; Hugging Face's LLaVA. */
const LAYOUTS: readonly (readonly string[])[] = [[''], ['.0', '.2'], ['.linear_1', '.linear_2']];

/** The layers' names of the projector called `name`, or undefined where there is none. */
function layerNames(weights: Weights, name: string): readonly string[] | undefined {
  return LAYOUTS.find((names) => names.every((layer) => weights.has(`${name}${layer}.weight`)))?.map(
    (layer) => `${name}${layer}`,
  );
}

/** Reads the projector under the first of `names` that exists. Throws `checkpoint-invalid` where none does or its widths do not chain. */
export function openProjector(weights: Weights, names: readonly string[], hidden: number): Projector {
  const layers = names.map((name) => layerNames(weights, name)).find((found) => found !== undefined);
  if (!layers) {
    throw invalidCheckpoint(
      `The checkpoint has no projector: neither ${names.map((name) => `${name}.weight nor ${name}.0.weight`).join(', ')}.`,
    );
  }
  const parts: LinearWeights[] = [];
  for (const layer of layers) {
    const [to, from] = weights.shape(`${layer}.weight`);
    if (to === undefined || from === undefined) {
      throw invalidCheckpoint(
        `Tensor ${layer}.weight has shape ${shapeText(weights.shape(`${layer}.weight`))}, not two dimensions.`,
      );
    }
    const expected = parts.at(-1)?.out ?? from;
    const bias = weights.has(`${layer}.bias`) ? `${layer}.bias` : undefined;
    parts.push(torchLinear(weights, `${layer}.weight`, bias, expected, layer === layers.at(-1) ? hidden : to));
  }
  return {
    in: parts[0]?.in ?? 0,
    out: hidden,
    build: (graph, features) => {
      let value = features;
      for (const [index, part] of parts.entries()) {
        if (index > 0) value = activate(graph, value, 'gelu');
        value = linear(graph, value, part);
      }
      return value;
    },
  };
}
