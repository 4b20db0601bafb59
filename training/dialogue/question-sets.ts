// The sets of paraphrased questions that nothing was trained on, and how a bundle answers them on held-out films.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { REPORT_PROMPTS } from '../../prompts/paper.ts';
import type { Asking } from './asking.ts';
import type { Film } from './held-out-films.ts';
import { answersIntent } from './judge.ts';
import type { Scores } from './scores.ts';

/** File (question and intent, README.md says how each came about) → name of the measurement. */
const SETS: Readonly<Record<string, string>> = {
  'paraphrases.tsv': 'paraphrased questions answered to the point',
  'paraphrases-second.tsv': 'paraphrased questions, second set',
  'paraphrases-third.tsv': 'paraphrased questions, third set',
  'paraphrases-fourth.tsv': 'paraphrased questions, fourth set',
  'paraphrases-two.tsv': 'two questions in one message, both answered to the point',
};
/** Films over which the questions are spread. */
const FILMS = 24;

interface Row {
  question: string;
  intent: string;
}

/** Each question after a report (requests for a report: as the first question), on adults' films with findings in turn. */
export async function askQuestionSets({ answer, talk }: Asking, films: readonly Film[], scores: Scores): Promise<void> {
  const adults = films.filter(({ truth }) => !truth.child);
  const rich = adults.filter(({ truth }) => truth.present.length > 0);
  const asked = (rich.length > 0 ? rich : adults).slice(0, FILMS);
  for (const [file, measured] of Object.entries(SETS)) {
    const text = await readFile(join('training/dialogue', file), 'utf8');
    const rows: Row[] = parse(text, { columns: true, delimiter: '\t', quote: false });
    for (const [index, film] of asked.entries()) {
      const mine = rows.filter((_, row) => row % asked.length === index);
      const judge = ({ question, intent }: Row, said: string) => {
        const isRight = answersIntent(intent, said, film.truth);
        scores.add(measured, isRight, () => `[${intent}] ${question} → ${said}`);
      };
      const isFirst = ({ intent }: Row) => intent === 'report' || intent.startsWith('report+');
      for (const row of mine.filter(isFirst)) {
        await talk(film, async (conversation) => judge(row, await answer(conversation, row.question)));
      }
      await talk(film, async (conversation) => {
        await answer(conversation, REPORT_PROMPTS.basic);
        for (const [number, row] of mine.filter((row) => !isFirst(row)).entries()) {
          const key = String(number);
          judge(row, await answer(conversation, row.question, key));
          await conversation.rewind(key);
        }
      });
    }
  }
}
