// The encoders of the cornerstone codec packages (CharLS, OpenJPEG, libjpeg-turbo), so that tests decode what independent software has encoded.
import { createRequire } from 'node:module';

interface FrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned: boolean;
}

interface CornerstoneEncoder {
  getDecodedBuffer(info: FrameInfo): Uint8Array;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  setQuality?(lossless: boolean | number, layer?: number): void;
  delete(): void;
}

type Factory = (options: {
  print: () => void;
  printErr: () => void;
}) => Promise<Record<string, new () => CornerstoneEncoder>>;

const ENCODERS = {
  'jpeg-ls': ['@cornerstonejs/codec-charls/wasmjs', 'JpegLSEncoder'],
  'jpeg-2000': ['@cornerstonejs/codec-openjpeg/wasmjs', 'J2KEncoder'],
  jpeg: ['@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs', 'JPEGEncoder'],
} as const;

/** One frame of grey samples as a codestream; lossless but for `jpeg`. */
export async function encodeFrame(
  codec: keyof typeof ENCODERS,
  samples: Uint8Array | Uint16Array,
  { width, height, bitsStored }: { width: number; height: number; bitsStored: number },
): Promise<Uint8Array> {
  const [path, name] = ENCODERS[codec];
  const factory = createRequire(import.meta.url)(path) as Factory;
  const module = await factory({ print: () => {}, printErr: () => {} });
  const EncoderClass = module[name];
  if (!EncoderClass) throw new Error(`${path} has no ${name}`);
  const encoder = new EncoderClass();
  const info = { width, height, bitsPerSample: bitsStored, componentCount: 1, isSigned: false };
  encoder.getDecodedBuffer(info).set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  if (codec === 'jpeg-2000') encoder.setQuality?.(true, 0);
  if (codec === 'jpeg') encoder.setQuality?.(95);
  encoder.encode();
  const out = new Uint8Array(encoder.getEncodedBuffer());
  encoder.delete();
  return out;
}
