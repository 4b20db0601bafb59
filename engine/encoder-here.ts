// The encoder in this thread: one image's bytes → findings, image tokens, attention map and display picture, by a bundle's ONNX model.
import * as ort from 'onnxruntime-node';
import type { Bundle } from './bundle.ts';
import type { Encoder, EncoderOptions } from './encoder.ts';
import { openSession } from './encoder-backend.ts';
import { attentionOf, findingsOf, gateScoreOf, imageTokensOf, type Outputs } from './encoder-outputs.ts';
import type { DecodeOptions, EncodedImage, EncodeOptions } from './engine.ts';
import { CxrError } from './error.ts';
import { type DecodedImage, decodeImage } from './image/decode.ts';
import { notAFilm } from './image/film-check.ts';
import { displayPicture, encoderInput, squareOnDisplay } from './image/prepare.ts';
import { OTHER_VIEWS } from './image/turned.ts';

/** Below this the film has too little detail for most findings. */
const SMALL_SIDE = 256;

/** Opens the bundle's encoder in this thread. Throws `bundle-invalid` where the model does not match the manifest. */
export async function openEncoderHere(
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
  checkShape(session, manifest.encoder);

  async function run(film: Pick<DecodedImage, 'width' | 'height' | 'grey'>): Promise<Outputs> {
    const { encoder } = manifest;
    const pixels = new ort.Tensor('float32', encoderInput(film, encoder), inputShape(encoder));
    return session.run({ [encoder.input]: pixels });
  }

  const isBelowGate = (score: number | null) => score !== null && score < (manifest.encoder.gateThreshold ?? 0.5);

  /** Why the gate refused: would it take the film turned or inverted? */
  async function adviceFor(image: DecodedImage, signal: AbortSignal | undefined): Promise<string> {
    for (const { advice, view } of OTHER_VIEWS) {
      stopIfAborted(signal);
      if (!isBelowGate(gateScoreOf(await run(view(image)), manifest))) return advice;
    }
    return 'It does not look like a chest radiograph.';
  }

  async function encode(bytes: Uint8Array, call: EncodeOptions & DecodeOptions = {}): Promise<EncodedImage> {
    const { force = false, signal, ...limits } = call;
    stopIfAborted(signal);
    const image = await decodeImage(bytes, limits);
    stopIfAborted(signal);
    const started = performance.now();
    const otherThing = notAFilm(image);
    if (otherThing !== null && !force) throw notChest(`It looks like ${otherThing}, not like a chest radiograph.`);
    const outputs = await run(image);
    stopIfAborted(signal);
    const gateScore = gateScoreOf(outputs, manifest);
    if (isBelowGate(gateScore) && !force) throw notChest(await adviceFor(image, signal));
    const isChestRadiograph = !isBelowGate(gateScore) && otherThing === null;
    const display = displayPicture(image);
    return {
      width: image.width,
      height: image.height,
      kind: image.kind,
      isChestRadiograph,
      gateScore,
      findings: findingsOf(outputs, manifest),
      imageTokens: imageTokensOf(outputs, manifest),
      imageTokenCount: manifest.language.imageTokenIds.length,
      attention: attentionOf(outputs, manifest),
      display,
      inputSquare: squareOnDisplay(display, manifest.encoder.fit),
      encodeMs: performance.now() - started,
      warnings: [...image.warnings, ...warningsFor(image, isChestRadiograph)],
    };
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

function inputShape({ channels, size }: Bundle['manifest']['encoder']): [number, number, number, number] {
  return [1, channels, size, size];
}

/** Dimensions that the file leaves open have names in it instead of numbers. */
function checkShape(session: ort.InferenceSession, encoder: Bundle['manifest']['encoder']): void {
  const known = session.inputMetadata.find(({ name }) => name === encoder.input);
  if (known?.isTensor !== true) return;
  const shape = inputShape(encoder);
  const fits =
    known.shape.length === shape.length &&
    known.shape.every((length, at) => typeof length !== 'number' || length < 0 || length === shape[at]);
  if (fits) return;
  throw new CxrError(
    'bundle-invalid',
    `bundle.json: fields encoder.channels and encoder.size say ${shape.join(' × ')}, but the encoder file takes ${known.shape.join(' × ')}.`,
  );
}

function notChest(sentence: string): CxrError {
  return new CxrError('image-not-chest', sentence);
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
