// Access to a checkpoint's tensors by name and expected shape; keeps count of what was used, so that nothing is silently left out.
import { type Checkpoint, type CheckpointTensor, invalidCheckpoint, shapeText } from './safetensors.ts';

export interface Weights {
  has(name: string): boolean;
  /** The shape of a tensor, without using it. Throws `checkpoint-invalid` where it is missing. */
  shape(name: string): readonly number[];
  /** Claims a tensor. Throws `checkpoint-invalid` where it is missing or has another shape. */
  claim(name: string, shape: readonly number[]): CheckpointTensor;
  /** Claims a tensor and returns a function that reads it whole, as float32. */
  floats(name: string, shape: readonly number[]): () => Promise<Float32Array>;
  /** Claims a matrix [rows, columns] and returns a function that reads it as [columns, rows]. */
  transposed(name: string, rows: number, columns: number): () => Promise<Float32Array>;
  /** Tensors not claimed so far. */
  unclaimed(): string[];
}

/** [rows, columns] → [columns, rows], in blocks that stay in the cache. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  const block = 32;
  for (let top = 0; top < rows; top += block) {
    const bottom = Math.min(top + block, rows);
    for (let left = 0; left < columns; left += block) {
      const right = Math.min(left + block, columns);
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) {
          result[column * rows + row] = values[row * columns + column] as number;
        }
      }
    }
  }
  return result;
}

export function createWeights(checkpoint: Checkpoint): Weights {
  const claimed = new Set<string>();
  function find(name: string, expected?: readonly number[]): CheckpointTensor {
    const tensor = checkpoint.tensors.get(name);
    if (tensor) return tensor;
    const wanted = expected ? ` of shape ${shapeText(expected)}` : '';
    throw invalidCheckpoint(`The checkpoint lacks tensor ${name}${wanted}.`, { tensor: name, expected });
  }
  function claim(name: string, shape: readonly number[]): CheckpointTensor {
    const tensor = find(name, shape);
    if (tensor.shape.length !== shape.length || tensor.shape.some((length, axis) => length !== shape[axis])) {
      throw invalidCheckpoint(
        `Tensor ${name} has shape ${shapeText(tensor.shape)}; by config.json it should be ${shapeText(shape)}.`,
        { tensor: name, shape: tensor.shape, expected: shape },
      );
    }
    claimed.add(name);
    return tensor;
  }
  return {
    has: (name) => checkpoint.tensors.has(name),
    shape: (name) => find(name).shape,
    claim,
    floats: (name, shape) => {
      claim(name, shape);
      return () => checkpoint.read(name);
    },
    transposed: (name, rows, columns) => {
      claim(name, [rows, columns]);
      return async () => transpose(await checkpoint.read(name), rows, columns);
    },
    unclaimed: () => [...checkpoint.tensors.keys()].filter((name) => !claimed.has(name)),
  };
}
