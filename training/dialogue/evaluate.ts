// Measures a bundle's language against its encoder, greedy, through the engine: the figures of the model card.
// Usage: node dist/training/dialogue/evaluate.js [--bundle DIR] [--data DIR] [--adults N] [--children N] [--json FILE] [--show]
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import Keyv from 'keyv';
import type { Conversation, EncodedImage, Engine } from '../../engine/engine.ts';
import { openEngine } from '../../engine/open-engine.ts';
import {
  confirmationPrompt,
  DIFFERENTIAL_QUESTION,
  EXAMINATION_QUESTION,
  REPORT_PROMPTS,
} from '../../prompts/paper.ts';
import { answersIntent, differentialFits, examinationFits, FORBIDDEN, reportIsExact, type Truth } from './judge.ts';

interface Film {
  file: string;
  image: EncodedImage;
  truth: Truth;
}

interface Score {
  right: number;
  of: number;
}

/** Films over which the paraphrased questions are spread. */
const PARAPHRASE_FILMS = 24;
/** Films talked about at length, and questions of such a talk. */
const LONG_TALKS = 16;
const LONG_TALK_QUESTIONS = 30;

const { values } = parseArgs({
  options: {
    bundle: { type: 'string', default: 'models/micro' },
    data: { type: 'string', default: '../shared/data/cxr' },
    adults: { type: 'string', default: '1000' },
    children: { type: 'string', default: '100' },
    json: { type: 'string' },
    show: { type: 'boolean', default: false },
  },
});

const scores = new Map<string, Score>();
function score(name: string, isRight: boolean, shown: () => string): void {
  const entry = scores.get(name) ?? { right: 0, of: 0 };
  scores.set(name, { right: entry.right + Number(isRight), of: entry.of + 1 });
  if (!isRight && values.show) console.log(`- ${name}: ${shown()}`);
}

/** Held-out films: NIH's validation patients, and every eighth child as in training/encoder/data.py. */
async function heldOut(): Promise<string[]> {
  const read = async (name: string): Promise<Record<string, string>[]> =>
    parse(await readFile(join(values.data, name), 'utf8'), { columns: true });
  const bucket = (patient: string) => createHash('sha256').update(patient).digest().readUInt32BE(0) % 8;
  const adults = (await read('nih.csv')).filter(({ split }) => split === 'val');
  const children = (await read('kermany.csv')).filter(({ patient }) => bucket(patient ?? '') === 0);
  const spread = (rows: Record<string, string>[], most: number) =>
    rows.filter(
      (_, index) => Math.floor((index * most) / rows.length) !== Math.floor(((index - 1) * most) / rows.length),
    );
  return [...spread(adults, Number(values.adults)), ...spread(children, Number(values.children))].map(
    ({ file }) => file ?? '',
  );
}

function truthOf({ findings }: EncodedImage): Truth {
  const isPresent = (name: string) =>
    findings.some((f) => f.name === name && f.assessed && (f.probability ?? 0) >= (f.threshold ?? 1));
  const specific = findings.filter(({ name, assessed }) => assessed && name !== 'abnormal').map(({ name }) => name);
  return { child: specific.length === 0, abnormal: isPresent('abnormal'), present: specific.filter(isPresent).sort() };
}

async function answer(conversation: Conversation, question: string, key?: string): Promise<string> {
  const turn = await conversation.ask(question, { temperature: 0, ...(key === undefined ? {} : { key }) }).turn;
  score('no side, measurement, link or markup', !FORBIDDEN.test(turn.answer), () => turn.answer);
  return turn.answer;
}

async function talk<T>(engine: Engine, film: Film, work: (conversation: Conversation) => Promise<T>): Promise<T> {
  const conversation = await engine.start(film.image);
  try {
    return await work(conversation);
  } finally {
    await conversation.close();
    await engine.forget(conversation.id);
  }
}

/** Report, differential and further examination in one conversation, then every assessed finding under the paper's confirmation. */
async function readFilm(engine: Engine, film: Film): Promise<void> {
  const { truth, file } = film;
  const about = `${file} ${JSON.stringify(truth)}`;
  await talk(engine, film, async (conversation) => {
    const report = await answer(conversation, REPORT_PROMPTS.specific);
    score(
      'report mentions exactly the findings above threshold',
      reportIsExact(report, truth),
      () => `${about} ${report}`,
    );
    const differential = await answer(conversation, DIFFERENTIAL_QUESTION);
    score('differential fits', differentialFits(differential, truth), () => `${about} ${differential}`);
    const examination = await answer(conversation, EXAMINATION_QUESTION);
    score('further examination fits', examinationFits(examination, truth), () => `${about} ${examination}`);
    for (const { name, assessed, probability, threshold } of film.image.findings) {
      const confirmed = await conversation.confirm(name);
      const isPresent = assessed && (probability ?? 0) >= (threshold ?? 1);
      const isRight = (confirmed.answer === 'yes') === isPresent;
      const detail = () =>
        `${about} ${name} p=${probability?.toFixed(3)} of ${threshold} → ${confirmed.probability.toFixed(3)}`;
      if (!assessed) score('confirmation of what is not assessed: no', isRight, detail);
      else {
        score('yes/no agrees with the encoder', isRight, detail);
        score(`yes/no, ${isPresent ? 'present' : 'absent'} by the encoder`, isRight, detail);
      }
    }
  });
  await talk(engine, film, async (conversation) => {
    const report = await answer(conversation, REPORT_PROMPTS.basic);
    score('report, basic prompt, exact', reportIsExact(report, truth), () => `${about} ${report}`);
  });
}

