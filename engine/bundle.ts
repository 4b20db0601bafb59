// Opens a bundle folder: manifest read and checked, the hash of every file verified; what the files hold is the encoder's and the language model's business.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { type BundleManifest, bundleManifestSchema } from './bundle-manifest.ts';
import { CxrError } from './error.ts';

export interface Bundle {
  /** Absolute path of the folder. */
  dir: string;
  manifest: BundleManifest;
  /** SHA-256 (hex) over the manifest's own hashes: identifies the weights. */
  hash: string;
  encoderPath: string;
  languagePath: string;
}

const MANIFEST_FILE = 'bundle.json';
/** A manifest lists files and findings; anything larger is not one. */
const MANIFEST_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads and checks `bundle.json` in `dir`; the files it names are not touched yet (`verifyBundle`).
 * Throws CxrError `bundle-missing` or `bundle-invalid` (names field and file).
 */
export async function readBundle(dir: string): Promise<Bundle> {
  const folder = resolve(dir);
  const manifest = parseManifest(await readManifest(folder));
  return {
    dir: folder,
    manifest,
    hash: bundleHash(manifest.sha256),
    encoderPath: join(folder, manifest.encoder.file),
    languagePath: join(folder, manifest.language.file),
  };
}

/** Compares every file with its hash, also those that the model files refer to (`encoder.onnx.data`). Throws `bundle-missing` (no such file) or `bundle-hash`. */
export async function verifyBundle({ dir, manifest }: Bundle): Promise<void> {
  await Promise.all(Object.entries(manifest.sha256).map(([file, hash]) => verify(dir, file, hash)));
}

/** Reads the bundle in `dir` and verifies every file it names: `readBundle`, then `verifyBundle`. */
export async function openBundle(dir: string): Promise<Bundle> {
  const bundle = await readBundle(dir);
  await verifyBundle(bundle);
  return bundle;
}

async function readManifest(folder: string): Promise<string> {
  const path = join(folder, MANIFEST_FILE);
  try {
    if ((await stat(path)).size > MANIFEST_MAX_BYTES) throw invalid('the file', 'is too large to be a manifest');
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof CxrError) throw error;
    throw new CxrError('bundle-missing', `There is no readable ${MANIFEST_FILE} in the bundle folder ${folder}.`, {
      cause: error,
    });
  }
}

function invalid(field: string, what: string, cause?: unknown): CxrError {
  return new CxrError('bundle-invalid', `${MANIFEST_FILE}: ${field} ${what}.`, { cause, detail: { field } });
}

/** Parses and checks the text of a manifest. Throws `bundle-invalid` naming the field. */
export function parseManifest(text: string): BundleManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid('the file', 'is not valid JSON', error);
  }
  const parsed = bundleManifestSchema.safeParse(json);
  if (!parsed.success) throw issueError(parsed.error);
  checkConsistency(parsed.data);
  return parsed.data;
}

function issueError(error: z.ZodError): CxrError {
  const issue = error.issues[0];
  const path = issue?.path.join('.') ?? '';
  return invalid(
    path === '' ? 'the manifest' : `field ${path}`,
    `is wrong: ${issue?.message ?? 'unknown problem'}`,
    error,
  );
}

function checkConsistency(manifest: BundleManifest): void {
  const { encoder, language } = manifest;
  for (const field of ['mean', 'std'] as const) {
    if (encoder[field].length !== encoder.channels) {
      throw invalid(`field encoder.${field}`, `must hold one value for each of the ${encoder.channels} channels`);
    }
  }
  if (encoder.gateThreshold !== undefined && encoder.outputs.gate === undefined) {
    throw invalid('field encoder.gateThreshold', 'needs encoder.outputs.gate');
  }
  if (encoder.outputs.findings !== undefined && manifest.findings.length === 0) {
    throw invalid('field findings', 'must list what the encoder output encoder.outputs.findings holds');
  }
  if (new Set(manifest.findings.map(({ name }) => name)).size !== manifest.findings.length) {
    throw invalid('field findings', 'names a finding twice');
  }
  if (new Set(language.imageTokenIds).size !== language.imageTokenIds.length) {
    throw invalid('field language.imageTokenIds', 'holds an id twice');
  }
  for (const [field, file] of [
    ['encoder.file', encoder.file],
    ['language.file', language.file],
  ] as const) {
    if (manifest.sha256[file] === undefined) throw invalid('field sha256', `lacks the hash of ${file} (${field})`);
  }
}

async function verify(folder: string, file: string, expected: string): Promise<void> {
  const actual = await sha256OfFile(join(folder, file)).catch((error: unknown) => {
    throw new CxrError('bundle-missing', `The bundle's file ${file} cannot be read in ${folder}.`, { cause: error });
  });
  if (actual === expected) return;
  throw new CxrError(
    'bundle-hash',
    `The bundle's file ${file} is not the one its manifest describes: its SHA-256 differs from sha256.${file} in ${MANIFEST_FILE}.`,
    { detail: { file, expected, actual } },
  );
}

/** SHA-256 (hex) of a file's contents, read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function bundleHash(hashes: Readonly<Record<string, string>>): string {
  const lines = Object.keys(hashes)
    .sort()
    .map((file) => `${hashes[file]}  ${file}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}
