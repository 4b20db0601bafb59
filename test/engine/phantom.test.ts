// Phantom films: equal for equal seeds, and each kind shows its finding where it should.
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../engine/image/decode.ts';
import { notAFilm } from '../../engine/image/film-check.ts';
import { drawPhantom, PHANTOM_KINDS, type PhantomKind } from '../../engine/phantom.ts';

const SIZE = 320;
/** Dark share of the side around the body; an edema's film has none. */
const MARGIN = 0.067;

async function film(kind: PhantomKind, seed = 1) {
  const { grey } = await decodeImage(await drawPhantom({ kind, seed, size: SIZE }));
  const edge = kind === 'edema' ? 0 : MARGIN;
  /** Mean grey of a rectangle given in shares of the body's side. */
  const mean = (...sides: [left: number, top: number, right: number, bottom: number]): number => {
    const [left, top, right, bottom] = sides.map((side) => edge + side * (1 - 2 * edge)) as typeof sides;
    let [sum, count] = [0, 0];
    for (let y = Math.round(top * SIZE); y < bottom * SIZE; y++) {
      for (let x = Math.round(left * SIZE); x < right * SIZE; x++) {
        sum += grey[y * SIZE + x] ?? 0;
        count += 1;
      }
    }
    return sum / count;
  };
  return { mean };
}

describe('drawPhantom', () => {
  it('gives equal bytes for equal seeds and other bytes for other seeds', async () => {
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => drawPhantom({ kind: 'normal', seed, size: SIZE })),
    );
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
  });

  it('draws pictures that pass as films, with dark lungs beside a bright heart', async () => {
    for (const kind of PHANTOM_KINDS) {
      const image = await decodeImage(await drawPhantom({ kind, size: SIZE }));
      expect(image).toMatchObject({ kind: 'png', width: SIZE, height: SIZE });
      expect(notAFilm(image)).toBeNull();
    }
    const { mean } = await film('normal');
    expect(mean(0.2, 0.5, 0.35, 0.65)).toBeLessThan(mean(0.48, 0.55, 0.58, 0.7) - 60);
  });

  it('shows the finding of each kind', async () => {
    const normal = await film('normal');
    const effusion = await film('effusion');
    const pneumothorax = await film('pneumothorax');
    const edema = await film('edema');
    expect(effusion.mean(0.78, 0.64, 0.84, 0.72)).toBeGreaterThan(normal.mean(0.78, 0.64, 0.84, 0.72) + 40);
    expect(pneumothorax.mean(0.79, 0.4, 0.83, 0.6)).toBeLessThan(pneumothorax.mean(0.17, 0.4, 0.21, 0.6) - 8);
    expect(edema.mean(0.3, 0.45, 0.4, 0.55)).toBeGreaterThan(normal.mean(0.3, 0.45, 0.4, 0.55) + 20);
    expect(edema.mean(0.68, 0.55, 0.74, 0.65)).toBeGreaterThan(normal.mean(0.68, 0.55, 0.74, 0.65) + 30);
  });
});
