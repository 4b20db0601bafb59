// The prompts that turn free-text reports into training data, in our words with the paper's contract (CXR-LLaVA supplement, "Refining the Radiologic Report").

/** Keys of a refined report, as in the paper. */
export const REFINED_KEYS = ['standard_report', 'conclusion', 'recommendation'] as const;
/** Keys of the question-answer pairs, as in the paper. */
export const QA_KEYS = ['question1', 'answer1', 'question2', 'answer2'] as const;

function textObject(keys: readonly string[]): Record<string, unknown> {
  return {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key, { type: 'string' }])),
    required: [...keys],
    additionalProperties: false,
  };
}

export const REFINED_SCHEMA = textObject(REFINED_KEYS);
export const QA_SCHEMA = textObject(QA_KEYS);

export const PREPARATION_SYSTEM =
  'You are an experienced radiologist who edits reports of chest radiographs for teaching.';

const ONLY_THIS_IMAGE = `Keep only what can be seen on one frontal radiograph:
- no time or comparison: nothing is new, old, stable, improved, worse, increased, decreased, changed, unchanged, resolved or cleared, and no earlier examination is mentioned;
- nothing about a lateral view;
- no numbers: write "small", "moderate" or "large" instead of a measurement;
- no age, no sex, no history of the patient;
- no catheter, tube, line, port, pacemaker, wire or other device, and nothing about where one lies;
- no underscores and no blanks left by de-identification.`;

export function refinePrompt(report: string): string {
  return `Rewrite the report below as a JSON object with three keys.
"standard_report": one paragraph in standard wording on lungs, mediastinum, heart and thorax.
"conclusion": the impression, only what matters.
"recommendation": whether a further radiologic examination is needed, and which; "None." if none is.

${ONLY_THIS_IMAGE}

REPORT: ${report}`;
}

export function qaPrompt(standardReport: string): string {
  return `From the report below make two questions with answers, as a JSON object with four keys.
"question1": what a radiologist in training would ask about the location, the number or the presence of a finding.
"answer1": an informative answer to it.
"question2": which differential diagnoses are possible; the patient's history is unknown and not mentioned.
"answer2": an informative answer to it.

${ONLY_THIS_IMAGE}

REPORT: ${standardReport}`;
}

/** Said after an answer that broke a rule; `violations` are sentences. */
export function correctionPrompt(violations: readonly string[]): string {
  return `That answer breaks these rules:\n${violations.map((violation) => `- ${violation}`).join('\n')}\nWrite the whole JSON object again without them.`;
}
