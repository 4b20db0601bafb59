// Types for the decoders that ship none: the cornerstone WebAssembly codecs and jpeg-lossless-decoder-js; only what is used here.
interface CornerstoneFrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
}
interface CornerstoneDecoder {
  /** A view into WebAssembly memory to copy the codestream into. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): CornerstoneFrameInfo;
  /** A view into WebAssembly memory, valid until the next call. */
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}
type CornerstoneModule<Name extends string> = Record<Name, new () => CornerstoneDecoder>;
type CornerstoneFactory<Name extends string> = (options?: {
  print?: (text: string) => void;
  printErr?: (text: string) => void;
}) => Promise<CornerstoneModule<Name>>;

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const factory: CornerstoneFactory<'JPEGDecoder'>;
  export default factory;
}
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: CornerstoneFactory<'JpegLSDecoder'>;
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: CornerstoneFactory<'J2KDecoder'>;
  export default factory;
}
declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    /** Samples of 1 or 2 bytes, by the precision of the frame header; components interleaved. */
    decode(buffer: ArrayBuffer, offset: number, length: number): Uint8Array | Uint16Array;
  }
}
