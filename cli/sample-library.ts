// Three teaching cases on films drawn by code, as a case library to try things out with: no patient is behind any of them.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LibraryCase, writeCaseFile } from '../bot/teaching/library/case-file.ts';
import { CxrError } from '../engine/error.ts';
import { drawPhantom, type PhantomKind } from '../engine/phantom.ts';

type SampleCase = Omit<LibraryCase, 'images' | 'licence' | 'source'> & { kind: PhantomKind };

const SAMPLES: readonly SampleCase[] = [
  {
    name: 'dull-base',
    kind: 'effusion',
    title: 'Dull at the left base',
    history: '68 years. Breathless for a week, no fever. The left base is dull on percussion.',
    findings: 'Left pleural effusion. No pneumothorax.',
    diagnosis: 'Left pleural effusion',
    differential: ['Parapneumonic effusion', 'Malignant effusion', 'Heart failure'],
    next: 'Ultrasound of the chest, then a diagnostic tap',
    points: [
      'Follow the diaphragm from the spine to the chest wall on both sides.',
      'Fluid climbs along the chest wall.',
    ],
    hints: ['Compare the two costophrenic angles.'],
    difficulty: 'easy',
    tags: ['pleura'],
  },
  {
    name: 'sudden-pain',
    kind: 'pneumothorax',
    title: 'Sudden pain in the chest',
    history: '22 years, tall and thin. Sudden pain on the left while sitting at a desk.',
    findings: 'Left pneumothorax. No pleural effusion.',
    diagnosis: 'Primary spontaneous pneumothorax',
    differential: ['Secondary pneumothorax', 'Bulla', 'Skin fold'],
    next: 'Judge size and breathlessness, then watch, aspirate or drain',
    points: ['Look for a fine line with no vessels outside it.'],
    hints: ['Follow the vessels out to the chest wall.'],
    difficulty: 'medium',
    tags: ['pleura', 'emergency'],
  },
  {
    name: 'breathless-lying-flat',
    kind: 'edema',
    title: 'Breathless when lying flat',
    history: '74 years. Sleeps on three pillows. Swollen ankles.',
    findings: 'Pulmonary edema. Cardiomegaly. Bilateral pleural effusions. No pneumothorax.',
    diagnosis: 'Heart failure',
    differential: ['Fluid overload in renal failure', 'Acute respiratory distress syndrome'],
    next: 'Echocardiography',
    points: ['A wide heart, haze around the hila, fine lines at the wall and a little fluid belong together.'],
    hints: ['Measure the heart against the chest.'],
    difficulty: 'hard',
    tags: ['heart'],
  },
];

/** Returns the paths written. Throws `usage` where the folder has something in it. */
export async function writeSampleLibrary(dir: string): Promise<string[]> {
  await mkdir(dir, { recursive: true }).catch((cause: unknown) => {
    throw new CxrError('usage', `The folder ${dir} cannot be made.`, { cause });
  });
  if ((await readdir(dir)).length > 0) throw new CxrError('usage', `The folder ${dir} is not empty.`);
  const written: string[] = [];
  for (const [index, { kind, ...fields }] of SAMPLES.entries()) {
    const image = `${fields.name}-1.png`;
    const text = writeCaseFile({ ...fields, images: [image], licence: 'CC0-1.0', source: 'Drawn by code; no patient' });
    for (const [name, content] of [
      [`${fields.name}.yaml`, text],
      [image, await drawPhantom({ kind, seed: index + 1 })],
    ] as const) {
      await writeFile(join(dir, name), content);
      written.push(join(dir, name));
    }
  }
  return written;
}
