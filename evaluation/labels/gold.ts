// Scores a labeller against sentences labelled by hand: F1 of mention and of negation for each finding, development and held-out half apart.
import type { Assertion, Label } from '../../labeller/label.ts';

export interface GoldItem {
  text: string;
  labels: ReadonlyMap<string, Assertion>;
  half: 'development' | 'held-out';
}

export interface GoldScore {
  finding: string;
  items: number;
  mentionF1: number;
  mentions: number;
  negationF1: number;
  negations: number;
}

const SIGNS: Readonly<Record<string, Assertion>> = { '+': 'present', '-': 'absent', '?': 'uncertain' };

/** Reads the tab-separated gold format (half, `NAME+ NAME- NAME?`, text). Throws on a malformed row. */
export function parseGold(tsv: string): GoldItem[] {
  const rows = tsv.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return rows.map((row, index) => {
    const [half = '', labels = '', text = ''] = row.split('\t');
    const entries = labels
      .split(' ')
      .filter(Boolean)
      .map((label): [string, Assertion] => {
        const assertion = SIGNS[label.slice(-1)];
        if (!assertion) throw new Error(`Row ${index + 1} of the gold file has a label without + - or ?: ${label}`);
        return [label.slice(0, -1), assertion];
      });
    return {
      text: text.replaceAll('\\n', '\n'),
      labels: new Map(entries),
      half: half === 'held' ? 'held-out' : 'development',
    };
  });
}

function f1(truth: readonly boolean[], predicted: readonly boolean[]): number {
  const both = truth.filter((value, index) => value && predicted[index]).length;
  const sum = truth.filter(Boolean).length + predicted.filter(Boolean).length;
  return sum === 0 ? 1 : (2 * both) / sum;
}

export type Labeller = (text: string) => readonly Label[];

/** Scores per finding; `no-finding` is judged only on items whose gold names it. */
export function scoreGold(items: readonly GoldItem[], findings: readonly string[], label: Labeller): GoldScore[] {
  const labelled = items.map((item) => new Map(label(item.text).map(({ finding, assertion }) => [finding, assertion])));
  return findings.map((finding) => {
    const judged = items.flatMap((item, index) => {
      if (finding === 'no-finding' && !item.labels.has(finding)) return [];
      return [
        {
          truth: item.labels.get(finding) ?? 'not-mentioned',
          predicted: labelled[index]?.get(finding) ?? 'not-mentioned',
        },
      ];
    });
    const truth = judged.map((pair) => pair.truth);
    const predicted = judged.map((pair) => pair.predicted);
    const mentioned = (value: Assertion) => value !== 'not-mentioned';
    const absent = (value: Assertion) => value === 'absent';
    return {
      finding,
      items: judged.length,
      mentionF1: f1(truth.map(mentioned), predicted.map(mentioned)),
      mentions: truth.filter(mentioned).length,
      negationF1: f1(truth.map(absent), predicted.map(absent)),
      negations: truth.filter(absent).length,
    };
  });
}
