// Counts what is right of what was measured, and prints it as the model card's table.
export interface Scores {
  /** `shown`: what went wrong, printed if asked for. */
  add(measured: string, isRight: boolean, shown: () => string): void;
  table(): string;
  all(): Record<string, { right: number; of: number }>;
}

export function createScores(options: { show: boolean }): Scores {
  const scores = new Map<string, { right: number; of: number }>();
  const percent = ({ right, of }: { right: number; of: number }) => `${((100 * right) / of).toFixed(1)} %`;
  return {
    add(measured, isRight, shown) {
      const entry = scores.get(measured) ?? { right: 0, of: 0 };
      scores.set(measured, { right: entry.right + Number(isRight), of: entry.of + 1 });
      if (!isRight && options.show) console.log(`- ${measured}: ${shown()}`);
    },
    table() {
      const rows = [...scores].map(([name, entry]) => `| ${name} | ${percent(entry)} | ${entry.right}/${entry.of} |`);
      return ['| measured | share | of |', '| --- | --- | --- |', ...rows].join('\n');
    },
    all: () => Object.fromEntries(scores),
  };
}
