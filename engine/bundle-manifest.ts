// The manifest of a bundle (`bundle.json`, format cxr-bundle/1): its schema and nothing else; loading and hashes are in bundle.ts.
import { z } from 'zod';

const fileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain file name inside the bundle folder')
  .max(200);

export const bundleManifestSchema = z.strictObject({
  format: z.literal('cxr-bundle/1'),
  name: z.string().min(1).max(100),
  version: z.string().min(1).max(50),
  license: z.string().min(1),
  intendedUse: z.string().min(1),
  /** Where weights and figures come from; for people. */
  source: z.string().optional(),
  encoder: z.strictObject({
    file: fileName,
    /** Name of the ONNX input: float32 [1, channels, size, size], (pixel/255 − mean)/std. */
    input: z.string().min(1),
    size: z.int().min(16).max(4096),
    channels: z.union([z.literal(1), z.literal(3)]),
    /** `crop`: shortest edge to size, centre crop; `pad`: longest edge to size, centred on black. */
    fit: z.enum(['crop', 'pad']),
    mean: z.array(z.number()).min(1).max(3),
    std: z.array(z.number().positive()).min(1).max(3),
    outputs: z.strictObject({
      /** float32 [1, n, width of the language model], n = number of `imageTokenIds`. */
      imageTokens: z.string().min(1),
      /** float32 [1, findings.length], probabilities in [0, 1]; NaN where a finding is not assessed on this image. */
      findings: z.string().min(1).optional(),
      /** float32 [1, h, w] over the input square, ≥ 0. */
      attention: z.string().min(1).optional(),
      /** float32 [1] P(chest radiograph) in [0, 1]. */
      gate: z.string().min(1).optional(),
    }),
    /** The image is refused as no chest radiograph below this score; only with outputs.gate. */
    gateThreshold: z.number().min(0).max(1).optional(),
  }),
  findings: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
        label: z.string().min(1),
        assessed: z.boolean(),
        threshold: z.number().min(0).max(1).optional(),
      }),
    )
    .default([]),
  language: z.strictObject({
    file: fileName,
    /** `llama2`: [INST] … [/INST]; `vicuna`: USER: … ASSISTANT:, as LLaVA-1.5 is asked. */
    chat: z.enum(['llama2', 'vicuna']),
    systemPrompt: z.string().optional(),
    /** False where no space stands between a special token and the text after it (Hugging Face tokenizers with `legacy: false`). */
    spaceAfterSpecial: z.boolean().optional(),
    imageTokenIds: z.array(z.int().min(0)).min(1).max(4096),
    contextTokens: z.int().min(64).max(131072),
    /** Most images of one conversation, for a model that has not learnt to keep more apart; no limit by default. */
    maxImages: z.int().min(1).optional(),
  }),
  sampling: z.strictObject({
    temperature: z.number().min(0).max(5),
    topP: z.number().gt(0).max(1),
    maxTokens: z.int().min(1),
  }),
  /** SHA-256 (hex) of each file named above. */
  sha256: z.record(fileName, z.string().regex(/^[0-9a-f]{64}$/)),
});

export type BundleManifest = z.infer<typeof bundleManifestSchema>;
