// The encoder: one image's bytes → findings, image tokens, attention map and display picture, by a bundle's ONNX model.
import * as ort from 'onnxruntime-node';
import type { Bundle } from './bundle.ts';
import { type BackendChoice, type EncoderBackend, openSession } from './encoder-backend.ts';
import type { AttentionMap, DecodeOptions, EncodedImage, EncodeOptions, Finding } from './engine.ts';
import { CxrError } from './error.ts';
import { type DecodedImage, decodeImage } from './image/decode.ts';
import { notAFilm } from './image/film-check.ts';
import { displayPicture, encoderInput, squareOnDisplay } from './image/prepare.ts';

export interface EncoderOptions {
  backend?: BackendChoice;
  /** Threads of the CPU backend, ≥ 1; default 2. */
  threads?: number;
  log?: (message: string, detail: Record<string, unknown>) => void;
}

export interface Encoder {
  readonly backend: EncoderBackend;
  /** Why that backend, in plain words. */
  readonly backendReason: string;
  /**
   * Decodes, gates and encodes one image; many may run at once. Throws CxrError with an `image-…` code for refused
   * bytes (`image-not-chest` for what is no chest radiograph, unless `force`), `aborted`, or `bundle-invalid`.
   */
  encode(bytes: Uint8Array, options?: EncodeOptions & DecodeOptions): Promise<EncodedImage>;
  close(): Promise<void>;
}

/** Below this the film has too little detail for most findings. */
const SMALL_SIDE = 256;

/** Opens the bundle's encoder. Throws `bundle-invalid` where the model does not match the manifest. */
export async function createEncoder(
  bundle: Pick<Bundle, 'manifest' | 'encoderPath'>,
  options: EncoderOptions = {},
): Promise<Encoder> {
  const { manifest } = bundle;
  const { session, backend, reason } = await openSession(
    bundle.encoderPath,
    options.backend ?? 'auto',
    options.threads ?? 2,
  );
  options.log?.('encoder backend chosen', { backend, reason });
  checkNames(session, manifest.encoder);

  async function encode(bytes: Uint8Array, call: EncodeOptions & DecodeOptions = {}): Promise<EncodedImage> {
    const { force = false, signal, ...limits } = call;
    stopIfAborted(signal);
    const image = await decodeImage(bytes, limits);
    stopIfAborted(signal);
    const started = performance.now();
    const reasonAgainst = notAFilm(image);
    if (reasonAgainst !== null && !force) throw notChest(`this looks like ${reasonAgainst}`);
    const { encoder } = manifest;
    const input = new ort.Tensor('float32', encoderInput(image, encoder), [
      1,
      encoder.channels,
      encoder.size,
      encoder.size,
    ]);
    const outputs = await session.run({ [encoder.input]: input });
    stopIfAborted(signal);
    const gateScore = encoder.outputs.gate ? (floats(outputs, encoder.outputs.gate)[0] ?? null) : null;
    const isBelowGate = gateScore !== null && gateScore < (encoder.gateThreshold ?? 0.5);
    if (isBelowGate && !force) throw notChest('it does not look like one');
    return describe(image, outputs, {
      gateScore,
      isChestRadiograph: !isBelowGate && reasonAgainst === null,
      encodeMs: performance.now() - started,
    });
  }

  function describe(
    image: DecodedImage,
    outputs: ort.InferenceSession.ReturnType,
    verdict: Pick<EncodedImage, 'gateScore' | 'isChestRadiograph' | 'encodeMs'>,
  ): EncodedImage {
    const { encoder, language } = manifest;
    const imageTokens = floats(outputs, encoder.outputs.imageTokens);
    const imageTokenCount = language.imageTokenIds.length;
    if (imageTokens.length === 0 || imageTokens.length % imageTokenCount !== 0) {
      throw invalidOutput(encoder.outputs.imageTokens);
    }
    const display = displayPicture(image);
    return {
      width: image.width,
      height: image.height,
      kind: image.kind,
      ...verdict,
      findings: findingsOf(outputs),
      imageTokens,
      imageTokenCount,
      attention: encoder.outputs.attention ? attentionOf(outputs, encoder.outputs.attention) : null,
      display,
      inputSquare: squareOnDisplay(display, encoder.fit),
      warnings: [...image.warnings, ...warningsFor(image, verdict.isChestRadiograph)],
    };
  }

  function findingsOf(outputs: ort.InferenceSession.ReturnType): Finding[] {
    const name = manifest.encoder.outputs.findings;
    if (name === undefined) return [];
    const probabilities = floats(outputs, name);
    if (probabilities.length !== manifest.findings.length) throw invalidOutput(name);
    return manifest.findings.map((finding, i) => {
      const probability = probabilities[i] ?? Number.NaN;
      const isAssessed = finding.assessed && !Number.isNaN(probability);
      return {
        name: finding.name,
        label: finding.label,
        assessed: isAssessed,
        probability: isAssessed ? Math.max(0, Math.min(1, probability)) : null,
        threshold: isAssessed ? (finding.threshold ?? 0.5) : null,
      };
    });
  }

  return {
    backend,
    backendReason: reason,
    encode,
    async close() {
      await session.release();
    },
  };
}

function checkNames(session: ort.InferenceSession, encoder: Bundle['manifest']['encoder']): void {
  const missing = [
    ...(session.inputNames.includes(encoder.input) ? [] : [encoder.input]),
    ...Object.values(encoder.outputs).filter((name) => name !== undefined && !session.outputNames.includes(name)),
  ];
  if (missing.length > 0) {
    throw new CxrError(
      'bundle-invalid',
      `The bundle's encoder file lacks ${missing.join(', ')}, which its manifest names.`,
    );
  }
}

function invalidOutput(name: string): CxrError {
  return new CxrError(
    'bundle-invalid',
    `The encoder's output ${name} does not have the shape that the manifest promises.`,
  );
}

function floats(outputs: ort.InferenceSession.ReturnType, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw invalidOutput(name);
  return data;
}

/** Normalised to sum 1; a map without any weight (or broken) is spread evenly. */
function attentionOf(outputs: ort.InferenceSession.ReturnType, name: string): AttentionMap {
  const [, height, width] = outputs[name]?.dims ?? [];
  const raw = floats(outputs, name);
  if (height === undefined || width === undefined || raw.length !== height * width) throw invalidOutput(name);
  const values = raw.map((value) => (Number.isFinite(value) ? Math.max(0, value) : 0));
  const sum = values.reduce((total, value) => total + value, 0);
  return { width, height, values: values.map((value) => (sum > 0 ? value / sum : 1 / values.length)) };
}

function notChest(why: string): CxrError {
  return new CxrError('image-not-chest', `This is not read as a chest radiograph: ${why}.`);
}

function warningsFor(image: DecodedImage, isChestRadiograph: boolean): string[] {
  const warnings: string[] = [];
  if (Math.min(image.width, image.height) < SMALL_SIDE) {
    warnings.push(
      `The image is very small (${image.width} × ${image.height} pixels); fine findings can't be seen on it.`,
    );
  }
  if (!isChestRadiograph) warnings.push('This does not look like a chest radiograph; what follows may mean nothing.');
  return warnings;
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CxrError('aborted', 'The reading was stopped.', { cause: signal.reason });
}
