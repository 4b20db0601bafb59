// The format of dataset.yaml (cxr-dataset/1): which columns mean what; documented for users in docs/evaluation.md.
import { z } from 'zod';

const values = z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String));

const labelSource = z.strictObject({
  /** One column, or several of which any may say "present". */
  column: z.union([z.string(), z.array(z.string()).min(1)]),
  present: values.default(['1', '1.0']),
  absent: values.default(['0', '0.0']),
  uncertain: values.default(['-1', '-1.0']),
  /** What an empty cell means. */
  empty: z.enum(['unknown', 'absent']).default('unknown'),
  /** For a cell that lists findings ("Atelectasis|Effusion"): present if this one is in it, else absent. */
  contains: z.string().optional(),
  separator: z.string().default('|'),
  /** Present where `contains` is not in the cell ("No Finding" for abnormal). */
  invert: z.boolean().default(false),
});

export const datasetDescriptionSchema = z.strictObject({
  format: z.literal('cxr-dataset/1'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string().min(1),
  cohort: z.enum(['adult', 'pediatric']),
  /** Set only where the images and labels are the very ones of a table of the paper. */
  paper: z.enum(['chexpert-test', 'indiana', 'pediatric']).optional(),
  /** One sentence printed under every table that shows the paper's figures beside ours. */
  differs: z.string().optional(),
  source: z.string(),
  license: z.string(),
  /** CSV or TSV below the data folder. */
  table: z.string().optional(),
  /** Instead of a table: folders of images and the values that all their rows have. */
  folders: z.array(z.strictObject({ folder: z.string(), values: z.record(z.string(), z.string()) })).optional(),
  /** Further tables whose columns are added where all `on` columns agree. */
  join: z.array(z.strictObject({ table: z.string(), on: z.array(z.string()).min(1) })).default([]),
  image: z.strictObject({
    /** Path below the data folder; `{column}` is replaced, `{column:0-2}` by its first two characters. */
    path: z.string(),
    /** Look for a file of that name anywhere below the data folder. */
    anywhere: z.boolean().default(false),
  }),
  /** Who the image is of; without it every image is a patient of its own. `pattern`: the first group that matches. */
  patient: z.strictObject({ column: z.string(), pattern: z.string().optional() }).optional(),
  /** Only frontal views are read. */
  view: z
    .strictObject({ column: z.string(), frontal: z.array(z.string()).optional(), pattern: z.string().optional() })
    .optional(),
  split: z
    .union([
      z.strictObject({ column: z.string(), use: values }),
      /** First four bytes (big endian) of SHA-256 of the patient, modulo `buckets`. */
      z.strictObject({ hash: z.strictObject({ buckets: z.int().min(2), use: z.array(z.int().min(0)) }) }),
      /** A text file with one value of `column` a line. */
      z.strictObject({ list: z.string(), column: z.string() }),
    ])
    .optional(),
  labels: z.record(z.string(), labelSource).default({}),
  /** Free-text reports: columns joined by a blank line; with `label: true` they give the labels, by the rule labeller. */
  reports: z.strictObject({ columns: z.array(z.string()).min(1), label: z.boolean().default(false) }).optional(),
});

export type DatasetDescription = z.infer<typeof datasetDescriptionSchema>;
export type LabelSource = z.infer<typeof labelSource>;
