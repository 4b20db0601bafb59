// What the encoder believes of the film in view: a bar per finding with its threshold, words for its certainty, a yes/no question each.
import type { FilmFinding } from '../../../bot/contract.ts';
import { textButton } from './controls.ts';
import { h } from './element.ts';

export interface FindingsPanel {
  readonly element: HTMLElement;
  /** `mayAsk`: the film's conversation can be asked about each finding. */
  show(findings: readonly FilmFinding[] | null, mayAsk: boolean): void;
}

/** A probability whose odds are within this factor of the threshold's odds is called near it. */
const nearFactor = 1.5;
const odds = (probability: number) => probability / Math.max(1e-6, 1 - probability);

/** Never 0 % or 100 %, which no model may claim. */
function percent(probability: number): string {
  if (probability < 0.01) return '< 1 %';
  if (probability > 0.99) return '> 99 %';
  return `${Math.round(probability * 100)} %`;
}

function reading(probability: number, threshold: number | null): { text: string; tone: string } {
  if (threshold === null) return { text: 'no threshold', tone: 'below' };
  const ratio = odds(probability) / Math.max(1e-6, odds(threshold));
  if (ratio < nearFactor && ratio > 1 / nearFactor) {
    return { text: probability >= threshold ? 'just above threshold' : 'just below threshold', tone: 'near' };
  }
  return probability >= threshold
    ? { text: 'above threshold', tone: 'above' }
    : { text: 'below threshold', tone: 'below' };
}

export function createFindingsPanel(onConfirm: (finding: FilmFinding) => void): FindingsPanel {
  const list = h('ul', { class: 'findings-list' });
  const unassessed = h('p', { class: 'not-assessed' });
  const legend = h(
    'p',
    { class: 'legend' },
    'Bars show the encoder’s calibrated probability; the tick is the threshold.',
  );
  const heading = h('h2', { attributes: { id: 'findings-heading' } }, 'Findings');
  const element = h(
    'section',
    { class: 'findings', attributes: { 'aria-labelledby': 'findings-heading', hidden: true } },
    h('header', {}, heading, legend),
    list,
    unassessed,
  );
  let shown = '';

  function row(finding: FilmFinding, mayAsk: boolean): HTMLElement {
    const probability = finding.probability ?? 0;
    const { text, tone } = reading(probability, finding.threshold);
    const fill = h('span', { class: 'bar-fill' });
    fill.style.width = `${probability * 100}%`;
    const tick = finding.threshold === null ? null : h('span', { class: 'bar-threshold' });
    if (tick && finding.threshold !== null) tick.style.left = `${finding.threshold * 100}%`;
    const title = finding.threshold === null ? '' : `threshold ${percent(finding.threshold)}`;
    const ask = textButton('Ask', () => onConfirm(finding));
    ask.hidden = !mayAsk;
    ask.classList.add('small');
    ask.setAttribute('aria-label', `Ask the model, yes or no: ${finding.label}`);
    ask.title = 'Asks the model “Is there any …?”, answered by yes or no';
    return h(
      'li',
      { class: `finding ${tone}` },
      h('span', { class: 'finding-label' }, finding.label),
      h('span', { class: 'bar', attributes: { 'aria-hidden': 'true', title } }, fill, tick),
      h('span', { class: 'finding-value' }, percent(probability)),
      h('span', { class: 'finding-reading' }, text),
      ask,
    );
  }

  return {
    element,
    show(findings, mayAsk) {
      element.hidden = findings === null || findings.length === 0;
      const wanted = JSON.stringify([findings, mayAsk]);
      if (wanted === shown || !findings) return;
      shown = wanted;
      const assessed = findings.filter(({ assessed, probability }) => assessed && probability !== null);
      const rest = findings.filter((finding) => !assessed.includes(finding));
      const ranked = assessed.toSorted((a, b) => (b.probability ?? 0) - (a.probability ?? 0));
      list.replaceChildren(...ranked.map((finding) => row(finding, mayAsk)));
      legend.hidden = ranked.length === 0;
      unassessed.hidden = rest.length === 0;
      unassessed.replaceChildren(h('strong', {}, 'Not assessed: '), rest.map(({ label }) => label).join(', '));
    },
  };
}
