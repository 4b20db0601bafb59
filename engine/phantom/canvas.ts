// A sheet of X-ray attenuation on which bones, vessels and soft tissue are laid as path lengths; used by the phantom films only.

export interface Point {
  x: number;
  y: number;
}

/** Standard normal by Box and Muller. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function smoothStep(from: number, to: number, x: number): number {
  const t = Math.max(0, Math.min(1, (x - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** A square of `size` × `size` attenuation values; positions are 0 … 1 from the top left corner. */
export interface Canvas {
  size: number;
  values: Float32Array;
  /** Adds `value(x, y, i)` to every pixel; i is its index in `values`. */
  field(value: (x: number, y: number, i: number) => number): void;
  /** Adds a tube along a line; radii at its ends, `wall` 0 (solid) … 1 (only its wall shows), `mask` in 0 … 1 for every pixel. */
  tube(line: readonly Point[], radius: [number, number], strength: number, wall?: number, mask?: Float32Array): void;
  /** Adds an ellipsoid, turned by `angle` radians; `flatness` 0.5 is a ball, less is a box with soft edges. */
  blob(centre: Point, radius: [number, number], strength: number, angle?: number, flatness?: number): void;
}

export function createCanvas(size: number): Canvas {
  const values = new Float32Array(size * size);

  function forBox(
    left: number,
    top: number,
    right: number,
    bottom: number,
    value: (x: number, y: number, i: number) => number,
  ): void {
    const [x0, x1] = [Math.max(0, Math.floor(left * size)), Math.min(size, Math.ceil(right * size))];
    const [y0, y1] = [Math.max(0, Math.floor(top * size)), Math.min(size, Math.ceil(bottom * size))];
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const at = y * size + x;
        values[at] = (values[at] ?? 0) + value((x + 0.5) / size, (y + 0.5) / size, at);
      }
    }
  }

  return {
    size,
    values,
    field: (value) => forBox(0, 0, 1, 1, value),
    tube(line, radius, strength, wall = 0, mask) {
      const pad = Math.max(...radius) + 2 / size;
      const xs = line.map((point) => point.x);
      const ys = line.map((point) => point.y);
      forBox(Math.min(...xs) - pad, Math.min(...ys) - pad, Math.max(...xs) + pad, Math.max(...ys) + pad, (x, y, i) => {
        if (mask && mask[i] === 0) return 0;
        const { distance, along } = nearest(line, x, y);
        const r = radius[0] + (radius[1] - radius[0]) * along;
        if (distance >= r) return 0;
        const path = Math.sqrt(1 - (distance / r) ** 2);
        const inner = distance < r * 0.7 ? Math.sqrt(1 - (distance / (r * 0.7)) ** 2) * 0.7 : 0;
        return strength * (path - wall * inner) * (mask ? (mask[i] ?? 0) : 1);
      });
    },
    blob(centre, [a, b], strength, angle = 0, flatness = 0.5) {
      const reach = Math.max(a, b);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      forBox(centre.x - reach, centre.y - reach, centre.x + reach, centre.y + reach, (x, y) => {
        const u = ((x - centre.x) * cos + (y - centre.y) * sin) / a;
        const v = ((y - centre.y) * cos - (x - centre.x) * sin) / b;
        const rest = 1 - u * u - v * v;
        return rest > 0 ? strength * rest ** flatness : 0;
      });
    },
  };
}

/** Distance to a polyline and how far along it (0 … 1) the nearest point lies. */
function nearest(line: readonly Point[], x: number, y: number): { distance: number; along: number } {
  let best = Number.POSITIVE_INFINITY;
  let along = 0;
  for (let i = 0; i + 1 < line.length; i++) {
    const p = line[i] as Point;
    const q = line[i + 1] as Point;
    const [dx, dy] = [q.x - p.x, q.y - p.y];
    const t = Math.max(0, Math.min(1, ((x - p.x) * dx + (y - p.y) * dy) / (dx * dx + dy * dy + 1e-12)));
    const squared = (x - p.x - t * dx) ** 2 + (y - p.y - t * dy) ** 2;
    if (squared < best) {
      best = squared;
      along = (i + t) / (line.length - 1);
    }
  }
  return { distance: Math.sqrt(best), along };
}

/** Catmull-Rom curve through the points, `steps` pieces between each two. */
export function curve(points: readonly Point[], steps = 8): Point[] {
  const at = (i: number): Point => points[Math.max(0, Math.min(points.length - 1, i))] as Point;
  const out: Point[] = [at(0)];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      const mix = (key: 'x' | 'y') =>
        0.5 *
        (2 * b[key] +
          (c[key] - a[key]) * t +
          (2 * a[key] - 5 * b[key] + 4 * c[key] - d[key]) * t * t +
          (3 * b[key] - a[key] - 3 * c[key] + d[key]) * t * t * t);
      out.push({ x: mix('x'), y: mix('y') });
    }
  }
  return out;
}

/** Smooth noise of several octaves in about −1 … 1. */
export function clouds(size: number, octaves: readonly number[], random: () => number): Float32Array {
  const out = new Float32Array(size * size);
  for (const cells of octaves) {
    const grid = Float32Array.from({ length: (cells + 2) * (cells + 2) }, () => normal(random));
    for (let y = 0; y < size; y++) {
      const v = (y / size) * cells;
      const [row, fv] = [Math.floor(v), smoothStep(0, 1, v - Math.floor(v))];
      for (let x = 0; x < size; x++) {
        const u = (x / size) * cells;
        const [column, fu] = [Math.floor(u), smoothStep(0, 1, u - Math.floor(u))];
        const corner = row * (cells + 2) + column;
        const top = (grid[corner] ?? 0) * (1 - fu) + (grid[corner + 1] ?? 0) * fu;
        const bottom = (grid[corner + cells + 2] ?? 0) * (1 - fu) + (grid[corner + cells + 3] ?? 0) * fu;
        out[y * size + x] = (out[y * size + x] ?? 0) + (top * (1 - fv) + bottom * fv) / octaves.length;
      }
    }
  }
  return out;
}
