// Our own ways to ask for a report: candidates for the prompt laboratory, never used unless someone chooses one by configuration.

export const CANDIDATE_PROMPTS: Readonly<Record<string, string>> = {
  systematic:
    'Describe this chest radiograph in order: lungs, pleura, heart, mediastinum. For each say what is abnormal and what is not, then give an impression.',
  'findings-first':
    'Write a radiologic report on the given chest radiograph. State for atelectasis, cardiomegaly, consolidation, pulmonary edema, pleural effusion, and pneumothorax whether each is present or absent.',
  brief: 'Report this chest radiograph in two sentences.',
};
