// The words by which reports name each finding (CheXpert's fourteen); new wordings are added here and nowhere else.

/** Regular expressions over lower-case text; `not` around them keeps look-alikes out. */
export interface MentionTable {
  finding: string;
  phrases: readonly RegExp[];
  /** What looks like a mention and is none. */
  lookAlikes?: readonly RegExp[];
}

const DEVICES =
  /\b(?:(?:endotracheal|et|ng|og|nasogastric|orogastric|naso-?enteric|naso-?gastric|enteric|enteral|feeding|dobb?hoff|dobb?-hoff|chest|tracheostomy|thoracostomy|pigtail|pleural|drainage|gastrostomy|nasojejunal|pigtail pleural) (?:tubes?|catheters?|drains?)|tracheostomy|ett|ngt|ogt|picc(?: lines?)?|(?:central(?: venous)?|subclavian|jugular|ij|dialysis|femoral|hickman|venous|arterial|swan-?\s?ganz|pulmonary artery|pa|cv|port)(?: access)? (?:lines?|catheters?)|central venous access(?: device)?|cvl|cvc|(?:lines|tubes) and (?:lines|tubes)|support (?:devices?|apparatus)|monitoring (?:and|\/) support devices?|(?:implantable |implanted )?(?:pacemakers?|pacers?|defibrillators?|aicd|icd)|pacing (?:leads?|wires?|device)|pacer (?:leads?|wires?)|port-?\s?a-?\s?cath|mediport|chemoport|infusaport|(?:chest |chemo )?ports?(?=\b(?! ?able))(?: catheter)?(?= (?:is|in|with|tip|terminat|remains|seen|overl|again))|swan-?\s?ganz|iabp|intra-?aortic balloon pump|ecmo(?: cannulas?)?|(?:sternal|sternotomy|cerclage) (?:wires?|sutures?)|median sternotomy(?: wires)?|surgical clips|(?:prosthetic|mechanical|artificial|replaced) (?:heart |aortic |mitral |cardiac )?valves?|(?:aortic |mitral )?valve (?:replacement|prosthesis)|spinal (?:hardware|fusion hardware|rods?)|orthopedic hardware|stents?|lvad|ventricular assist devices?|(?:vascular |surgical )?catheters?|drains?|endotracheal intubation|intubated)\b/g;

