// One name for what people call differently, so that a differential can be counted: abbreviations, spellings and plurals of chest diagnoses. Additions welcome.

/** The first of each line is shown. */
const NAMES: readonly (readonly string[])[] = [
  ['pneumonia', 'pneumonias', 'pna', 'cap', 'community acquired pneumonia', 'bacterial pneumonia', 'lobar pneumonia'],
  ['aspiration pneumonia', 'aspiration'],
  ['tuberculosis', 'tb', 'pulmonary tuberculosis', 'pulmonary tb', 'tbc'],
  [
    'heart failure',
    'hf',
    'chf',
    'congestive heart failure',
    'cardiac failure',
    'left heart failure',
    'cardiac decompensation',
  ],
  [
    'pulmonary edema',
    'pulmonary oedema',
    'lung edema',
    'lung oedema',
    'edema',
    'oedema',
    'cardiogenic pulmonary edema',
  ],
  ['ARDS', 'acute respiratory distress syndrome'],
  ['pleural effusion', 'effusion', 'effusions', 'pleural effusions'],
  ['parapneumonic effusion', 'parapneumonic pleural effusion'],
  ['malignant effusion', 'malignant pleural effusion'],
  ['empyema', 'pleural empyema'],
  ['haemothorax', 'hemothorax'],
  ['chylothorax'],
  ['pneumothorax', 'ptx', 'tension pneumothorax', 'spontaneous pneumothorax'],
  ['pulmonary embolism', 'pe', 'pulmonary emboli', 'lung embolism', 'pulmonary embolus', 'pulmonary infarction'],
  ['atelectasis', 'collapse', 'lobar collapse', 'lung collapse', 'atelectases'],
  [
    'lung cancer',
    'ca',
    'lung ca',
    'bronchial carcinoma',
    'bronchogenic carcinoma',
    'lung carcinoma',
    'carcinoma',
    'lung tumour',
    'lung tumor',
    'malignancy',
    'neoplasm',
    'tumour',
    'tumor',
    'cancer',
  ],
  ['metastases', 'metastasis', 'mets', 'lung metastases', 'metastatic disease'],
  ['mesothelioma', 'pleural mesothelioma'],
  ['lymphoma', 'mediastinal lymphoma'],
  ['sarcoidosis', 'sarcoid'],
  ['COPD', 'chronic obstructive pulmonary disease', 'emphysema', 'lung emphysema'],
  ['asthma'],
  ['pulmonary fibrosis', 'fibrosis', 'ipf', 'uip', 'ild', 'interstitial lung disease', 'lung fibrosis'],
  ['bronchiectasis', 'bronchiectases'],
  ['lung abscess', 'abscess', 'pulmonary abscess'],
  ['pericardial effusion'],
  ['cardiomyopathy', 'dilated cardiomyopathy', 'dcm'],
  ['valve disease', 'valvular disease', 'valvular heart disease', 'heart valve disease'],
  ['aortic dissection', 'dissection'],
  ['aortic aneurysm', 'aneurysm', 'thoracic aortic aneurysm'],
  ['hiatal hernia', 'hiatus hernia', 'hernia'],
  ['pulmonary hypertension', 'ph', 'pulmonary arterial hypertension', 'pah'],
  ['pulmonary contusion', 'lung contusion', 'contusion'],
  ['rib fracture', 'rib fractures', 'fracture', 'fractures'],
  ['fluid overload', 'overload', 'volume overload', 'hypervolemia', 'hypervolaemia'],
  ['covid-19', 'covid', 'covid 19', 'covid pneumonia', 'covid-19 pneumonia', 'viral pneumonia', 'viral pneumonitis'],
  ['pneumocystis pneumonia', 'pcp', 'pjp', 'pneumocystis'],
  ['pulmonary haemorrhage', 'pulmonary hemorrhage', 'alveolar haemorrhage', 'alveolar hemorrhage'],
  ['foreign body', 'foreign body aspiration'],
  ['normal variant', 'normal', 'no abnormality'],
];

const SHOWN = new Map(NAMES.flatMap((names) => names.map((name) => [name.toLowerCase(), names[0] ?? name] as const)));
const KNOWN = new Set(SHOWN.values());
/** Words that say where or how much, not what. */
const QUALIFIERS =
  /\b(?:left|right|both|bilateral|unilateral|small|mild|moderate|large|severe|early|acute|chronic|basal|upper|lower|middle|lobe|sided|with|superimposed|on the)\b[- ]?/g;

/** True for what is called by one of the names above. */
export function isKnownDiagnosis(words: string): boolean {
  return KNOWN.has(diagnosisName(words));
}

/** The common name of a diagnosis, without side and size where only that makes it known; its own words where it has none. */
export function diagnosisName(words: string): string {
  const plain = words.toLowerCase().replace(/\s+/g, ' ').trim();
  const bare = plain.replace(QUALIFIERS, '').replace(/\s+/g, ' ').trim();
  return SHOWN.get(plain) ?? SHOWN.get(bare) ?? plain;
}
