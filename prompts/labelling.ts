// The prompt by which a language model labels a report, in our words with the paper's contract: booleans for five findings and "no finding", as JSON.
// Contract: CXR-LLaVA supplement, "Generating Labels from Radiologic Reports".

/** Keys of the answer, as the paper names its categories, and the finding each stands for. */
export const LABEL_KEYS: Readonly<Record<string, string>> = {
  Cardiomegaly: 'cardiomegaly',
  Edema: 'edema',
  Consolidation: 'consolidation',
  Atelectasis: 'atelectasis',
  'Pleural Effusion': 'effusion',
  'No Finding': 'no-finding',
};

/** The schema that the answer must fit. */
export const LABEL_SCHEMA: Record<string, unknown> = {
  type: 'object',
  properties: Object.fromEntries(Object.keys(LABEL_KEYS).map((key) => [key, { type: 'boolean' }])),
  required: Object.keys(LABEL_KEYS),
  additionalProperties: false,
};

export function labellingPrompt(report: string): string {
  return `Here is the report of a chest radiograph. Decide for each category whether the report says that it exists on this image. Answer with one JSON object that has exactly these keys and true or false as values:
${Object.keys(LABEL_KEYS)
  .map((key) => `- ${key}`)
  .join('\n')}

A finding that is denied, resolved or only part of the history is false. "No Finding" is true only when no abnormality is reported.

REPORT: ${report}`;
}
