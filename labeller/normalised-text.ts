// Lower case, single blanks, British spelling and typing errors mended, with the way back to the places in the text as it was given.

export interface NormalisedText {
  text: string;
  /** Place in the original text of each character of `text`, and of its end. */
  origin: readonly number[];
}

/** Words a typing error is mended to: one error in words of 7 to 9 letters, two from 10 letters. */
const VOCABULARY = [
  ...[
    'pneumothorax',
    'pneumothoraces',
    'pneumonia',
    'effusion',
    'effusions',
    'atelectasis',
    'atelectatic',
    'atelectases',
  ],
  ...['cardiomegaly', 'consolidation', 'consolidations', 'consolidative', 'opacity', 'opacities', 'opacification'],
  ...['infiltrate', 'infiltrates', 'fracture', 'fractures', 'enlarged', 'enlargement', 'silhouette', 'mediastinum'],
  ...[
    'mediastinal',
    'cardiomediastinal',
    'thickening',
    'evidence',
    'without',
    'identified',
    'unremarkable',
    'congestion',
  ],
  ...['pulmonary', 'cardiac', 'resolved', 'excluded', 'bilateral', 'costophrenic', 'normal'],
];
const KNOWN = new Set(VOCABULARY);
/** Real words one or two letters away from the vocabulary. */
const OTHER_WORDS =
  /^(?:pneumonic|pneumonias|pneumonitis|diffusion|perfusion|infusion|infiltrated|infiltration|infiltrative|enlarge|enlarges|enlarging|fractured|evident|evidenced|opacified|consolidated|consolidating|thickened|identify|within|withdraw|dissolved|involved|concluded|included|occluded|resolves|resolve|cardial|fracturing|unilateral|collateral|mediastinitis|mediastinums|excludes|exclude|cardiomediastinum|capacity|capacities|atelectasia)$/;
const BRITISH: Readonly<Record<string, string>> = {
  oedema: 'edema',
  oedematous: 'edematous',
  haemothorax: 'hemothorax',
  tumour: 'tumor',
  tumours: 'tumors',
  calibre: 'caliber',
  favour: 'favor',
  favoured: 'favored',
  catheterisation: 'catheterization',
};

/** Edit distance with transposition of neighbours (optimal string alignment), cut off above `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

/** Words seen before: reports repeat themselves, and each new word is compared with the whole vocabulary. */
const seen = new Map<string, string>();
const MAX_SEEN = 20_000;

function mended(word: string): string {
  const known = seen.get(word);
  if (known !== undefined) return known;
  if (seen.size >= MAX_SEEN) seen.clear();
  const result = mendedAfresh(word);
  seen.set(word, result);
  return result;
}

function mendedAfresh(word: string): string {
  const british = BRITISH[word];
  if (british) return british;
  if (word.length < 6 || KNOWN.has(word) || OTHER_WORDS.test(word)) return word;
  for (const candidate of VOCABULARY) {
    const limit = candidate.length >= 10 ? 2 : 1;
    if (word.length < candidate.length - 1 && limit === 1) continue;
    if (editDistance(word, candidate, limit) <= limit) return candidate;
  }
  return word;
}

/** `text` must be one sentence; `offset` is where it starts in the whole report. */
export function normalise(text: string, offset: number): NormalisedText {
  const characters: string[] = [];
  const origin: number[] = [];
  for (const match of text.matchAll(/[A-Za-z]+|\s+|[^A-Za-z\s]/g)) {
    const piece = match[0];
    const at = offset + match.index;
    const plain = /^\s/.test(piece) ? ' ' : /^[A-Za-z]/.test(piece) ? mended(piece.toLowerCase()) : plainSign(piece);
    for (let i = 0; i < plain.length; i++) {
      characters.push(plain[i] ?? '');
      origin.push(at + (i === plain.length - 1 ? piece.length - 1 : Math.min(i, piece.length - 1)));
    }
  }
  origin.push(offset + text.length);
  return { text: characters.join(''), origin };
}

function plainSign(sign: string): string {
  if (sign === '’' || sign === '`') return "'";
  if (sign === '–' || sign === '—' || sign === '‑') return '-';
  return sign;
}
