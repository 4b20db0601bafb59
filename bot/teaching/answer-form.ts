// The form behind "Give my answer": findings, overall certainty and differential, each in a field of its own; what comes back is read like words in the thread.
import type { Control, Form } from '../contract.ts';
import { type SaidAnswer, takeAnswer } from './answers.ts';
import type { ButtonHandler } from './case-turn.ts';
import { readAnswer } from './read-answer.ts';
import { readDifferential } from './read-differential.ts';
import type { CaseSession, CaseStore } from './session.ts';

export const GIVE_ANSWER = 'case-answer';

/** What counts for findings that the words leave without a certainty; without a choice they count as plain words do. */
const CERTAINTIES: ReadonlyMap<string, number> = new Map([
  ['Definite (95 %)', 0.95],
  ['Probable (75 %)', 0.75],
  ['Possible (50 %)', 0.5],
]);

type Fields = Readonly<Record<string, string>>;

/** For findings alone (a quiz). */
export const FINDINGS_FORM: Form = {
  title: 'My answer',
  submitLabel: 'Read my answer',
  fields: [
    { name: 'findings', label: 'Findings, in your own words', kind: 'text', maxLength: 1_500 },
    {
      name: 'certainty',
      label: 'How sure are you, where you do not say it?',
      kind: 'choice',
      options: [...CERTAINTIES.keys()],
    },
  ],
};

const FORM: Form = {
  ...FINDINGS_FORM,
  fields: [
    ...FINDINGS_FORM.fields,
    { name: 'differential', label: 'Differential diagnosis, likeliest first', kind: 'text', maxLength: 600 },
  ],
};

/** The button under a case's opening. */
export function giveAnswer(cases: Pick<CaseStore, 'ticketOf'>, session: CaseSession): Control {
  return {
    action: GIVE_ANSWER,
    label: 'Give my answer',
    style: 'primary',
    value: cases.ticketOf(session, session.event),
    form: FORM,
  };
}

export const answerByForm: ButtonHandler = async (turn) => {
  const { event, cases, tell } = turn;
  const session = await cases.byTicket(event.value ?? '');
  if (session === null) return tell({ text: 'This case is no longer there.' }, true);
  return takeAnswer(turn, session, event.id, readFields(event.fields ?? {}));
};

export function readFields({ findings = '', certainty = '', differential = '' }: Fields): SaidAnswer {
  const words = readDifferential(findings);
  const { items } = readDifferential(`ddx: ${listed(differential)}`);
  return {
    stated: readAnswer(words.rest, CERTAINTIES.get(certainty)),
    differential: items.length > 0 ? items : words.items,
  };
}

/** One a line or one after the other, numbered or not: as a list that is read in its order. */
function listed(differential: string): string {
  return differential
    .replace(/^\s*(?:ddx|differential(?: diagnosis)?)\s*:/i, '')
    .split(/\n|(?<!\d)(?<!\bvs)[.!?](?=\s|$)/)
    .map((line) => line.trim().replace(/[,;]+$/, ''))
    .filter((line) => line !== '')
    .join(', ');
}
