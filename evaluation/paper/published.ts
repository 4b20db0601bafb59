// The figures of the CXR-LLaVA paper, as printed there (Lee et al., Tables 3 and 4, Supplementary Tables 4 and 5); never changed.

/** Mean and SD over the paper's three inferences. */
export type Printed = readonly [mean: number, sd: number | null];

export interface PublishedRow {
  finding: string;
  label: string;
}

/** Table 3: F1 on the CheXpert test set, 518 images. Radiologists: Tiu et al., Nature Biomedical Engineering 2022. */
export const TABLE_3: readonly (PublishedRow & {
  basic: Printed;
  specific: Printed;
  confirmed: Printed;
  radiologists: number;
})[] = [
  {
    finding: 'atelectasis',
    label: 'Atelectasis',
    basic: [0.43, 0.04],
    specific: [0.52, 0.01],
    confirmed: [0.59, 0.01],
    radiologists: 0.69,
  },
  {
    finding: 'cardiomegaly',
    label: 'Cardiomegaly',
    basic: [0.34, 0.03],
    specific: [0.47, 0.02],
    confirmed: [0.59, 0.01],
    radiologists: 0.68,
  },
  {
    finding: 'consolidation',
    label: 'Consolidation',
    basic: [0.09, 0.07],
    specific: [0.12, 0.04],
    confirmed: [0.19, 0.04],
    radiologists: 0.39,
  },
  {
    finding: 'edema',
    label: 'Edema',
    basic: [0.31, 0.02],
    specific: [0.4, 0.03],
    confirmed: [0.4, 0.01],
    radiologists: 0.58,
  },
  {
    finding: 'effusion',
    label: 'Pleural effusion',
    basic: [0.55, 0.02],
    specific: [0.49, 0.02],
    confirmed: [0.52, 0.01],
    radiologists: 0.74,
  },
];
export const TABLE_3_AVERAGE = {
  basic: [0.34, 0.04],
  specific: [0.4, 0.02],
  confirmed: [0.46, 0.02],
  radiologists: 0.62,
} as const;

/** Table 4: F1 on the Indiana set, 3,689 images. */
export const TABLE_4: readonly (PublishedRow & { specific: Printed; confirmed: Printed })[] = [
  { finding: 'atelectasis', label: 'Atelectasis', specific: [0.3, 0.02], confirmed: [0.34, 0.01] },
  { finding: 'cardiomegaly', label: 'Cardiomegaly', specific: [0.42, 0], confirmed: [0.43, 0.02] },
  { finding: 'consolidation', label: 'Consolidation', specific: [0.14, 0.01], confirmed: [0.11, 0.03] },
  { finding: 'edema', label: 'Pulmonary edema', specific: [0.21, 0.01], confirmed: [0.2, 0.02] },
  { finding: 'effusion', label: 'Pleural effusion', specific: [0.35, 0], confirmed: [0.4, 0.02] },
];
export const TABLE_4_AVERAGE = { specific: [0.29, 0.01], confirmed: [0.3, 0.02] } as const;

/** Supplementary Table 4: mean F1 of the five findings and its SD; by top-p, then temperature 0, 0.2, 0.4, 0.6, 0.8, 1. */
export const SUPPLEMENTARY_4: Readonly<Record<string, { mean: readonly number[]; sd: readonly number[] }>> = {
  '0.2': { mean: [0.366, 0.357, 0.357, 0.363, 0.359, 0.352], sd: [0.0005, 0.0013, 0.0003, 0.0004, 0.0035, 0.0098] },
  '0.5': { mean: [0.368, 0.36, 0.368, 0.368, 0.373, 0.373], sd: [0.0028, 0.0133, 0.0142, 0.0191, 0.0232, 0.0233] },
  '0.8': { mean: [0.368, 0.375, 0.398, 0.394, 0.387, 0.359], sd: [0.0029, 0.0169, 0.0243, 0.0207, 0.0299, 0.0291] },
};

/** Supplementary Table 5: the pediatric test set, 624 images; specific prompt without and with the note. */
export const SUPPLEMENTARY_5: readonly {
  label: string;
  key: 'f1' | 'sensitivity' | 'specificity' | 'cardiomegalyShare';
  specific: Printed;
  note: Printed;
}[] = [
  { label: 'F1 score', key: 'f1', specific: [0.85, 0.004], note: [0.84, 0.01] },
  { label: 'Sensitivity', key: 'sensitivity', specific: [0.97, 0.01], note: [0.92, 0.004] },
  { label: 'Specificity', key: 'specificity', specific: [0.47, 0.01], note: [0.53, 0.03] },
  {
    label: 'Called abnormal and also cardiomegaly',
    key: 'cardiomegalyShare',
    specific: [0.71, 0.01],
    note: [0.36, 0.01],
  },
];
