// Runs restore.py's vector.onnx for restore_features.py. Usage: node print-vectors.js vector.onnx SIZE < float32 films > float32 rows of vector and beliefs
import * as ort from 'onnxruntime-node';

const [path, edge] = process.argv.slice(2);
if (path === undefined || edge === undefined)
  throw new Error('usage: node print-vectors.js vector.onnx SIZE < films > rows');
const size = Number(edge);
const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const bytes = size * size * 4;

let waiting: Buffer = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  waiting = Buffer.concat([waiting, chunk as Buffer]);
  while (waiting.length >= bytes) {
    const pixels = new Float32Array(new Uint8Array(waiting.subarray(0, bytes)).buffer);
    waiting = waiting.subarray(bytes);
    const { vector, findings } = await session.run({ pixels: new ort.Tensor('float32', pixels, [1, 1, size, size]) });
    for (const tensor of [vector, findings]) {
      if (!(tensor?.data instanceof Float32Array)) throw new Error(`${path} has no float32 vector and findings`);
      process.stdout.write(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
    }
  }
}
if (waiting.length > 0) throw new Error('The last film is incomplete.');