export const MENTIONS: readonly MentionTable[] = [
  {
    finding: 'atelectasis',
    phrases: [
      /\b(?:micro)?atelecta(?:sis|ses|tic)\b/g,
      /\batx\b/g,
      /\b(?:lobar |lung |segmental |subsegmental )?collapsed?\b/g,
    ],
    lookAlikes: [
      /\b(?:vertebra(?:l|e)?|body|bodies|tracheal|airway|disc|disk|venous|ivc|spine|thoracic) (?:body |bodies )?collapse/g,
      /\bcollapse of (?:the )?(?:t\d|l\d|vertebra|thoracic vert|trachea)/g,
    ],
  },
  {
    finding: 'cardiomegaly',
    phrases: [
      /\bcardiomegal(?:y|ia|ic)\b/g,
      /\bmegacardia\b/g,
      /\bcardiac enlargement\b/g,
      /\benlargement of (?:the )?(?:heart|cardiac)(?: (?:silhouette|shadow|size))?/g,
      /\bincreased (?:heart|cardiac) size\b/g,
      /\b(?:left |right |bi)?-?\s?ventric(?:ular|le) (?:enlargement|dilat(?:at)?ion)\b/g,
    ],
  },
  { finding: 'consolidation', phrases: [/\bconsolidat(?:ions?|ive|ed|ing)\b/g, /\bcxn\b/g] },
  {
    finding: 'edema',
    phrases: [
      /\bedema(?:tous)?\b/g,
      /\b(?:congestive )?(?:heart|cardiac) failure\b/g,
      /\bchf\b/g,
      /\bcardiac decompensation\b/g,
      /\b(?:fluid|volume) overload\b/g,
      /\bpul edema\b/g,
    ],
    lookAlikes: [
      /\b(?:soft[- ]tissue|subcutaneous|peripheral|leg|pedal|ankle|limb|extremity|lower extremity|chest wall|cerebral|body wall|bowel wall|laryngeal|skin) edema\b/g,
    ],
  },
  {
    finding: 'effusion',
    phrases: [
      /\b(?:pleural )?(?:hemo|hydro|pyo)?-?effusions?\b/g,
      /\bpleural (?:fluid|collections?|liquid)\b/g,
      /\b(?:hydro|hemo|chylo|pyo)(?:pneumo)?thorax\b/g,
      /\bempyemas?\b/g,
      /\beffs?\b\.?/g,
      /\bfissural fluid\b/g,
      /\bfluid (?:in|within|tracking (?:in|along|into)) (?:the )?(?:\w+ )?(?:fissures?|pleural space)\b/g,
      /\b(?:layering|loculated|subpulmonic) (?:pleural )?fluid\b/g,
      /\bsubpulmonic (?:collection|process)\b/g,
    ],
    lookAlikes: [
      /\b(?:pericardial|joint|knee|shoulder|glenohumeral) effusions?\b(?! and (?:left|right|bilateral|pleural))/g,
    ],
  },
  {
    finding: 'enlarged-cardiomediastinum',
    phrases: [
      /\b(?:mediastinal|cardiomediastinal) (?:widening|enlargement|prominence)\b/g,
      /\bwiden(?:ed|ing)(?: of)?(?: the)? (?:superior |upper )?(?:cardio)?mediastin(?:um|al)(?: (?:silhouette|contours?))?/g,
      /\bcardiomediastinal (?:silhouette )?enlargement\b/g,
    ],
  },
  {
    finding: 'fracture',
    phrases: [/\b(?:micro)?fractur(?:es?|ed|ing)\b/g, /\bfxs?\b/g],
    lookAlikes: [
      /\bfractured? (?:\w+ ){0,2}(?:wires?|leads?|catheters?|hardware|screws?)\b/g,
      /\b(?:wires?|leads?|hardware|catheter)(?: (?:is|are|appears?))? fractured?\b/g,
    ],
  },
  {
    finding: 'lung-lesion',
    phrases: [
      /\b(?:micro)?nodules?\b/g,
      /\bnodular(?:ity)?(?: (?:opacit(?:y|ies)|densit(?:y|ies)|opacification|lesions?|focus|foci|shadows?|infiltrates?))?\b/g,
      /\b(?<!body )mass(?:es)?\b(?! effect)/g,
      /\b(?:tumors?|neoplasms?|neoplastic|malignan(?:cy|cies|t)|carcinomas?|metasta(?:sis|ses|tic)|mets|lung cancer|bronchogenic ca)\b/g,
      /\b(?:cavitary|cavitating|lung|pulmonary|parenchymal|focal|mass-like|space-occupying) lesions?\b/g,
      /\bmass-?like\b/g,
      /\bcoin lesions?\b/g,
    ],
    lookAlikes: [
      /\bnodular contour\b/g,
      /\breticulonodular\b/g,
      /\b(?:thyroid|breast|adrenal|liver|hepatic|renal|soft tissue|osseous|bony?|rib) (?:nodules?|mass(?:es)?|lesions?|cancer|carcinoma|metasta\w+)\b/g,
    ],
  },
  {
    finding: 'lung-opacity',
    phrases: [
      /\b(?:reticulonodular |air-?space |ground-?glass )?opaci(?:ty|ties|fications?|fied)\b/g,
      /\binfiltrat(?:es?|ions?|ive)\b/g,
      /\bair-?\s?space (?:disease|process|densit(?:y|ies)|opacit(?:y|ies)|abnormalit(?:y|ies)|shadowing)\b/g,
      /\b(?:increased |prominent |prominence of |coarse(?:ned)? |accentuated )(?:the )?(?:bilateral |pulmonary |lung |bronchovascular )?interstitial (?:lung )?markings\b/g,
      /\binterstitial (?:lung |pulmonary )?(?:markings|pattern|disease|prominence|process|abnormalit(?:y|ies)|changes?|thickening)\b/g,
      /\breticul(?:ations?|ar (?:pattern|markings|changes?))\b/g,
      /\b(?:ground-?\s?glass|ggos?)\b/g,
      /\bhaz(?:y|iness|e)\b/g,
      /\b(?:increased|ill-defined|patchy|hazy|basilar|basal|focal|streaky|linear|vague|asymmetric) densit(?:y|ies)\b/g,
      /\bwhite-?out\b/g,
      /\b(?:parenchymal|pulmonary|lung) (?:scar(?:ring)?|densit(?:y|ies)|shadow(?:ing|s)?)\b/g,
    ],
    lookAlikes: [/\bradio-?opa\w+/g, /\bnodular (?:opacit|densit)\w+/g],
  },
  {
    finding: 'pleural-other',
    phrases: [
      /\b(?:biapical |apical |bilateral )?pleur(?:al|o-?parenchymal|o-?pericardial)(?:[ -]parenchymal|-based)? (?:(?:and parenchymal )?thickening|scar(?:ring)?|plaques?|calcifications?|fibrosis|abnormalit(?:y|ies)|disease|tumou?r|adhesions?)\b/g,
      /\bfibrothorax\b/g,
      /\bapical (?:pleural )?(?:cap(?:ping|s)?|thickening)\b/g,
      /\bthickening of (?:the )?pleura\b/g,
      /\bthickened pleura\b/g,
      /\bcalcified pleura\b/g,
    ],
  },
  {
    finding: 'pneumonia',
    phrases: [
      /\b(?:broncho)?-?pneumoni(?:a|as|c)\b/g,
      /\bpna\b/g,
      /\b(?:infection|infectious(?: (?:process|etiology|disease|infiltrates?|consolidation|pneumonitis|changes?|source))?|infective(?: (?:process|changes?|consolidation))?)\b/g,
    ],
    lookAlikes: [
      /\b(?:urinary tract|wound|sternal|soft tissue|line|skin|joint|bone|blood ?stream) infections?\b/g,
      /\bnon-?infectious\b/g,
    ],
  },
  {
    finding: 'pneumothorax',
    phrases: [
      /\b(?:hydro|hemo|pyo|tension )?-?pneumo-?\s?thora(?:x|ces|xes|cic)\b/g,
      /\bhydropneumothora(?:x|ces)\b/g,
      /\bptx(?:s|es)?\b/g,
      /\bpnx\b/g,
    ],
  },
  { finding: 'support-devices', phrases: [DEVICES], lookAlikes: [/\bkerley (?:a |b )?lines?\b/g] },
];

