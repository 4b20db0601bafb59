// How findings, turns and confirmations look in a terminal.
import { styleText } from 'node:util';
import type { BundleInfo, Confirmation, Finding } from '../engine/engine.ts';

/** Styles only where a person looks. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  warn(text: string): string;
}

export function styleFor(stream: NodeJS.WriteStream): Style {
  const colours = stream.isTTY && process.env.NO_COLOR === undefined;
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colours ? styleText(format, text) : text;
  return { bold: style('bold'), dim: style('dim'), warn: style('yellow') };
}

const BAR_WIDTH = 20;

function bar(probability: number): string {
  const filled = Math.round(probability * BAR_WIDTH);
  return '█'.repeat(filled) + '·'.repeat(BAR_WIDTH - filled);
}

/** One line for each finding that is assessed, and one that names those that are not. */
export function findingLines(findings: readonly Finding[], style: Style): string[] {
  const assessed = findings.filter(({ probability }) => probability !== null);
  const width = Math.max(0, ...assessed.map(({ label }) => label.length));
  const lines = assessed.map(({ label, probability, threshold }) => {
    const value = probability ?? 0;
    const isPresent = threshold !== null && value >= threshold;
    const line = `${label.padEnd(width)}  ${bar(value)}  ${shown(value).padStart(6)}${isPresent ? '  above threshold' : ''}`;
    return isPresent ? style.bold(line) : line;
  });
  const others = findings.filter(({ probability }) => probability === null).map(({ label }) => label);
  if (others.length > 0) lines.push(style.dim(`not assessed: ${others.join(', ')}`));
  return lines;
}

export function questionLine(question: string, style: Style): string {
  return style.bold(`› ${question}`);
}

/** Beside yes or no what the encoder says of the finding: how surely the language repeats that is no probability of the finding (it is in --json). */
export function confirmationLine({ answer }: Confirmation, { label, probability, threshold }: Finding): string {
  if (probability === null || threshold === null) return `${label}: ${answer}`;
  return `${label}: ${answer} (encoder ${shown(probability)}, threshold ${shown(threshold)})`;
}

/** Two digits, but never 0 or 1, which no model may claim. */
function shown(probability: number): string {
  if (probability < 0.01) return '< 0.01';
  return probability > 0.99 ? '> 0.99' : probability.toFixed(2);
}

/** Stands under everything that is printed for people. */
export function draftNotice({ name, version, intendedUse }: BundleInfo): string {
  return `Draft by ${name} ${version}, to be checked by a radiologist. ${intendedUse}`;
}
