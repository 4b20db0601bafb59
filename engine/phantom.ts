// Phantom chest films for the demo, drawn by code: no patient's picture, and nothing to be learnt about disease from them.
import sharp from 'sharp';
import {
  AIR_CONTRAST,
  airMap,
  bones,
  type Chest,
  heart,
  lungDepth,
  type Side,
  softTissue,
  texture,
  vessels,
} from './phantom/anatomy.ts';
import { type Canvas, createCanvas, curve, normal, smoothStep } from './phantom/canvas.ts';
import { seededRandom } from './seeded-random.ts';

export type PhantomKind = 'normal' | 'effusion' | 'pneumothorax' | 'edema';

export const PHANTOM_KINDS: readonly PhantomKind[] = ['normal', 'effusion', 'pneumothorax', 'edema'];

export interface PhantomOptions {
  kind: PhantomKind;
  /** Equal seeds give equal bytes. */
  seed?: number;
  /** Width and height in pixels. */
  size?: number;
}

/** Standard deviation of the blur, in pixels of a picture of 1024: focal spot and detector, about as unsharp as a portable machine's film.
 * The shipped encoder, which never saw a drawing, takes sharper edges for findings. */
const SOFTNESS = 5.2;

/** Share of the film's side that lies dark around the body on each side. A film taken in bed (edema) is closer. */
const MARGIN = 0.067;

/** Films are softer than pixels: drawing at this share of the size and enlarging saves half of the time. */
const DRAWN_SHARE = 0.7;

/** An 8-bit grey PNG of a frontal chest film; the kind's finding is on the right half of the picture (the patient's left). */
export async function drawPhantom({ kind, seed = 1, size = 1024 }: PhantomOptions): Promise<Uint8Array> {
  const canvas = createCanvas(Math.round(size * DRAWN_SHARE));
  const random = seededRandom(seed * 7919 + PHANTOM_KINDS.indexOf(kind));
  const isEdema = kind === 'edema';
  const chest: Chest = {
    random,
    apex: 0.125 + 0.01 * normal(random),
    dome: { '-1': 0.72 + 0.012 * normal(random), '1': 0.745 + 0.012 * normal(random) },
    width: 0.385 + 0.008 * normal(random),
    heart: isEdema ? 1.42 : 1 + 0.04 * normal(random),
    haze: isEdema ? 1 : 0,
  };
  const air = airMap(canvas, chest);
  softTissue(canvas, chest, air);
  heart(canvas, chest, air);
  bones(canvas, chest);
  vessels(canvas, chest, kind === 'pneumothorax' ? pneumothorax(canvas, chest, air) : air);
  if (kind === 'effusion') effusion(canvas, chest, air, 1, 0.6);
  if (isEdema) edema(canvas, chest, air);
  texture(canvas, chest);
  marker(canvas);
  return develop(canvas, random, size, isEdema ? 0 : MARGIN);
}

/** Fluid that hides the dome and climbs along the chest wall (meniscus): water in place of air. */
function effusion(canvas: Canvas, chest: Chest, air: Float32Array, side: Side, level: number): void {
  canvas.field((x, y, i) => {
    const here = air[i] ?? 0;
    const u = (x - 0.5) * side;
    if (here === 0 || u <= 0) return 0;
    const surface = level + 0.03 - 0.17 * smoothStep(0.12, chest.width, u) ** 2;
    return AIR_CONTRAST * 0.95 * here * smoothStep(surface - 0.03, surface + 0.06, y);
  });
}

/** Air between lung and wall: draws the pleural line and returns the map of what is left of the lungs (1 … 0). */
function pneumothorax(canvas: Canvas, chest: Chest, air: Float32Array): Float32Array {
  const rim = (y: number) => chest.width * (0.32 + 0.42 * smoothStep(0.14, 0.55, y) ** 0.8) - 0.008 * Math.sin(y * 19);
  const top = chest.apex + 0.06;
  const line = curve([
    { x: 0.535, y: top + 0.004 },
    { x: 0.575, y: top },
    ...Array.from({ length: 9 }, (_, i) => ({ x: 0.5 + rim(top + 0.03 + i * 0.064), y: top + 0.03 + i * 0.064 })),
  ]);
  const left = new Float32Array(air.length);
  canvas.field((x, y, i) => {
    const here = air[i] ?? 0;
    const isLung = x < 0.5 ? 1 : smoothStep(-0.003, 0.003, 0.5 + rim(y) - x) * smoothStep(top, top + 0.012, y);
    left[i] = here * isLung;
    if (x < 0.5) return 0;
    return here * (0.06 * isLung - 0.16 * (1 - isLung) * smoothStep(0.78, 0.6, y));
  });
  canvas.tube(line, [0.0034, 0.0034], 0.17, 0, air);
  return left;
}

/** Haze around the hila, thickened septa at the wall and a little fluid on both sides. */
function edema(canvas: Canvas, chest: Chest, air: Float32Array): void {
  canvas.field((x, y, i) => {
    const side = x < 0.5 ? -1 : 1;
    const distance = Math.hypot((x - 0.5 - side * 0.12) / 0.16, (y - 0.5) / 0.2);
    return (air[i] ?? 0) * (0.07 + 0.27 * Math.exp(-distance * distance));
  });
  for (const side of [-1, 1] as const) {
    for (let spot = 0; spot < 150; spot++) {
      const [x, y] = [0.5 + side * (0.08 + 0.2 * chest.random()), 0.3 + 0.4 * chest.random()];
      const radius = 0.006 + 0.02 * chest.random();
      if (lungDepth(chest, side, x, y) > radius) canvas.blob({ x, y }, [radius, radius * 0.8], 0.05, x * 40);
    }
    for (let line = 0; line < 7; line++) {
      const [y, wall] = [0.55 + 0.022 * line, chest.width * 0.985];
      const ends = [
        { x: 0.5 + side * (wall - 0.035), y },
        { x: 0.5 + side * wall, y: y + 0.003 },
      ];
      canvas.tube(ends, [0.0015, 0.0015], 0.06, 0, air);
    }
    effusion(canvas, chest, air, side, 0.69);
  }
}

/** The lead letter L that tells the patient's left. */
function marker(canvas: Canvas): void {
  canvas.tube(
    [
      { x: 0.925, y: 0.045 },
      { x: 0.925, y: 0.085 },
      { x: 0.948, y: 0.085 },
    ],
    [0.004, 0.004],
    1.4,
  );
}

/** Attenuation → film: scatter, quantum noise, a film's curve. */
async function develop(canvas: Canvas, random: () => number, size: number, margin: number): Promise<Uint8Array> {
  const drawn = new Uint8Array(canvas.values.length);
  canvas.values.forEach((attenuation, i) => {
    const noisy = attenuation + 0.007 * normal(random) * (1 + Math.max(0, attenuation));
    const exposed = smoothStep(-0.35, 1.75, noisy) ** 0.95;
    drawn[i] = Math.round(255 * Math.max(0, Math.min(1, exposed * 1.06 - 0.03)));
  });
  const [edge, blur] = [Math.round(margin * size), (SOFTNESS * size) / 1024];
  const inner = size - 2 * edge;
  const film = sharp(drawn, { raw: { width: canvas.size, height: canvas.size, channels: 1 } })
    .resize(inner, inner, { kernel: 'cubic' })
    .extend({ top: edge, bottom: edge, left: edge, right: edge, background: '#0a0a0a' })
    .toColourspace('b-w');
  return (blur < 0.3 ? film : film.blur(blur)).png().toBuffer();
}
