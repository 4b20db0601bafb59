// The cheap checks: what they name, and that no real film falls into them.
import { describe, expect, it } from 'vitest';
import { type DecodedImage, decodeImage } from '../../../engine/image/decode.ts';
import { notAFilm } from '../../../engine/image/film-check.ts';
import { OTHER_VIEWS } from '../../../engine/image/turned.ts';
import { haveSamples, readSample, SAMPLE } from '../../support/samples.ts';

const SIDE = 200;

function picture(grey: (x: number, y: number) => number, overrides: Partial<DecodedImage> = {}): DecodedImage {
  return {
    kind: 'png',
    width: SIDE,
    height: SIDE,
    grey: Float32Array.from({ length: SIDE * SIDE }, (_, i) => grey(i % SIDE, Math.floor(i / SIDE))),
    colour: { chroma: 0, hueSpread: 0 },
    otherModality: null,
    warnings: [],
    ...overrides,
  };
}

/** A repeatable number in [0, 1) for every pixel. */
const noise = (x: number, y: number) => Math.abs(Math.sin(x * 12.9898 + y * 78.233) * 43758.5453) % 1;

describe('notAFilm', () => {
  it.each([
    ['blank', picture(() => 127), 'blank'],
    ['nearly blank', picture((x, y) => 40 + noise(x, y)), 'blank'],
    ['noise', picture((x, y) => noise(x, y) * 255), 'noise'],
    ['a page of text', picture((x, y) => (x % 7 < 2 && y % 11 < 5 ? 0 : 255)), 'document'],
    ['colours', picture((x) => x, { colour: { chroma: 0.2, hueSpread: 0.6 } }), 'colour photograph'],
    ['a CT file', picture((x) => x, { otherModality: 'a CT slice' }), 'CT slice'],
    ['a strip', picture((x) => x, { width: SIDE * SIDE, height: 1 }), 'strip'],
    ['an icon', picture((x) => x, { width: 40, height: 40 }), 'icon'],
  ])('names %s', (_, image, word) => {
    expect(notAFilm(image)).toContain(word);
  });

  it('lets a smooth grey picture and a tinted one pass', () => {
    expect(notAFilm(picture((x, y) => (x + y) / 2))).toBeNull();
    expect(notAFilm(picture((x) => x, { colour: { chroma: 0.15, hueSpread: 0.02 } }))).toBeNull();
  });

  it.skipIf(!haveSamples)('lets every real sample pass', async () => {
    for (const name of SAMPLE.all) expect(notAFilm(await decodeImage(readSample(name))), name).toBeNull();
  });
});

describe('OTHER_VIEWS', () => {
  it('turn and invert a picture', () => {
    const film = { width: 3, height: 2, grey: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const views = OTHER_VIEWS.map(({ view }) => view(film));
    expect(views.map(({ grey }) => [...grey])).toEqual([
      [6, 5, 4, 3, 2, 1],
      [4, 1, 5, 2, 6, 3],
      [3, 6, 2, 5, 1, 4],
      [254, 253, 252, 251, 250, 249],
    ]);
    expect(views[1]).toMatchObject({ width: 2, height: 3 });
  });
});
