// The chest of the phantom films: where lungs, heart, bones and vessels lie, and how much each weakens the beam. Shapes are drawn from anatomy books' proportions, no patient's.
import { type Canvas, clouds, curve, normal, type Point, smoothStep } from './canvas.ts';

/** −1 is the left half of the picture (the patient's right side). */
export type Side = -1 | 1;

export interface Chest {
  random: () => number;
  /** Height of the lung apex and of the two domes of the diaphragm, 0 top … 1 bottom. */
  apex: number;
  dome: Record<'-1' | '1', number>;
  /** Half width of the lungs at their widest. */
  width: number;
  /** 1 is a normal heart. */
  heart: number;
  /** 0 … 1 fluid between vessels and air spaces. */
  haze: number;
}

const MIDLINE = 0.5;

/** Negative outside, positive inside, in picture widths: how deep a point lies in one lung. */
export function lungDepth(chest: Chest, side: Side, x: number, y: number): number {
  const u = (x - MIDLINE) * side;
  const t = (y - chest.apex) / (0.86 - chest.apex);
  if (t <= 0 || u <= 0 || u > chest.width) return -1;
  const wall = chest.width * (0.36 + 0.64 * (1 - Math.max(0, 1 - t * 1.35) ** 2.3)) * Math.min(1, (t * 10) ** 0.5);
  const medial = 0.03 + 0.035 * smoothStep(0.1, 0.5, t);
  const dome = chest.dome[side] + 1.5 * Math.max(0, Math.abs(u - 0.17) - 0.01) ** 1.7;
  return softMin(wall - u, u - medial, dome - y, (y - chest.apex) * 0.9);
}

function softMin(...values: number[]): number {
  const k = 70;
  return -Math.log(values.reduce((sum, value) => sum + Math.exp(-k * Math.max(-1, value)), 0)) / k;
}

/** Air along the beam for every pixel, both lungs: 0 outside, rising quickly at the rim to 1. */
export function airMap(canvas: Canvas, chest: Chest): Float32Array {
  const map = new Float32Array(canvas.values.length);
  canvas.field((x, y, i) => {
    const depth = lungDepth(chest, x < MIDLINE ? -1 : 1, x, y);
    map[i] = depth <= 0 ? 0 : Math.sqrt(Math.min(1, depth / 0.11)) * (0.85 + 0.15 * smoothStep(0.25, 0.6, y));
    return 0;
  });
  return map;
}

/** How much less the beam is weakened where there is air and no tissue. */
export const AIR_CONTRAST = 0.66;

/** Neck, shoulders, trunk and upper arms; the lungs are taken out of the trunk. */
export function softTissue(canvas: Canvas, chest: Chest, air: Float32Array): void {
  canvas.field((x, y, i) => {
    const u = Math.abs(x - MIDLINE);
    const shoulders = smoothStep(0.03, 0.21, y);
    const half = 0.115 + (0.62 - 0.115) * shoulders ** 1.2;
    if (u >= half) return 0;
    const trunk = Math.sqrt(1 - (u / half) ** 2) ** 0.6;
    const thicker = 0.72 + 0.2 * smoothStep(0.15, 0.5, y) + 0.28 * smoothStep(0.62, 0.95, y);
    const body = 1.02 * trunk * thicker;
    return body - AIR_CONTRAST * (air[i] ?? 0);
  });
  // Wind pipe and main bronchi: air, so they are taken away.
  canvas.tube(
    curve([
      { x: 0.5, y: 0 },
      { x: 0.503, y: 0.15 },
      { x: 0.497, y: 0.33 },
    ]),
    [0.021, 0.02],
    -0.17,
  );
  canvas.tube(
    [
      { x: 0.497, y: 0.325 },
      { x: 0.445, y: 0.39 },
    ],
    [0.016, 0.012],
    -0.13,
  );
  canvas.tube(
    [
      { x: 0.497, y: 0.325 },
      { x: 0.56, y: 0.4 },
    ],
    [0.015, 0.011],
    -0.12,
  );
  // Gas in the stomach under the left dome, and folds of the axilla.
  canvas.blob({ x: 0.655, y: chest.dome[1] + 0.085 }, [0.075, 0.042], -0.3, 0.15);
}