/** Abnormalities outside the fourteen: they are never labelled, but a report that has one has a finding. */
export const OTHER_ABNORMALITIES: readonly RegExp[] = [
  /\b(?:emphysema(?:tous)?|copd|hyperinflat(?:ion|ed)|hyperexpan(?:sion|ded)|bronchiectasis|hiatal hernia|hernia|fibrosis|tuberculosis|free (?:intraperitoneal )?air|pneumoperitoneum|pneumomediastinum|lymphadenopathy|adenopathy|scoliosis|cavit(?:y|ation|ies)|vascular congestion|pulmonary congestion|venous congestion|(?<!normal or )(?<!normal\/)abnormal(?:ity|ities)?)\b/g,
];

/** Statements about the whole image. */
export const NORMAL_STATEMENTS: readonly RegExp[] = [
  /\bno (?:\w+ ){0,3}(?:acute |active |significant |definite |focal )*(?:cardio-?pulmonary|cardiac|intra-?thoracic|thoracic|pulmonary|chest|lung|disease)? ?(?:or \w+ )?(?:process|abnormalit(?:y|ies)|disease|findings?|pathology|pathologic(?:al)? (?:findings?|changes?)|illness)\b/g,
  /\b(?:normal|unremarkable|negative|clear) (?:\w+ ){0,2}?(?:chest|cxr)(?: (?:x-?\s?ray|radiographs?|films?|exam(?:ination)?|study|radiography))?\b/g,
  /\b(?:chest|cxr|chest x-?\s?ray|chest radiograph|chest film|(?:examination|exam|study|radiograph|film)(?: of the chest)?)(?: (?:is|appears|was|remains|within|looks))* (?:normal|unremarkable|negative|clear|within normal limits|wnl)\b/g,
  /\bnormal (?:examination|exam|study|radiograph|film)\b/g,
  /^\s*(?:normal|unremarkable|negative|nad|wnl|no acute findings)\s*[.!]?\s*$/g,
];
