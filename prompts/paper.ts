// The prompts of the CXR-LLaVA paper, word for word: they are the model's interface, so they are never reworded.
// Source: Lee S. et al., "CXR-LLaVA: Multimodal Large Language Model for Interpreting Chest X-ray Images", Table 2 and Figures 2–3.

export const PROMPT_NAMES = ['basic', 'specific', 'confirm', 'pediatric'] as const;
export type PromptName = (typeof PROMPT_NAMES)[number];

const BASIC = 'Write a radiologic report on the given chest radiograph.';
const SPECIFIC =
  'Write a radiologic report on the given chest radiograph, including information about atelectasis, cardiomegaly, consolidation, pulmonary edema, pleural effusion, and pneumothorax';
const PEDIATRIC_NOTE =
  "Note. In pediatric radiograph, the cardiac shadow might seem larger due to the heart's proportion to the thorax, so one must be cautious when diagnosing cardiomegaly.";

/** First question of each of the paper's four prompts; `confirm` asks the specific prompt first and confirmations after it. */
export const REPORT_PROMPTS: Readonly<Record<PromptName, string>> = {
  basic: BASIC,
  specific: SPECIFIC,
  confirm: SPECIFIC,
  pediatric: `${SPECIFIC}. ${PEDIATRIC_NOTE}`,
};

/** The paper's confirmation question for one finding (Table 2, "Specific prompt with confirmation"). `label` as people write it, e.g. `pleural effusion`. */
export function confirmationPrompt(label: string): string {
  return `Respond with yes or no. Is there any ${label}?`;
}

/** Second and third question of Figure 2. */
export const DIFFERENTIAL_QUESTION = 'What can be possible diagnosis?';
export const EXAMINATION_QUESTION = 'What kind of further examination is required?';

/** The dialogue of the figures: report, differential diagnosis, further examination. */
export const FIGURE_DIALOGUE: readonly string[] = [SPECIFIC, DIFFERENTIAL_QUESTION, EXAMINATION_QUESTION];