/** Heart, great vessels and mediastinum as one shadow: where parts overlap the thicker one counts, as one organ. */
export function heart(canvas: Canvas, chest: Chest, air: Float32Array): void {
  const size = chest.heart;
  const floor = (chest.dome[1] + chest.dome[-1]) / 2 + 0.01;
  const sheets: [Point, [number, number], number, number][] = [
    [{ x: 0.5 + 0.052 * size, y: floor - 0.1 * size }, [0.15 * size, 0.112 * size], 0.42, 0.55],
    [{ x: 0.5 - 0.012 * size, y: floor - 0.115 * size }, [0.085 * size, 0.12 * size], 0.4, -0.1],
    [{ x: 0.535, y: floor - 0.225 }, [0.058, 0.11], 0.32, -0.35],
    [{ x: 0.505, y: floor - 0.3 }, [0.05, 0.2], 0.26, 0],
    [{ x: 0.546, y: 0.315 }, [0.038, 0.042], 0.3, 0],
    [{ x: 0.47, y: 0.3 }, [0.032, 0.15], 0.2, 0.04],
  ];
  const shadow = new Float32Array(canvas.values.length);
  for (const [centre, radius, strength, angle] of sheets) {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    canvas.field((x, y, i) => {
      const u = ((x - centre.x) * cos + (y - centre.y) * sin) / radius[0];
      const v = ((y - centre.y) * cos - (x - centre.x) * sin) / radius[1];
      const rest = 1 - u * u - v * v;
      if (rest > 0) shadow[i] = Math.max(shadow[i] ?? 0, strength * rest ** 0.36);
      return 0;
    });
  }
  // Where the heart is, less lung lies before and behind it.
  canvas.field((_x, _y, i) => {
    const here = shadow[i] ?? 0;
    const covered = (air[i] ?? 0) * Math.min(1, here / 0.4) * 0.62;
    air[i] = (air[i] ?? 0) - covered;
    return here * 0.8 + covered * AIR_CONTRAST;
  });
  canvas.tube(
    curve([
      { x: 0.546, y: 0.31 },
      { x: 0.535, y: 0.5 },
      { x: 0.522, y: 0.75 },
    ]),
    [0.026, 0.024],
    0.06,
  );
}

/** Spine, ribs (posterior and, fainter, anterior), collar bones, shoulder blades, heads of the upper arms. */
export function bones(canvas: Canvas, chest: Chest): void {
  for (let i = 0; i < 17; i++) {
    const y = 0.015 + i * 0.06;
    const half = 0.014 + 0.0006 * i;
    canvas.tube(
      [
        { x: MIDLINE - half, y },
        { x: MIDLINE + half, y },
      ],
      [0.0255, 0.0255],
      0.1,
      0.35,
    );
    canvas.tube(
      [
        { x: MIDLINE, y: y + 0.008 },
        { x: MIDLINE, y: y + 0.03 },
      ],
      [0.006, 0.004],
      0.06,
    );
    for (const side of [-1, 1] as const) {
      canvas.blob({ x: MIDLINE + side * 0.024, y: y - 0.006 }, [0.0075, 0.01], 0.07);
      canvas.tube(
        [
          { x: MIDLINE + side * 0.03, y },
          { x: MIDLINE + side * 0.055, y: y - 0.006 },
        ],
        [0.008, 0.007],
        0.05,
      );
    }
  }
  for (const side of [-1, 1] as const) {
    const at = (u: number, y: number): Point => ({ x: MIDLINE + side * u, y });
    for (let rib = 0; rib < 10; rib++) posteriorRib(canvas, chest, at, rib);
    for (let rib = 1; rib < 7; rib++) anteriorRib(canvas, chest, at, rib);
    const tilt = 0.012 * normal(chest.random);
    const clavicle = [
      at(0.032, 0.222),
      at(0.11, 0.2),
      at(0.21, 0.158 + tilt),
      at(0.33, 0.128 + tilt),
      at(0.385, 0.122),
    ];
    canvas.tube(curve(clavicle), [0.0165, 0.0135], 0.26, 0.55);
    canvas.tube(curve([at(0.36, 0.17), at(0.375, 0.3), at(0.345, 0.43), at(0.315, 0.49)]), [0.011, 0.007], 0.13, 0.4);
    canvas.tube(curve([at(0.315, 0.49), at(0.265, 0.37), at(0.255, 0.24)]), [0.006, 0.008], 0.08, 0.3);
    canvas.blob(at(0.315, 0.32), [0.055, 0.15], 0.05, side * -0.12);
    canvas.blob(at(0.445, 0.2), [0.05, 0.052], 0.22, 0, 0.4);
    canvas.tube([at(0.455, 0.22), at(0.53, 0.75)], [0.038, 0.032], 0.24, 0.55);
  }
}

