// Measures a bundle's language against its encoder, greedy, through the engine: the figures of the model card.
// Usage: node dist/training/dialogue/evaluate.js [--bundle DIR] [--data DIR] [--adults N] [--children N] [--json FILE] [--show]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import Keyv from 'keyv';
import { readBundle } from '../../engine/bundle.ts';
import { openEngine } from '../../engine/open-engine.ts';
import {
  confirmationPrompt,
  DIFFERENTIAL_QUESTION,
  EXAMINATION_QUESTION,
  REPORT_PROMPTS,
} from '../../prompts/paper.ts';
import { createAsking } from './asking.ts';
import { type Film, heldOutFilms } from './held-out-films.ts';
import { certaintyOf, certaintySaid, differentialFits, examinationFits, reportIsExact } from './judge.ts';
import { askQuestionSets } from './question-sets.ts';
import { createScores } from './scores.ts';

/** Films talked about at length, and questions of such a talk. */
const LONG_TALKS = 16;
const LONG_TALK_QUESTIONS = 30;
/** Conversations about several films, and films of each at most; a bundle may hold fewer apart. */
const GROUPS = 16;
const GROUP_SIZE = 4;

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

const scores = createScores(values);
const score = scores.add;
const { maxImages = GROUP_SIZE } = (await readBundle(values.bundle)).manifest.language;
const mostFilms = Math.min(maxImages, GROUP_SIZE);
const store = new Keyv();
const engine = await openEngine({ bundleDir: values.bundle, store });
const asking = createAsking(engine, scores);
const { answer, talk } = asking;

/** Report, differential and further examination in one conversation, then every assessed finding under the paper's confirmation. */
async function readFilm(film: Film): Promise<void> {
  const { truth, file } = film;
  const about = `${file} ${JSON.stringify(truth)}`;
  await talk(film, async (conversation) => {
    const report = await answer(conversation, REPORT_PROMPTS.specific);
    score(
      'report mentions exactly the findings above threshold',
      reportIsExact(report, truth),
      () => `${about} ${report}`,
    );
    for (const { name, probability } of film.image.findings.filter((each) => truth.present.includes(each.name))) {
      const deserved = certaintyOf(probability ?? 0);
      const said = certaintySaid(report, name);
      const measured = 'words of certainty as the probability says';
      score(measured, said === deserved, () => `${about} ${name} p=${probability?.toFixed(3)} → ${said}`);
    }
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
  await talk(film, async (conversation) => {
    const report = await answer(conversation, REPORT_PROMPTS.basic);
    score('report, basic prompt, exact', reportIsExact(report, truth), () => `${about} ${report}`);
  });
}

/** A talk in which every finding is asked for again and again, with the figures' questions between: does the language still say what the encoder believes? */
async function talkLong(film: Film): Promise<void> {
  const { truth, file } = film;
  const asked = film.image.findings.filter(({ name, assessed }) => assessed && name !== 'abnormal');
  await talk(film, async (conversation) => {
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

/** Films that come one after the other into one conversation: each is read by itself. */
async function readTogether(group: readonly Film[]): Promise<void> {
  const [first, ...later] = group;
  if (first === undefined) return;
  await talk(first, async (conversation) => {
    await answer(conversation, REPORT_PROMPTS.specific);
    for (const [number, { image, truth, file }] of later.slice(0, mostFilms - 1).entries()) {
      const index = await conversation.addImage(image);
      const { turn } = conversation.ask(REPORT_PROMPTS.specific, { temperature: 0, image: index });
      const report = (await turn).answer;
      const about = () => `${file} ${JSON.stringify(truth)} ${report}`;
      score(`report on film ${number + 2} of a conversation, exact`, reportIsExact(report, truth), about);
      const differential = await answer(conversation, DIFFERENTIAL_QUESTION);
      score(
        'differential of a later film fits',
        differentialFits(differential, truth),
        () => `${about()} ${differential}`,
      );
    }
  });
}

const began = performance.now();
const films = await heldOutFilms(engine, values.data, {
  adults: Number(values.adults),
  children: Number(values.children),
});
for (const film of films) await readFilm(film);
const withFindings = films.filter(({ truth }) => !truth.child && truth.present.length > 0);
for (const film of withFindings.slice(0, LONG_TALKS)) await talkLong(film);
// Films with findings and others by turns, children's among them.
const mixed = films.filter((_, index) => index % 4 === 1).slice(0, GROUPS * 2);
for (let group = 0; group < GROUPS; group++) {
  const pick = (from: readonly Film[]) => from.slice(group * 2, group * 2 + 2);
  const [a, b, c, d] = [...pick(withFindings), ...pick(mixed)];
  const all = [a, c, b, d].filter((film) => film !== undefined);
  await readTogether(group % 2 === 0 ? all : all.reverse());
}
await askQuestionSets(asking, films, scores);
await engine.close();

console.log(
  `\n${engine.bundle.name} ${engine.bundle.version}, ${films.length} held-out films, greedy, ${Math.round((performance.now() - began) / 1000)} s\n`,
);
console.log(scores.table());
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(scores.all(), null, 2)}\n`);
