// How far two readers agree (Cohen's kappa) and whether two systems differ on the same items (McNemar).

/** Cohen's kappa of two lists of categories: 1 full agreement, 0 what chance gives; null when it is not defined. */
export function cohensKappa(a: readonly string[], b: readonly string[]): number | null {
  const n = a.length;
  if (n === 0 || n !== b.length) return null;
  const categories = new Set([...a, ...b]);
  const share = (list: readonly string[], category: string) => list.filter((value) => value === category).length / n;
  const observed = a.filter((value, index) => value === b[index]).length / n;
  const expected = [...categories].reduce((sum, category) => sum + share(a, category) * share(b, category), 0);
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}

export interface McNemar {
  /** Items that only the first, only the second gets right. */
  onlyFirst: number;
  onlySecond: number;
  /** Two-sided exact binomial p. */
  p: number;
}

/** Exact McNemar test of two systems' being right on the same items. */
export function mcNemar(firstRight: readonly boolean[], secondRight: readonly boolean[]): McNemar {
  let onlyFirst = 0;
  let onlySecond = 0;
  firstRight.forEach((right, index) => {
    if (right && !secondRight[index]) onlyFirst++;
    if (!right && secondRight[index]) onlySecond++;
  });
  const n = onlyFirst + onlySecond;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) tail += Math.exp(logChoose(n, k) - n * Math.LN2);
  return { onlyFirst, onlySecond, p: Math.min(1, 2 * tail) };
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
}
