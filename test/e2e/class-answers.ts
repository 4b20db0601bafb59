// The script of the class: who says what in which case, and what it comes to, worked out by hand; nothing here is computed by the bot's own scores.
// Kappa of the calls with the teacher over the 12 findings: (po − pe) / (1 − pe), from the counts tp, fp, fn, tn of which n = 12.
// Brier: mean of (stated probability − truth)² over what the person stated.

/** What a person's counted answer says, and its scores as the report prints them. */
export interface Expected {
  /** Finding → probability as stated. */
  stated: Readonly<Record<string, number>>;
  sensitivity: string;
  specificity: string;
  kappa: string;
  /** With the number of findings that it is over. */
  brier: string;
  hints: number;
}

export const FINDINGS = [
  'atelectasis',
  'cardiomegaly',
  'consolidation',
  'edema',
  'effusion',
  'enlarged-cardiomediastinum',
  'fracture',
  'lung-lesion',
  'lung-opacity',
  'pleural-other',
  'pneumonia',
  'pneumothorax',
] as const;

const ALL_ABSENT = Object.fromEntries(FINDINGS.map((finding) => [finding, 0.1]));

export interface ScriptedCase {
  title: string;
  truth: readonly string[];
  readers: Readonly<Record<string, Expected>>;
  /** By finding, the participants together: sensitivity and specificity as printed, for each finding that a participant or the teacher calls. */
  findings: Readonly<Record<string, readonly [string, string]>>;
}

/** Truth: effusion and cardiomegaly, 2 of 12. Chance is (2·called + 10·(12 − called)) / 144. */
export const BREATHLESS: ScriptedCase = {
  title: 'Breathless',
  truth: ['cardiomegaly', 'effusion'],
  readers: {
    // "Definitely cardiomegaly, effusion 70%, no pneumothorax": 2 of 2, none else. Brier (0.05² + 0.3² + 0.1²) / 3 = 0.1025 / 3.
    anna: {
      stated: { cardiomegaly: 0.95, effusion: 0.7, pneumothorax: 0.1 },
      sensitivity: '2/2 = 100 %',
      specificity: '10/10 = 100 %',
      kappa: '1.000',
      brier: '0.034 (3)',
      hints: 0,
    },
    // Edited to "Probable effusion, no pneumothorax": po 11/12, pe 112/144: (132 − 112) / (144 − 112) = 20/32. Brier (0.25² + 0.1²) / 2.
    ben: {
      stated: { effusion: 0.75, pneumothorax: 0.1 },
      sensitivity: '1/2 = 50 %',
      specificity: '10/10 = 100 %',
      kappa: '0.625',
      brier: '0.036 (2)',
      hints: 0,
    },
    // "Effusion".
    dora: {
      stated: { effusion: 0.9 },
      sensitivity: '1/2 = 50 %',
      specificity: '10/10 = 100 %',
      kappa: '0.625',
      brier: '0.010 (1)',
      hints: 0,
    },
    // "Pneumothorax": po 9/12, pe 112/144: (108 − 112) / 32.
    fay: {
      stated: { pneumothorax: 0.9 },
      sensitivity: '0/2 = 0 %',
      specificity: '9/10 = 90 %',
      kappa: '-0.125',
      brier: '0.810 (1)',
      hints: 1,
    },
    // "normal": po 10/12 = pe 120/144. Brier (2 · 0.81 + 10 · 0.01) / 12 = 1.72 / 12.
    gus: {
      stated: ALL_ABSENT,
      sensitivity: '0/2 = 0 %',
      specificity: '10/10 = 100 %',
      kappa: '0.000',
      brier: '0.143 (12)',
      hints: 1,
    },
    // "Possible effusion. Possible cardiomegaly. Pneumonia.": po 11/12, pe (2·3 + 10·9) / 144: (132 − 96) / 48. Brier (0.25 + 0.25 + 0.81) / 3.
    hana: {
      stated: { cardiomegaly: 0.5, effusion: 0.5, pneumonia: 0.9 },
      sensitivity: '2/2 = 100 %',
      specificity: '9/10 = 90 %',
      kappa: '0.750',
      brier: '0.437 (3)',
      hints: 1,
    },
    // "No effusion 60%. Cardiomegaly.": the effusion is not called. Brier (0.6² + 0.1²) / 2.
    ivo: {
      stated: { cardiomegaly: 0.9, effusion: 0.4 },
      sensitivity: '1/2 = 50 %',
      specificity: '10/10 = 100 %',
      kappa: '0.625',
      brier: '0.185 (2)',
      hints: 1,
    },
    // "Atelectasis 60%. Effusion 90%.": po 10/12, pe (2·2 + 10·10) / 144: (120 − 104) / 40. Brier (0.36 + 0.01) / 2.
    jun: {
      stated: { atelectasis: 0.6, effusion: 0.9 },
      sensitivity: '1/2 = 50 %',
      specificity: '9/10 = 90 %',
      kappa: '0.400',
      brier: '0.185 (2)',
      hints: 1,
    },
  },
  // Eight readers: emil asked to be forgotten, which takes his answers out of every case. Effusion is called by anna, ben, dora, hana, jun;
  // cardiomegaly by anna, hana, ivo. 62.5 is shown as 63, 37.5 as 38, 87.5 as 88.
  findings: {
    atelectasis: ['none to count', '7/8 = 88 %'],
    cardiomegaly: ['3/8 = 38 %', 'none to count'],
    effusion: ['5/8 = 63 %', 'none to count'],
    pneumonia: ['none to count', '7/8 = 88 %'],
    pneumothorax: ['none to count', '7/8 = 88 %'],
  },
};

