// The one list of what can be done in a teaching case: verbs with who may use them and their help, and buttons. A new one is a file in verbs/ and a line here.
import { TIME_IS_UP } from './alarms.ts';
import { answerByForm, GIVE_ANSWER } from './answer-form.ts';
import { confirmAnswer, dropAnswer } from './answers.ts';
import type { ButtonHandler, Verb } from './case-turn.ts';
import { answerQuizByForm, confirmQuizAnswer, dropQuizAnswer, endQuiz, skipQuestion } from './quiz/quiz-events.ts';
import { timeIsUp } from './reveal-case.ts';
import { answer } from './verbs/answer.ts';
import { close } from './verbs/close.ts';
import { draft, useDraft } from './verbs/draft.ts';
import { exportCase } from './verbs/export-case.ts';
import { findings } from './verbs/findings.ts';
import { forgetMe, forgetToo } from './verbs/forget-me.ts';
import { giveOver, handOver, takeOver } from './verbs/hand-over.ts';
import { hint } from './verbs/hint.ts';
import { library, open } from './verbs/library.ts';
import { newCase } from './verbs/new-case.ts';
import { observe } from './verbs/observe.ts';
import { leaderboard, progress } from './verbs/progress.ts';
import { quiz } from './verbs/quiz.ts';
import { reveal } from './verbs/reveal.ts';
import { timer } from './verbs/timer.ts';
import { vote } from './verbs/vote.ts';

/** In the order of the help. */
const VERBS: readonly Verb[] = [
  newCase,
  library,
  open,
  findings,
  draft,
  answer,
  hint,
  timer,
  vote,
  reveal,
  exportCase,
  handOver,
  close,
  observe,
  quiz,
  progress,
  leaderboard,
  forgetMe,
  forgetToo,
  {
    name: 'help',
    form: '',
    help: 'shows this',
    needs: 'nothing',
    run: ({ tell }, session) => tell({ text: USAGE }, session !== null),
  },
];

/** By the name of the action. */
export const BUTTONS: Readonly<Record<string, ButtonHandler>> = {
  [GIVE_ANSWER]: answerByForm,
  'case-confirm': confirmAnswer,
  'case-drop': dropAnswer,
  'case-use-draft': useDraft,
  'case-take-over': takeOver,
  'case-give-over': giveOver,
  'case-quiz-answer': answerQuizByForm,
  'case-quiz-confirm': confirmQuizAnswer,
  'case-quiz-drop': dropQuizAnswer,
  'case-quiz-skip': skipQuestion,
  'case-quiz-end': endQuiz,
  [TIME_IS_UP]: timeIsUp,
};

export function verbOf(name: string): Verb | undefined {
  return VERBS.find((verb) => verb.name === name.toLowerCase());
}

export const USAGE = ['**Teaching cases**', ...VERBS.flatMap(usageLine)].join('\n');

function usageLine(verb: Verb): string[] {
  if (verb.help === null) return [];
  const form = `/case ${verb.name} ${verb.form}`.trim();
  return [`- \`${form}\` ${verb.help}${verb.needs === 'case' && verb.who === 'teacher' ? ' (teacher)' : ''}`];
}