/** Each paraphrased question after a report (requests for a report: as the first question), on adults' films with findings in turn. */
async function askParaphrases(engine: Engine, films: Film[], file: string, measured: string): Promise<void> {
  const adults = films.filter(({ truth }) => !truth.child);
  const rich = adults.filter(({ truth }) => truth.present.length > 0);
  const asked = (rich.length > 0 ? rich : adults).slice(0, PARAPHRASE_FILMS);
  const rows: { question: string; intent: string }[] = parse(await readFile(join('training/dialogue', file), 'utf8'), {
    columns: true,
    delimiter: '\t',
    quote: false,
  });
  for (const [index, film] of asked.entries()) {
    const mine = rows.filter((_, row) => row % asked.length === index);
    const judge = ({ question, intent }: { question: string; intent: string }, said: string) =>
      score(measured, answersIntent(intent, said, film.truth), () => `[${intent}] ${question} → ${said}`);
    for (const row of mine.filter(({ intent }) => intent === 'report')) {
      await talk(engine, film, async (conversation) => judge(row, await answer(conversation, row.question)));
    }
    await talk(engine, film, async (conversation) => {
      await answer(conversation, REPORT_PROMPTS.basic);
      for (const [number, row] of mine.filter(({ intent }) => intent !== 'report').entries()) {
        const key = String(number);
        judge(row, await answer(conversation, row.question, key));
        await conversation.rewind(key);
      }
    });
  }
}

/** A talk in which every finding is asked for again and again, with the figures' questions between: does the language still say what the encoder believes? */
async function talkLong(engine: Engine, film: Film): Promise<void> {
  const { truth, file } = film;
  const asked = film.image.findings.filter(({ name, assessed }) => assessed && name !== 'abnormal');
  await talk(engine, film, async (conversation) => {
    await answer(conversation, REPORT_PROMPTS.specific);
    for (let number = 0; number < LONG_TALK_QUESTIONS; number++) {
      const finding = asked[number % (asked.length + 1)];
      if (finding === undefined) {
        await answer(conversation, number % 2 === 0 ? DIFFERENTIAL_QUESTION : EXAMINATION_QUESTION);
        continue;
      }
      const said = await answer(conversation, confirmationPrompt(finding.label));
      const isRight = said.startsWith('Yes') === truth.present.includes(finding.name);
      const part = Math.floor((number * 3) / LONG_TALK_QUESTIONS) + 1;
      score(`long talk, yes/no in its third ${part}`, isRight, () => `${file} ${finding.name} → ${said}`);
    }
  });
}

const store = new Keyv();
const engine = await openEngine({ bundleDir: values.bundle, store });
const began = performance.now();
const films: Film[] = [];
for (const file of await heldOut()) {
  const image = await engine.encode(await readFile(join(values.data, file)), { force: true });
  films.push({ file, image, truth: truthOf(image) });
}
for (const film of films) await readFilm(engine, film);
const withFindings = films.filter(({ truth }) => !truth.child && truth.present.length > 0);
for (const film of withFindings.slice(0, LONG_TALKS)) await talkLong(engine, film);
await askParaphrases(engine, films, 'paraphrases.tsv', 'paraphrased questions answered to the point');
await askParaphrases(engine, films, 'paraphrases-second.tsv', 'paraphrased questions, second set');
await engine.close();

const percent = ({ right, of }: Score) => `${((100 * right) / of).toFixed(1)} %`;
console.log(
  `\n${engine.bundle.name} ${engine.bundle.version}, ${films.length} held-out films, greedy, ${Math.round((performance.now() - began) / 1000)} s\n`,
);
console.log('| measured | share | of |\n| --- | --- | --- |');
for (const [name, entry] of scores) console.log(`| ${name} | ${percent(entry)} | ${entry.right}/${entry.of} |`);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(Object.fromEntries(scores), null, 2)}\n`);
}
