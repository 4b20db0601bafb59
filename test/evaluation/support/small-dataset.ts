// A data set on disk made for a test: tiny pictures whose truth is known, two of each patient, described by a dataset.yaml of its own.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

const DESCRIPTION = `format: cxr-dataset/1
name: small
title: Made for a test
cohort: adult
source: none
license: none
differs: 'not radiographs'
table: films.csv
image: { path: '{file}' }
patient: { column: patient }
view: { column: view, frontal: [PA] }
split: { column: split, use: [val] }
labels:
  effusion: { column: effusion }
  cardiomegaly: { column: heart, uncertain: ['u'] }
  edema: { column: edema, empty: absent }
`;

/** Pixels a side: the smallest that real engines take gladly. */
export const SIDE = 64;

/** Two halves under a slight slope from top to bottom: a picture of two even tones is refused as a document. */
function shade(place: number, left: number, right: number): number {
  const slope = Math.floor(place / SIDE) / 2 - SIDE / 4;
  return Math.min(255, Math.max(0, (place % SIDE < SIDE / 2 ? left : right) + slope));
}

/** Writes `count` images that are evaluated, one lateral and one of the other split; returns the folder. */
export async function writeSmallDataset(count = 12): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'small-dataset-'));
  mkdirSync(join(folder, 'films'));
  const rows = ['file,patient,view,split,effusion,heart,edema'];
  for (let i = 0; i < count; i++) {
    const effusion = i % 3 === 0;
    const heart = i % 4 === 1;
    const [left, right] = heart
      ? [effusion ? 255 : 150, effusion ? 60 : 20]
      : [effusion ? 200 + i : 40 + i, effusion ? 200 : 60];
    const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, place) => shade(place, left, right));
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
      .png()
      .toFile(join(folder, 'films', `${i}.png`));
    rows.push(`films/${i}.png,p${Math.floor(i / 2)},PA,val,${effusion ? 1 : 0},${i === 2 ? 'u' : heart ? 1 : 0},`);
  }
  rows.push('films/0.png,p0,LATERAL,val,1,0,', 'films/1.png,p99,PA,train,1,0,');
  writeFileSync(join(folder, 'films.csv'), `${rows.join('\n')}\n`);
  writeFileSync(join(folder, 'dataset.yaml'), DESCRIPTION);
  return folder;
}