type Place = (u: number, y: number) => Point;

function posteriorRib(canvas: Canvas, chest: Chest, at: Place, rib: number): void {
  const start = chest.apex - 0.012 + rib * 0.058;
  const reach = chest.width * Math.min(1.03, 0.5 + 0.155 * rib);
  const drop = 0.03 + 0.011 * rib;
  const line = curve([
    at(0.04, start),
    at(reach * 0.42, start - 0.012 + drop * 0.12),
    at(reach * 0.78, start + drop * 0.75),
    at(reach * 0.97, start + drop * 1.9),
    at(reach * 1.0, start + drop * 3),
  ]);
  canvas.tube(line, [0.0135, 0.0115], rib < 8 ? 0.15 : 0.11, 0.62);
}

function anteriorRib(canvas: Canvas, chest: Chest, at: Place, rib: number): void {
  const start = chest.apex + 0.1 + rib * 0.066;
  const reach = chest.width * Math.min(1, 0.66 + 0.1 * rib);
  const line = curve([
    at(reach, start),
    at(reach * 0.93, start + 0.05),
    at(reach * 0.7, start + 0.1),
    at(reach * 0.45, start + 0.128),
  ]);
  canvas.tube(line, [0.0125, 0.014], 0.085, 0.55);
}

/** Vessels that branch from the hila outwards, thinner and fainter with every fork; `mask` is 0 where there is no lung. */
export function vessels(canvas: Canvas, chest: Chest, mask: Float32Array): void {
  const { random } = chest;
  const grow = (from: Point, angle: number, length: number, radius: number, depth: number): void => {
    const bend = angle + 0.25 * normal(random);
    const middle = { x: from.x + (Math.cos(angle) * length) / 2, y: from.y + (Math.sin(angle) * length) / 2 };
    const end = { x: middle.x + (Math.cos(bend) * length) / 2, y: middle.y + (Math.sin(bend) * length) / 2 };
    const strength = (0.045 + 4.5 * radius) * (1 - 0.25 * chest.haze);
    canvas.tube([from, middle, end], [radius, radius * 0.75], strength, 0, mask);
    if (depth === 0) return;
    const spread = 0.3 + 0.35 * random();
    grow(end, bend + spread, length * (0.72 + 0.2 * random()), radius * 0.72, depth - 1);
    grow(end, bend - spread * (0.6 + 0.6 * random()), length * (0.72 + 0.2 * random()), radius * 0.72, depth - 1);
  };
  for (const side of [-1, 1] as const) {
    const hilum = { x: MIDLINE + side * 0.085, y: side === 1 ? 0.415 : 0.435 };
    canvas.blob(hilum, [0.03, 0.055], 0.11, side * 0.2);
    const angles = [-1.35, -0.85, -0.3, 0.25, 0.7, 1.15, 1.45];
    for (const angle of angles) {
      const heading = side === 1 ? angle : Math.PI - angle;
      const thickness = (angle > 0 ? 0.0105 : 0.008) * (1 + 0.25 * chest.haze);
      grow(hilum, heading + 0.12 * normal(random), 0.075 + 0.02 * random(), thickness, 4);
    }
  }
}

/** Fine unevenness of tissue everywhere. */
export function texture(canvas: Canvas, chest: Chest): void {
  const coarse = clouds(canvas.size, [5, 9, 17], chest.random);
  const fine = clouds(canvas.size, [60, 130, 260], chest.random);
  canvas.field((_x, _y, i) => 0.022 * (coarse[i] ?? 0) + 0.016 * (fine[i] ?? 0));
}
