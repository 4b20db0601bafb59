// Times as a teacher writes them ("20 min", "1 h", "90 s") and as they are told.

const SECOND_MS = 1_000;
const UNITS_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_MS = 7 * 86_400_000;
const WRITTEN = /^(\d{1,5}(?:\.\d)?)\s*(s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?|d|days?)?$/i;

export const DURATION_RULE = 'a time from 1 s to 7 days, like "20 min", "1 h" or "2 days"';

/** Milliseconds, minutes where no unit is named; null if it is no time that a case can have. */
export function readDuration(text: string): number | null {
  const [, amount = '', unit = 'm'] = WRITTEN.exec(text.trim()) ?? [];
  const ms = Number(amount || Number.NaN) * (UNITS_MS[unit.charAt(0).toLowerCase()] ?? Number.NaN);
  return ms >= SECOND_MS && ms <= MAX_MS ? ms : null;
}

/** In whole units, rounded up: nobody is promised more time than there is left by less than one of them. */
export function shownDuration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / SECOND_MS));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.ceil(seconds / 3_600)} h`;
  return `${Math.ceil(seconds / 86_400)} days`;
}
