// Builds ONNX graphs node by node and writes them; weights are loaded one at a time while writing, so a large encoder needs little memory.
// Operators: https://onnx.ai/onnx/operators/ (opset 17); large files: https://onnx.ai/onnx/repo-docs/ExternalData.html
import { open, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const OPSET = 17;
/** IR version of ONNX 1.10 … 1.12, which opset 17 belongs to. */
const IR_VERSION = 8;
/** Weights beyond this go into a file beside the graph; protobuf itself ends at 2 GB. */
const EXTERNAL_FROM_BYTES = 512 * 1024 * 1024;
/** Offsets of external tensors are aligned so that the runtime can map them. */
const EXTERNAL_ALIGNMENT_BYTES = 4096;

type Attribute = number | string | readonly number[] | { float: number };
export type LoadFloats = () => Promise<Float32Array>;

interface Weight {
  name: string;
  shape: readonly number[];
  load: LoadFloats;
}

/** A graph under construction. Values are named by strings, as ONNX does. */
export interface OnnxGraph {
  /** Adds a node and returns the name of its only output. */
  node(op: string, inputs: readonly string[], attributes?: Record<string, Attribute>): string;
  /** Adds a node with several outputs and returns their names. */
  nodes(op: string, inputs: readonly string[], outputs: number, attributes?: Record<string, Attribute>): string[];
  /** A float32 weight whose values are read when the file is written. */
  weight(name: string, shape: readonly number[], load: LoadFloats): string;
  floats(values: readonly number[], shape?: readonly number[]): string;
  integers(values: readonly number[]): string;
  /** Writes the graph to `path`, its weights beside it as `<file>.data` when they are large. Returns the files' names. */
  write(path: string, outputs: readonly OnnxOutput[], progress?: (bytes: number) => void): Promise<string[]>;
  /** Bytes of all weights. */
  weightBytes(): number;
}

export interface OnnxOutput {
  /** Name it gets in the file. */
  name: string;
  value: string;
  shape: readonly number[];
}

function attributeProto(name: string, value: Attribute): InstanceType<typeof onnx.AttributeProto> {
  const { AttributeProto } = onnx;
  const Type = AttributeProto.AttributeType;
  if (typeof value === 'number') return AttributeProto.create({ name, type: Type.INT, i: value });
  if (typeof value === 'string') return AttributeProto.create({ name, type: Type.STRING, s: Buffer.from(value) });
  if ('float' in value) return AttributeProto.create({ name, type: Type.FLOAT, f: value.float });
  return AttributeProto.create({ name, type: Type.INTS, ints: [...value] });
}

function valueInfo(name: string, shape: readonly number[]): InstanceType<typeof onnx.ValueInfoProto> {
  return onnx.ValueInfoProto.create({
    name,
    type: {
      tensorType: {
        elemType: onnx.TensorProto.DataType.FLOAT,
        shape: { dim: shape.map((dimValue) => ({ dimValue })) },
      },
    },
  });
}

function bytesOf(values: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

async function loadChecked({ name, shape, load }: Weight): Promise<Uint8Array> {
  const values = await load();
  const expected = shape.reduce((product, length) => product * length, 1);
  if (values.length !== expected) throw new RangeError(`weight ${name} has ${values.length} values, not ${expected}`);
  return bytesOf(values);
}

/** An empty graph with one float32 input. */
export function createOnnxGraph(input: { name: string; shape: readonly number[] }): OnnxGraph {
  const nodes: InstanceType<typeof onnx.NodeProto>[] = [];
  const constants: InstanceType<typeof onnx.TensorProto>[] = [];
  const weights: Weight[] = [];
  const { DataType, DataLocation } = onnx.TensorProto;
  let counter = 0;
  const fresh = (hint: string): string => {
    counter += 1;
    return `${hint}_${counter}`;
  };
  const weightBytes = (): number =>
    weights.reduce((sum, { shape }) => sum + 4 * shape.reduce((product, length) => product * length, 1), 0);

  function addNodes(op: string, inputs: readonly string[], outputs: number, attributes: Record<string, Attribute>) {
    const output = Array.from({ length: outputs }, () => fresh(op));
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    nodes.push(onnx.NodeProto.create({ opType: op, name: output[0] ?? op, input: [...inputs], output, attribute }));
    return output;
  }

  async function externalWeights(path: string, progress: (bytes: number) => void) {
    const file = await open(path, 'w', 0o600);
    const tensors: InstanceType<typeof onnx.TensorProto>[] = [];
    let offset = 0;
    try {
      for (const weight of weights) {
        const bytes = await loadChecked(weight);
        await file.write(bytes, 0, bytes.length, offset);
        const externalData = Object.entries({ location: basename(path), offset, length: bytes.length }).map(
          ([key, value]) => ({ key, value: String(value) }),
        );
        const { name, shape } = weight;
        tensors.push(
          onnx.TensorProto.create({
            name,
            dims: [...shape],
            dataType: DataType.FLOAT,
            dataLocation: DataLocation.EXTERNAL,
            externalData,
          }),
        );
        offset += Math.ceil(bytes.length / EXTERNAL_ALIGNMENT_BYTES) * EXTERNAL_ALIGNMENT_BYTES;
        progress(bytes.length);
      }
    } finally {
      await file.close();
    }
    return tensors;
  }

  async function inlineWeights(progress: (bytes: number) => void) {
    const tensors: InstanceType<typeof onnx.TensorProto>[] = [];
    for (const weight of weights) {
      const rawData = await loadChecked(weight);
      const { name, shape } = weight;
      tensors.push(onnx.TensorProto.create({ name, dims: [...shape], dataType: DataType.FLOAT, rawData }));
      progress(rawData.length);
    }
    return tensors;
  }

  return {
    weightBytes,
    node: (op, inputs, attributes = {}) => addNodes(op, inputs, 1, attributes)[0] as string,
    nodes: (op, inputs, outputs, attributes = {}) => addNodes(op, inputs, outputs, attributes),
    weight: (name, shape, load) => {
      weights.push({ name, shape, load });
      return name;
    },
    floats: (values, shape = [values.length]) => {
      const name = fresh('constant');
      const rawData = bytesOf(new Float32Array(values));
      constants.push(onnx.TensorProto.create({ name, dims: [...shape], dataType: DataType.FLOAT, rawData }));
      return name;
    },
    integers: (values) => {
      const name = fresh('constant');
      const rawData = bytesOf(BigInt64Array.from(values, BigInt));
      constants.push(onnx.TensorProto.create({ name, dims: [values.length], dataType: DataType.INT64, rawData }));
      return name;
    },
    write: async (path, outputs, progress = () => {}) => {
      const external = weightBytes() > EXTERNAL_FROM_BYTES;
      const tensors = external ? await externalWeights(`${path}.data`, progress) : await inlineWeights(progress);
      const named = outputs.map(({ name, value }) =>
        onnx.NodeProto.create({ opType: 'Identity', name: `output_${name}`, input: [value], output: [name] }),
      );
      const model = onnx.ModelProto.create({
        irVersion: IR_VERSION,
        producerName: 'cxr convert',
        opsetImport: [{ domain: '', version: OPSET }],
        graph: {
          name: 'encoder',
          node: [...nodes, ...named],
          initializer: [...tensors, ...constants],
          input: [valueInfo(input.name, input.shape)],
          output: outputs.map(({ name, shape }) => valueInfo(name, shape)),
        },
      });
      await writeFile(path, onnx.ModelProto.encode(model).finish(), { mode: 0o600 });
      return external ? [basename(path), `${basename(path)}.data`] : [basename(path)];
    },
  };
}
