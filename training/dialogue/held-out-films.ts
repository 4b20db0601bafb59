// The films that the language is measured on: NIH's validation patients, and every eighth child as in training/encoder/data.py.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { EncodedImage, Engine } from '../../engine/engine.ts';
import type { Truth } from './judge.ts';

export interface Film {
  file: string;
  image: EncodedImage;
  truth: Truth;
}

/** `most`: films at most of each kind, spread over all there are. */
export async function heldOutFilms(engine: Engine, data: string, most: { adults: number; children: number }) {
  const films: Film[] = [];
  for (const file of await heldOut(data, most)) {
    const image = await engine.encode(await readFile(join(data, file)), { force: true });
    films.push({ file, image, truth: truthOf(image) });
  }
  return films;
}

async function heldOut(data: string, most: { adults: number; children: number }): Promise<string[]> {
  const read = async (name: string): Promise<Record<string, string>[]> =>
    parse(await readFile(join(data, name), 'utf8'), { columns: true });
  const bucket = (patient: string) => createHash('sha256').update(patient).digest().readUInt32BE(0) % 8;
  const adults = (await read('nih.csv')).filter(({ split }) => split === 'val');
  const children = (await read('kermany.csv')).filter(({ patient }) => bucket(patient ?? '') === 0);
  const spread = (rows: Record<string, string>[], limit: number) =>
    rows.filter(
      (_, index) => Math.floor((index * limit) / rows.length) !== Math.floor(((index - 1) * limit) / rows.length),
    );
  return [...spread(adults, most.adults), ...spread(children, most.children)].map(({ file }) => file ?? '');
}

function truthOf({ findings }: EncodedImage): Truth {
  const isPresent = (name: string) =>
    findings.some((f) => f.name === name && f.assessed && (f.probability ?? 0) >= (f.threshold ?? 1));
  const specific = findings.filter(({ name, assessed }) => assessed && name !== 'abnormal').map(({ name }) => name);
  return { child: specific.length === 0, abnormal: isPresent('abnormal'), present: specific.filter(isPresent).sort() };
}
