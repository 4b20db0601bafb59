// Puts together what people see of a report: text, warnings, who made it, controls, finding panel and film.
import type { BundleInfo, Conversation, EncodedImage, Finding } from '../engine/engine.ts';
import type { Label } from '../labeller/label.ts';
import type { ShownAnswer } from './answer.ts';
import type { Control, Film, ReplyContent } from './contract.ts';
import type { Parts } from './parts.ts';
import { type Phrases, percent } from './phrases.ts';
import { type Contradiction, contradictions } from './safety/contradiction.ts';

export interface DrawnFilm {
  panel: Uint8Array;
  film: Film;
}

export interface ReportParts {
  answer: ShownAnswer;
  heading: string;
  bundle: BundleInfo;
  findings: readonly Finding[];
  label(text: string): readonly Label[];
  phrases: Phrases;
  /** Lines of the paper's confirmation, if it was asked for. */
  confirmed: readonly string[];
  /** Null when the film's pixels are gone (after a crash) or were shown before. */
  drawn: DrawnFilm | null;
  isFirstContact: boolean;
  /** More lines below the report. */
  notes?: readonly string[];
}

export function reportContent(parts: ReportParts): ReplyContent {
  const { answer, phrases, bundle, drawn } = parts;
  const warnings = contradictions(parts.label(answer.text), parts.findings).map((each) => contradicted(phrases, each));
  const blocks = [
    parts.isFirstContact ? phrases.firstContact(bundle.intendedUse) : '',
    `${parts.heading}${answer.text}`.trim(),
    [...answer.notes, ...(parts.notes ?? [])].join('\n'),
    parts.confirmed.join('\n'),
    warnings.join('\n'),
    madeBy(phrases, bundle),
  ];
  return {
    text: blocks.filter((block) => block !== '').join('\n\n'),
    controls: reportControls(phrases),
    isDraft: true,
    ...(drawn === null
      ? {}
      : {
          pictures: [{ png: drawn.panel, name: panelName(drawn.film.image), alt: panelText(drawn.film) }],
          film: drawn.film,
        }),
  };
}

/** The warning to readers about one contradiction. */
export function contradicted(phrases: Phrases, { label, report, probability, threshold }: Contradiction): string {
  return phrases.contradiction(label, report, percent(probability), percent(threshold));
}

export function madeBy(phrases: Phrases, bundle: BundleInfo): string {
  return phrases.madeBy(bundle.name, bundle.version, bundle.hash.slice(0, 8));
}

export function reportControls(phrases: Phrases): Control[] {
  return [
    { action: 'confirm', label: phrases.confirm, style: 'primary' },
    { action: 'again', label: phrases.again },
    { action: 'helpful', label: phrases.helpful },
    { action: 'not-helpful', label: phrases.notHelpful },
    { action: 'forget', label: phrases.forget, style: 'danger', asksFirst: true },
  ];
}

/** Below an ordinary answer. */
export function answerControls(phrases: Phrases): Control[] {
  return reportControls(phrases)
    .filter(({ action }) => action !== 'confirm' && action !== 'forget')
    .map((control) => (control.action === 'again' ? { ...control, label: phrases.answerAgain } : control));
}

export async function drawFilm(
  parts: Pick<Parts, 'pictures'>,
  bundle: BundleInfo,
  image: EncodedImage,
  index: number,
): Promise<DrawnFilm> {
  const [panel, png, overlay] = await Promise.all([
    parts.pictures.panel(image, bundle),
    parts.pictures.film(image),
    parts.pictures.overlay(image),
  ]);
  const findings = image.findings.map(({ name, label, assessed, probability, threshold }) => ({
    name,
    label,
    assessed,
    probability,
    threshold,
  }));
  return { panel, film: { image: index, png, overlay, findings } };
}

/**
 * The paper's confirmation for every finding of `bundle` that is assessed on the latest film, one line each; `told` is called as lines come.
 * Beside it stands what the encoder says: how surely the language repeats that is no probability of the finding.
 */
export async function confirmationLines(
  conversation: Conversation,
  bundle: BundleInfo,
  phrases: Phrases,
  signal: AbortSignal,
  told: (lines: readonly string[]) => void = () => {},
): Promise<string[]> {
  const lines: string[] = [];
  const seen = new Map(conversation.images.at(-1)?.findings.map((finding) => [finding.name, finding]));
  const isAsked = ({ name, assessed }: BundleInfo['findings'][number]) => seen.get(name)?.assessed ?? assessed;
  for (const finding of bundle.findings.filter(isAsked)) {
    const { answer } = await conversation.confirm(finding.name, { signal });
    const { probability = null, threshold = null } = seen.get(finding.name) ?? {};
    const word = answer === 'yes' ? `**${phrases.yes}**` : phrases.no;
    const known = probability === null || threshold === null ? '' : ` (${phrases.believed(probability, threshold)})`;
    lines.push(`- ${finding.label}: ${word}${known}`);
    told(lines);
  }
  const left = bundle.findings.filter((finding) => !isAsked(finding)).map(({ label }) => label);
  if (left.length > 0) lines.push(phrases.notAssessed(left.join(', ')));
  return lines;
}

function panelName(film: number): string {
  return `finding-panel-${film + 1}.png`;
}

/** The panel in words, for screen readers and for platforms that show no pictures. */
function panelText(film: Film): string {
  const bars = film.findings.flatMap(({ label, probability }) =>
    probability === null ? [] : [`${label} ${percent(probability)}`],
  );
  return `Finding panel, draft, not for diagnosis. ${bars.join(', ')}`.trim();
}
