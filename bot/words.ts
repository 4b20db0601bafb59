// Which plain words are a button: people type "stop" or "nochmal" as readily as they press. Whole messages only; anything longer is a question.
import type { ActionName } from './contract.ts';

const WORDS: Readonly<Record<string, ActionName>> = {
  stop: 'stop',
  stopp: 'stop',
  halt: 'stop',
  anhalten: 'stop',
  cancel: 'stop',
  again: 'again',
  'report again': 'again',
  'answer again': 'again',
  'try again': 'again',
  'once more': 'again',
  regenerate: 'again',
  nochmal: 'again',
  'noch einmal': 'again',
  neu: 'again',
  'neuer entwurf': 'again',
  'neue antwort': 'again',
  'any more certain': 'confirm',
  'are you certain': 'confirm',
  'are you sure': 'confirm',
  'how certain': 'confirm',
  confirm: 'confirm',
  'bist du sicher': 'confirm',
  'wie sicher': 'confirm',
  bestätigen: 'confirm',
  helpful: 'helpful',
  'good report': 'helpful',
  hilfreich: 'helpful',
  'not helpful': 'not-helpful',
  unhelpful: 'not-helpful',
  'nicht hilfreich': 'not-helpful',
  forget: 'forget',
  'forget this': 'forget',
  'forget this case': 'forget',
  'fall vergessen': 'forget',
  'vergiss diesen fall': 'forget',
  vergessen: 'forget',
  help: 'help',
  hilfe: 'help',
};

/** The control that a message is, or null. */
export function controlOf(text: string): ActionName | null {
  const plain = text
    .toLowerCase()
    .replace(/[\p{P}\p{S}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (plain.length > 40) return null;
  return WORDS[plain] ?? null;
}

const REPORT_WORDS =
  /^(please |bitte |can you |could you )*(read|report|describe|interpret|look at|review|befunde|befund|beschreib\w*)?( (on )?(this|it|these|das|dies\w*|the (image|x ?ray|radiograph|film|cxr)|(x ?ray|radiograph|film|image|cxr|bild|röntgenbild)))*( please| bitte)?$/u;

/** True for words beside an upload that only ask for what happens anyway: a report. */
export function isReportRequest(text: string): boolean {
  const plain = text
    .toLowerCase()
    .replace(/[\p{P}\p{S}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return REPORT_WORDS.test(plain);
}
