// What the converter needs of an image encoder, whatever its architecture: its input, and a way to build it into an ONNX graph.
import type { OnnxGraph } from './onnx-graph.ts';

export interface VisionTower {
  channels: 1 | 3;
  /** Side of the square input in pixels. */
  size: number;
  /** Rows of the result. */
  tokens: number;
  /** Columns of the result, before projection. */
  width: number;
  /** Image [1, channels, size, size] → features [1, tokens, width]. */
  build(graph: OnnxGraph, image: string): string;
}
