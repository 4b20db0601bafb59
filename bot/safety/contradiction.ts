// Finds where a report says the opposite of what the image encoder measured, or an answer denies it, so that a reader is warned.
import type { Finding } from '../../engine/engine.ts';
import type { Label } from '../../labeller/label.ts';

export interface Contradiction {
  finding: string;
  label: string;
  report: 'present' | 'absent';
  /** In [0, 1]. */
  probability: number;
  threshold: number;
}

/** Probabilities this close to the threshold contradict nobody: the encoder itself is undecided there. */
const UNDECIDED = 0.1;

/** `labels` are what the report says (labeller/), `findings` what the encoder measured on the film it is about. */
export function contradictions(labels: readonly Label[], findings: readonly Finding[]): Contradiction[] {
  const said = new Map(labels.map((label) => [label.finding, label.assertion]));
  // The labeller also calls a text that mentions nothing "no finding"; only words that say so deny the rest.
  const normal = labels.some(
    (label) => label.finding === 'no-finding' && label.assertion === 'present' && label.spans.length > 0,
  );
  return findings.flatMap((finding): Contradiction[] => {
    const { probability, threshold, name, label } = finding;
    if (!finding.assessed || probability === null || threshold === null) return [];
    const assertion = said.get(name) ?? 'not-mentioned';
    const report = assertion === 'not-mentioned' && normal ? 'absent' : assertion;
    const sure = Math.abs(probability - threshold) >= Math.min(UNDECIDED, threshold / 2, (1 - threshold) / 2);
    if (!sure) return [];
    if (report === 'present' && probability < threshold)
      return [{ finding: name, label, report, probability, threshold }];
    if (report === 'absent' && probability >= threshold)
      return [{ finding: name, label, report, probability, threshold }];
    return [];
  });
}

/**
 * The same of an answer to a question, but only what it denies: what it names may be a possible diagnosis and no claim about the film.
 * With several films nobody can tell which one an answer is about, so nothing is said then.
 */
export function denials(labels: readonly Label[], films: readonly { findings: readonly Finding[] }[]): Contradiction[] {
  const [film] = films;
  if (film === undefined || films.length > 1) return [];
  return contradictions(labels, film.findings).filter(({ report }) => report === 'absent');
}
