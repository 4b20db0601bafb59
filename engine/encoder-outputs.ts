// What the encoder's ONNX outputs mean: findings, attention and gate by the bundle's manifest, with their shapes checked.
import type * as ort from 'onnxruntime-node';
import type { BundleManifest } from './bundle-manifest.ts';
import type { AttentionMap, Finding } from './engine.ts';
import { CxrError } from './error.ts';

export type Outputs = ort.InferenceSession.ReturnType;

export function invalidOutput(name: string): CxrError {
  return new CxrError(
    'bundle-invalid',
    `The encoder's output ${name} does not have the shape that the manifest promises.`,
  );
}

function floats(outputs: Outputs, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw invalidOutput(name);
  return data;
}

/** Float32 [n, width of the language model], row by row, n as the manifest's `imageTokenIds`. */
export function imageTokensOf(outputs: Outputs, { encoder, language }: BundleManifest): Float32Array {
  const tokens = floats(outputs, encoder.outputs.imageTokens);
  if (tokens.length === 0 || tokens.length % language.imageTokenIds.length !== 0) {
    throw invalidOutput(encoder.outputs.imageTokens);
  }
  return tokens;
}

/** P(chest radiograph) in [0, 1], or null for a bundle without gate. */
export function gateScoreOf(outputs: Outputs, { encoder }: BundleManifest): number | null {
  return encoder.outputs.gate === undefined ? null : (floats(outputs, encoder.outputs.gate)[0] ?? null);
}

/** One finding for each of the manifest's, NaN read as "not assessed on this image". */
export function findingsOf(outputs: Outputs, manifest: BundleManifest): Finding[] {
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

/** Normalised to sum 1; a map without any weight (or broken) is spread evenly. Null for a bundle without attention. */
export function attentionOf(outputs: Outputs, { encoder }: BundleManifest): AttentionMap | null {
  const name = encoder.outputs.attention;
  if (name === undefined) return null;
  const [, height, width] = outputs[name]?.dims ?? [];
  const raw = floats(outputs, name);
  if (height === undefined || width === undefined || raw.length !== height * width) throw invalidOutput(name);
  const values = raw.map((value) => (Number.isFinite(value) ? Math.max(0, value) : 0));
  const sum = values.reduce((total, value) => total + value, 0);
  return { width, height, values: values.map((value) => (sum > 0 ? value / sum : 1 / values.length)) };
}
