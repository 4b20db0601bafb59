// Makes an encoder's matrix products 8-bit: weights per output column when written, activations per call. Convolutions and norms stay float32.
// Operator: com.microsoft.DynamicQuantizeMatMul, https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
import { open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import onnxProto from 'onnx-proto';
import { decodeFloats } from './floats.ts';

const { onnx } = onnxProto;
type TensorProto = InstanceType<typeof onnx.TensorProto>;
/** Matrices smaller than this gain nothing. */
const LEAST_NUMBERS = 64 * 64;

async function tensorBytes(tensor: TensorProto, dir: string): Promise<Uint8Array> {
  if (tensor.dataLocation !== onnx.TensorProto.DataLocation.EXTERNAL) return tensor.rawData;
  const entry = (key: string): string => tensor.externalData.find((pair) => pair.key === key)?.value ?? '0';
  const file = await open(join(dir, entry('location')), 'r');
  try {
    const bytes = Buffer.allocUnsafeSlow(Number(entry('length')));
    await file.read(bytes, 0, bytes.length, Number(entry('offset')));
    return bytes;
  } finally {
    await file.close();
  }
}

/** Symmetric per column: the largest magnitude of a column becomes 127. Matrix [rows, columns]. */
function quantizeColumns(
  values: Float32Array,
  rows: number,
  columns: number,
): { bytes: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(columns);
  for (let at = 0; at < values.length; at += 1) {
    const column = at % columns;
    scales[column] = Math.max(scales[column] as number, Math.abs(values[at] as number));
  }
  for (let column = 0; column < columns; column += 1) scales[column] = (scales[column] as number) / 127 || 1;
  const bytes = new Int8Array(rows * columns);
  for (let at = 0; at < values.length; at += 1) {
    bytes[at] = Math.round((values[at] as number) / (scales[at % columns] as number));
  }
  return { bytes, scales };
}

/** Writes the 8-bit twin of the encoder at `path` to `to`, in one file. */
export async function quantizeEncoder(path: string, to: string): Promise<void> {
  const { DataType, DataLocation } = onnx.TensorProto;
  const model = onnx.ModelProto.decode(await readFile(path));
  const { graph } = model;
  if (!graph) throw new RangeError(`${path} holds no graph`);
  const weights = new Map((graph.initializer ?? []).map((tensor) => [tensor.name, tensor as TensorProto]));
  const quantized = new Map<string, string[]>();
  const initializer: TensorProto[] = [];
  for (const node of graph.node ?? []) {
    const tensor = node.opType === 'MatMul' ? weights.get(node.input?.[1] ?? '') : undefined;
    const [rows, columns] = (tensor?.dims ?? []).map(Number);
    if (!tensor || rows === undefined || columns === undefined || rows * columns < LEAST_NUMBERS) continue;
    const name = String(tensor.name);
    let names = quantized.get(name);
    if (!names) {
      const raw = await tensorBytes(tensor, dirname(path));
      const values = decodeFloats('F32', raw);
      const { bytes, scales } = quantizeColumns(values, rows, columns);
      names = [`${name}.int8`, `${name}.scale`];
      initializer.push(
        onnx.TensorProto.create({
          name: names[0] ?? '',
          dims: [rows, columns],
          dataType: DataType.INT8,
          rawData: new Uint8Array(bytes.buffer),
        }),
        onnx.TensorProto.create({
          name: names[1] ?? '',
          dims: [columns],
          dataType: DataType.FLOAT,
          rawData: new Uint8Array(scales.buffer),
        }),
      );
      quantized.set(name, names);
    }
    node.opType = 'DynamicQuantizeMatMul';
    node.domain = 'com.microsoft';
    node.input = [node.input?.[0] ?? '', ...names];
  }
  for (const tensor of weights.values()) {
    if (quantized.has(String(tensor.name))) continue;
    const rawData = await tensorBytes(tensor, dirname(path));
    const { name, dims, dataType } = tensor;
    initializer.push(onnx.TensorProto.create({ name, dims, dataType, rawData, dataLocation: DataLocation.DEFAULT }));
  }
  graph.initializer = initializer;
  model.opsetImport = [
    ...(model.opsetImport ?? []),
    onnx.OperatorSetIdProto.create({ domain: 'com.microsoft', version: 1 }),
  ];
  await writeFile(to, onnx.ModelProto.encode(model).finish(), { mode: 0o600 });
}
