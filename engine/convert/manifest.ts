// The manifest of a converted bundle: what the layout says, what the checkpoint's files say, and the hashes of what was written.
import { join } from 'node:path';
import { sha256OfFile } from '../bundle.ts';
import { type BundleManifest, bundleManifestSchema } from '../bundle-manifest.ts';
import { type Layout, type LayoutName, readJsonFile } from './layout.ts';

export interface ManifestFacts {
  name: string;
  version: string;
  license: string;
  source: string;
  chat: BundleManifest['language']['chat'];
  systemPrompt: string | undefined;
  contextTokens: number | undefined;
  slots: readonly number[];
  dir: string;
  encoderFiles: readonly string[];
  languageFile: string;
  onFile(done: number, total: number): void;
}

const DEFAULT_CONTEXT_TOKENS = 4096;
/** The published generation settings (CXR-LLaVA v2): temperature 0.2, top-p 0.8, at most 512 new tokens. */
const PUBLISHED_SAMPLING = { temperature: 0.2, topP: 0.8, maxTokens: 512 };
const LICENSES: Readonly<Record<LayoutName, string>> = {
  'cxr-llava-v2': 'CC BY-NC 4.0 (weights as published), LLaMA 2 Community License (language model); no commercial use',
  'cxr-llava-v1': "as stated by the checkpoint's owner; LLaMA 2 Community License (language model)",
  llava: "as stated by the checkpoint's owner; LLaMA 2 Community License (language model)",
};
const INTENDED_USE =
  'Research and teaching: drafts chest radiograph reports for a radiologist to check. Not a medical device; not for diagnosis.';

export function licenseOf(layout: LayoutName): string {
  return LICENSES[layout];
}

export async function bundleManifest(layout: Layout, facts: ManifestFacts): Promise<BundleManifest> {
  const files = [...facts.encoderFiles, facts.languageFile];
  const sha256: Record<string, string> = {};
  for (const [index, file] of files.entries()) {
    facts.onFile(index, files.length);
    sha256[file] = await sha256OfFile(join(facts.dir, file));
  }
  const generation = await readJsonFile(layout.sources[0]?.checkpoint.dir ?? '.', 'generation_config.json');
  const number = (field: string, otherwise: number): number => {
    const value = generation?.[field];
    return typeof value === 'number' ? value : otherwise;
  };
  return bundleManifestSchema.parse({
    format: 'cxr-bundle/1',
    name: facts.name,
    version: facts.version,
    license: facts.license,
    intendedUse: INTENDED_USE,
    source: facts.source,
    encoder: {
      file: facts.encoderFiles[0],
      input: 'image',
      size: layout.tower.size,
      channels: layout.tower.channels,
      ...layout.preprocess,
      outputs: { imageTokens: 'image_tokens' },
    },
    language: {
      file: facts.languageFile,
      chat: facts.chat,
      ...(facts.systemPrompt === undefined ? {} : { systemPrompt: facts.systemPrompt }),
      ...(layout.language.tokenizer.spaceAfterSpecial ? {} : { spaceAfterSpecial: false }),
      imageTokenIds: [...facts.slots],
      contextTokens: Math.min(facts.contextTokens ?? DEFAULT_CONTEXT_TOKENS, layout.language.maxPositions),
    },
    sampling: {
      temperature: number('temperature', PUBLISHED_SAMPLING.temperature),
      topP: number('top_p', PUBLISHED_SAMPLING.topP),
      maxTokens: PUBLISHED_SAMPLING.maxTokens,
    },
    sha256,
  });
}