/** Truth: pneumothorax, 1 of 12. Chance is (called + 11·(12 − called)) / 144. */
export const TRAUMA: ScriptedCase = {
  title: 'Trauma',
  truth: ['pneumothorax'],
  readers: {
    // "left pneumothorax, no effusion".
    anna: {
      stated: { effusion: 0.1, pneumothorax: 0.9 },
      sensitivity: '1/1 = 100 %',
      specificity: '11/11 = 100 %',
      kappa: '1.000',
      brier: '0.010 (2)',
      hints: 0,
    },
    // "Pneumothorax 100%".
    ben: {
      stated: { pneumothorax: 1 },
      sensitivity: '1/1 = 100 %',
      specificity: '11/11 = 100 %',
      kappa: '1.000',
      brier: '0.000 (1)',
      hints: 0,
    },
    // "Rib fracture, probable pneumothorax": po 11/12, pe (2 + 110) / 144: (132 − 112) / 32. Brier (0.81 + 0.0625) / 2 = 0.43625.
    cem: {
      stated: { fracture: 0.9, pneumothorax: 0.75 },
      sensitivity: '1/1 = 100 %',
      specificity: '10/11 = 91 %',
      kappa: '0.625',
      brier: '0.436 (2)',
      hints: 0,
    },
    // "no pneumothorax 60%": po 11/12 = pe 132/144. Brier 0.6².
    dora: {
      stated: { pneumothorax: 0.4 },
      sensitivity: '0/1 = 0 %',
      specificity: '11/11 = 100 %',
      kappa: '0.000',
      brier: '0.360 (1)',
      hints: 0,
    },
    // "Effusion", edited to "Pneumothorax" while the bot was down.
    fay: {
      stated: { pneumothorax: 0.9 },
      sensitivity: '1/1 = 100 %',
      specificity: '11/11 = 100 %',
      kappa: '1.000',
      brier: '0.010 (1)',
      hints: 0,
    },
    // "normal". Brier (0.81 + 11 · 0.01) / 12 = 0.92 / 12.
    gus: {
      stated: ALL_ABSENT,
      sensitivity: '0/1 = 0 %',
      specificity: '11/11 = 100 %',
      kappa: '0.000',
      brier: '0.077 (12)',
      hints: 0,
    },
    // "Edema 70%": po 10/12, pe (1 + 121) / 144: (120 − 122) / 22.
    hana: {
      stated: { edema: 0.7 },
      sensitivity: '0/1 = 0 %',
      specificity: '10/11 = 91 %',
      kappa: '-0.091',
      brier: '0.490 (1)',
      hints: 0,
    },
    // "Pneumothorax", read while the bot was killed.
    ivo: {
      stated: { pneumothorax: 0.9 },
      sensitivity: '1/1 = 100 %',
      specificity: '11/11 = 100 %',
      kappa: '1.000',
      brier: '0.010 (1)',
      hints: 0,
    },
    // "Fracture of the fifth rib 60%", written while the bot was down.
    jun: {
      stated: { fracture: 0.6 },
      sensitivity: '0/1 = 0 %',
      specificity: '10/11 = 91 %',
      kappa: '-0.091',
      brier: '0.360 (1)',
      hints: 0,
    },
  },
  // Nine readers. Pneumothorax is called by anna, ben, cem, fay, ivo.
  findings: {
    edema: ['none to count', '8/9 = 89 %'],
    fracture: ['none to count', '7/9 = 78 %'],
    pneumothorax: ['5/9 = 56 %', 'none to count'],
  },
};

/** Truth: nothing. Who calls nothing agrees so fully that kappa is not defined; who calls something agrees as chance would: pe = (12 − called) / 12 = po. */
export const FEVER: ScriptedCase = {
  title: 'Fever',
  truth: [],
  readers: {
    // "normal" by all three.
    ...Object.fromEntries(
      ['anna', 'emil', 'lea'].map((name) => [
        name,
        {
          stated: ALL_ABSENT,
          sensitivity: 'none to count',
          specificity: '12/12 = 100 %',
          kappa: 'not defined',
          brier: '0.010 (12)',
          hints: 0,
        },
      ]),
    ),
    // First "Effusion", then "normal": the last counts.
    kai: {
      stated: ALL_ABSENT,
      sensitivity: 'none to count',
      specificity: '12/12 = 100 %',
      kappa: 'not defined',
      brier: '0.010 (12)',
      hints: 0,
    },
    // "Effusion".
    ben: {
      stated: { effusion: 0.9 },
      sensitivity: 'none to count',
      specificity: '11/12 = 92 %',
      kappa: '0.000',
      brier: '0.810 (1)',
      hints: 0,
    },
    // "No effusion, no pneumothorax."
    cem: {
      stated: { effusion: 0.1, pneumothorax: 0.1 },
      sensitivity: 'none to count',
      specificity: '12/12 = 100 %',
      kappa: 'not defined',
      brier: '0.010 (2)',
      hints: 0,
    },
    // "consolidation in the right lower lobe".
    fay: {
      stated: { consolidation: 0.9 },
      sensitivity: 'none to count',
      specificity: '11/12 = 92 %',
      kappa: '0.000',
      brier: '0.810 (1)',
      hints: 0,
    },
    // "Lung opacity. Atelectasis 60%.": Brier (0.81 + 0.36) / 2.
    gus: {
      stated: { atelectasis: 0.6, 'lung-opacity': 0.9 },
      sensitivity: 'none to count',
      specificity: '10/12 = 83 %',
      kappa: '0.000',
      brier: '0.585 (2)',
      hints: 0,
    },
  },
  // Eight readers.
  findings: {
    atelectasis: ['none to count', '7/8 = 88 %'],
    consolidation: ['none to count', '7/8 = 88 %'],
    effusion: ['none to count', '7/8 = 88 %'],
    'lung-opacity': ['none to count', '7/8 = 88 %'],
  },
};
