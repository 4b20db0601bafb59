// Differentials in people's and the model's words: read in order, confirmed, kept apart from the findings, and ranked at the reveal.
import { afterEach, expect, test } from 'vitest';
import { diagnosisName } from '../../../bot/teaching/diagnosis-names.ts';
import { readDifferential } from '../../../bot/teaching/read-differential.ts';
import { DIFFERENTIAL_QUESTION, EXAMINATION_QUESTION } from '../../../prompts/paper.ts';
import { type Classroom, openClassroom, TEACHER } from './classroom.ts';

test.each([
  ['ddx: pneumonia, TB, CHF', ['pneumonia', 'TB', 'CHF'], ''],
  ['Left opacity. DDx: pneumonia > tumour', ['pneumonia', 'tumour'], 'Left opacity.'],
  ['Differential: 1. heart failure 2. ARDS. No pneumothorax.', ['heart failure', 'ARDS'], 'No pneumothorax.'],
  ['differential diagnosis:\n1. pneumonia\n2) a tumour\n\nEffusion left', ['pneumonia', 'tumour'], 'Effusion left'],
  [
    'The differential diagnosis includes sarcoidosis, lymphoma and tuberculosis.',
    ['sarcoidosis', 'lymphoma', 'tuberculosis'],
    '',
  ],
  ['1. pneumonia\n2. pulmonary embolism', ['pneumonia', 'pulmonary embolism'], ''],
  ['1. effusion\n2. cardiomegaly', [], '1. effusion\n2. cardiomegaly'],
  ['Opacity right, could be pneumonia or TB.', ['pneumonia', 'TB'], 'Opacity right, could be pneumonia or TB.'],
  ['There could be a small effusion.', [], 'There could be a small effusion.'],
  ['An effusion may be present.', [], 'An effusion may be present.'],
  ['ddx: TB, tuberculosis, most likely a sarcoid (70%)', ['TB', 'sarcoid'], ''],
  ['Effusion, no pneumothorax', [], 'Effusion, no pneumothorax'],
  ['ddx: <@U1> *pneumonia*, `rm`', ['pneumonia', 'rm'], ''],
  ['ddx: none', [], 'ddx: none'],
  ['The differential was discussed yesterday', [], 'The differential was discussed yesterday'],
  ['ddx pneumonia, TB', ['pneumonia', 'TB'], ''],
  ['That may be true.', [], 'That may be true.'],
  ['It could be lunch time, or later', [], 'It could be lunch time, or later'],
  ['1. we meet at ten\n2. bring coffee', [], '1. we meet at ten\n2. bring coffee'],
  ['Could be Kartagener or bronchiectasis', ['Kartagener', 'bronchiectasis'], 'Could be Kartagener or bronchiectasis'],
])('%j', (text, items, rest) => {
  const read = readDifferential(text);
  expect(read.items).toEqual(items);
  expect(read.rest.trim()).toBe(rest);
});

test.each([
  [
    'The cardiomegaly could be explained by cardiomyopathy, valve disease or a pericardial effusion.',
    ['cardiomyopathy', 'valve disease', 'pericardial effusion'],
  ],
  ['No abnormality is detected that would need an explanation; a normal film does not exclude disease.', []],
  [
    'Possible diagnoses include pneumonia, pulmonary edema, and lung cancer.',
    ['pneumonia', 'pulmonary edema', 'lung cancer'],
  ],
  ['The possible diagnosis could be congestive heart failure.', ['congestive heart failure']],
])('the model: %j', (text, items) => {
  expect(readDifferential(text).items).toEqual(items);
});

test('a message made to be slow is read in no time', () => {
  const began = performance.now();
  for (const piece of ['could be ', '1. a\n', 'ddx: a, ', '(1) ', 'the '.repeat(3)])
    readDifferential(piece.repeat(500));
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('different words for the same diagnosis have one name', () => {
  expect(
    ['TB', 'Pulmonary tuberculosis', 'left-sided CHF', 'small pneumothorax', 'Kartagener'].map(diagnosisName),
  ).toEqual(['tuberculosis', 'tuberculosis', 'heart failure', 'pneumothorax', 'kartagener']);
});

let room: Classroom | null = null;
afterEach(() => room?.bot.close());

const ANSWERS: Readonly<Record<string, string>> = {
  [DIFFERENTIAL_QUESTION]: 'The effusion could be explained by pneumonia or heart failure.',
  [EXAMINATION_QUESTION]: 'Ultrasound of the pleura.',
};

test('the reveal ranks what participants, teacher and model think of', async () => {
  room = await openClassroom('findings: effusion; differential: CHF | pneumonia; next: CT', {
    engine: { answer: (question) => ANSWERS[question] ?? 'There is a pleural effusion.' },
  });
  const { text, controls } = await room.say('ann', 'Effusion left. ddx: pneumonia, heart failure, TB');
  expect(text).toContain('- effusion: 90 % present');
  expect(text).not.toContain('pneumonia: 90');
  expect(text).toContain('Your differential, likeliest first: 1. pneumonia, 2. heart failure, 3. TB');
  await room.press('ann', 'case-confirm', controls[0]?.value ?? '');
  await room.answer('bob', 'Effusion');
  // Bob adds his differential later: his findings stay.
  await room.answer('bob', 'ddx: CHF; tuberculosis');
  // Cid gives no findings and is scored on none.
  await room.answer('cid', 'ddx: pna');
  await room.say('dan', 'ddx: mesothelioma');
  const reveal = await room.command(TEACHER, 'reveal');
  expect(reveal.text).toContain(
    [
      '**Differential, ranked**',
      '- pneumonia: 2 of 3 participants, mean rank 1.0; teacher 2; model 1',
      '- heart failure: 2 of 3 participants, mean rank 1.5; teacher 1; model 2',
      '- tuberculosis: 2 of 3 participants, mean rank 2.5',
    ].join('\n'),
  );
  expect(reveal.text).toContain('The model on the differential: The effusion could be explained by pneumonia');
  expect(reveal.text).toContain('Next examination: CT');
  expect(reveal.text).toContain('The model on the next examination: Ultrasound of the pleura.');
  expect(reveal.text).toMatch(/\| bob \| 1\/1 = 100 % \|/);
  expect(reveal.text).not.toMatch(/\*\*cid\*\*|mesothelioma/);
  const { files } = await room.command(TEACHER, 'export');
  const read = (wanted: string) =>
    Buffer.from(files.find(({ name }) => name === wanted)?.base64 ?? '', 'base64').toString('utf8');
  expect(read('differential.csv').split('\r\n')).toEqual([
    'case,reader,rank,diagnosis,words',
    'Untitled case,ann,1,pneumonia,pneumonia',
    'Untitled case,ann,2,heart failure,heart failure',
    'Untitled case,ann,3,tuberculosis,TB',
    'Untitled case,bob,1,heart failure,CHF',
    'Untitled case,bob,2,tuberculosis,tuberculosis',
    'Untitled case,cid,1,pneumonia,pna',
    'Untitled case,Teacher,1,heart failure,CHF',
    'Untitled case,Teacher,2,pneumonia,pneumonia',
    'Untitled case,Model,1,pneumonia,pneumonia',
    'Untitled case,Model,2,heart failure,heart failure',
    '',
  ]);
  expect(read('case.html')).toContain('<tr><td>heart failure</td><td>2 of 3</td><td>1.5</td><td>1</td><td>2</td></tr>');
  // Asked once, when the case was opened, under keys of their own.
  expect(room.bot.engine.calls.asked).toBe(3);
});
