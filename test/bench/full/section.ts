// What every section of the benchmark gets and gives.
import type { ShapeName } from './shapes.ts';

export interface SectionContext {
  /** Folder of the model files. */
  dir: string;
  shape: ShapeName;
  /** Physical cores. */
  threads: number;
  /** Progress for the person who waits, on stderr. */
  log(text: string): void;
}

export interface Table {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

export interface SectionResult {
  tables: Table[];
  /** The figures as numbers. */
  data: Record<string, unknown>;
}

export type Section = (context: SectionContext) => Promise<SectionResult>;

export const secondsText = (value: number): string =>
  value < 1 ? `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms` : `${value.toFixed(1)} s`;
export const gibText = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A table as aligned plain text that is Markdown at the same time. */
export function tableText({ caption, head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |\n`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return `\n${caption}\n\n${line(head)}${rule}${rows.map(line).join('')}`;
}
