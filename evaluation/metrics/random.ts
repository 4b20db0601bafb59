// Random numbers that a seed fixes: the same seed gives the same figures on every machine.
import { createHash } from 'node:crypto';
import { seededRandom } from '../../engine/seeded-random.ts';

/** A stable unsigned 32-bit number for a text: first four bytes of its SHA-256, big endian. */
export function hash32(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

/** `items` in an order that only the seed decides (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
