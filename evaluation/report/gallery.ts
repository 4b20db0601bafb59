// The worst errors of a condition as people want to see them: film, attention, report, and what was right.
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import type { Engine } from '../../engine/engine.ts';
import { filmPng, overlayPng } from '../../engine/panel.ts';
import { judgedFindings } from '../analysis/condition-result.ts';
import type { ConditionCalls } from '../analysis/predictions.ts';

export interface GalleryItem {
  image: string;
  condition: string;
  report: string;
  missed: string[];
  invented: string[];
  truth: string[];
  /** JPEG bytes, base64; null where the film could not be drawn (said in `note`). */
  film: string | null;
  overlay: string | null;
  note: string | null;
}

const SIDE_PX = 300;
const JPEG_QUALITY = 78;

interface Wrong {
  index: number;
  missed: string[];
  invented: string[];
}

/** Images with the most wrong calls in the first run, most first; equal ones in the order of the data set. */
export function worstErrors(calls: ConditionCalls, count: number): Wrong[] {
  const findings = judgedFindings(calls);
  const wrong = calls.images.map((image, index) => {
    const call = calls.runs[0]?.[index];
    const of = (truth: string, predicted: boolean) =>
      call ? findings.filter((finding) => image.truth[finding] === truth && call.get(finding) === predicted) : [];
    return { index, missed: of('present', false), invented: of('absent', true) };
  });
  return wrong
    .filter(({ missed, invented }) => missed.length + invented.length > 0)
    .sort((a, b) => b.missed.length + b.invented.length - a.missed.length - a.invented.length || a.index - b.index)
    .slice(0, count);
}

async function pictures(engine: Engine, file: string): Promise<Pick<GalleryItem, 'film' | 'overlay' | 'note'>> {
  try {
    const encoded = await engine.encode(await readFile(file), { force: true });
    const film = await filmPng(encoded);
    const layer = await overlayPng(encoded);
    const small = async (picture: Sharp) =>
      (
        await picture
          .resize({ width: SIDE_PX, height: SIDE_PX, fit: 'inside' })
          .jpeg({ quality: JPEG_QUALITY })
          .toBuffer()
      ).toString('base64');
    const flat = layer
      ? sharp(
          await sharp(film)
            .toColourspace('srgb')
            .composite([{ input: Buffer.from(layer) }])
            .png()
            .toBuffer(),
        )
      : null;
    return {
      film: await small(sharp(film)),
      overlay: flat ? await small(flat) : null,
      note: flat ? null : 'this bundle gives no attention map',
    };
  } catch (error) {
    return {
      film: null,
      overlay: null,
      note: `the film could not be drawn: ${error instanceof Error ? error.message : 'unknown error'}`,
    };
  }
}

/** Encodes the worst images again for their pictures; needs an engine on the same bundle. */
export async function buildGallery(engine: Engine, calls: ConditionCalls, count: number): Promise<GalleryItem[]> {
  const items: GalleryItem[] = [];
  for (const { index, missed, invented } of worstErrors(calls, count)) {
    const image = calls.images[index];
    if (!image) continue;
    const truth = Object.entries(image.truth)
      .filter(([, value]) => value === 'present')
      .map(([finding]) => finding);
    items.push({
      image: image.id,
      condition: calls.id,
      report: calls.answers[0]?.[index] ?? '',
      missed,
      invented,
      truth,
      ...(await pictures(engine, image.file)),
    });
  }
  return items;
}
