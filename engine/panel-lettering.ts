// Text as SVG paths from a typeface that comes with the package, because the machine that draws the panel may have no fonts at all.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype, { type Font } from 'opentype.js';

export type Weight = 'regular' | 'semibold';

/** Inter (SIL Open Font License 1.1). */
const FILES: Record<Weight, string> = {
  regular: '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf',
  semibold: '@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf',
};

export interface TextStyle {
  /** Height of the em square in pixels. */
  size: number;
  fill: string;
  weight?: Weight;
  anchor?: 'start' | 'middle' | 'end';
}

export interface Lettering {
  /** An SVG path of one line with its baseline at y. */
  text(line: string, x: number, y: number, style: TextStyle): string;
  /** Width in pixels. */
  width(line: string, size: number, weight?: Weight): number;
  /** The line shortened with an ellipsis to at most `maxWidth` pixels. */
  fit(line: string, maxWidth: number, size: number, weight?: Weight): string;
}

let loaded: Lettering | undefined;

/** Reads the typeface once per process. */
export function lettering(): Lettering {
  loaded ??= createLettering();
  return loaded;
}

function createLettering(): Lettering {
  const require = createRequire(import.meta.url);
  const load = (weight: Weight): Font =>
    opentype.parse(new Uint8Array(readFileSync(require.resolve(FILES[weight]))).buffer);
  const fonts: Record<Weight, Font> = { regular: load('regular'), semibold: load('semibold') };

  /** Glyph by glyph with kerning: opentype.js 2.0 does not know all of Inter's substitution lookups, and labels need none. */
  function layOut(
    line: string,
    size: number,
    weight: Weight,
  ): { glyphs: { path: string; x: number }[]; width: number } {
    const font = fonts[weight];
    const scale = size / font.unitsPerEm;
    const glyphs: { path: string; x: number }[] = [];
    let x = 0;
    let previous: ReturnType<Font['charToGlyph']> | undefined;
    for (const character of line) {
      const glyph = font.charToGlyph(character);
      if (previous) x += font.getKerningValue(previous, glyph) * scale;
      glyphs.push({ path: glyph.getPath(0, 0, size).toPathData(2), x });
      x += (glyph.advanceWidth ?? 0) * scale;
      previous = glyph;
    }
    return { glyphs, width: x };
  }

  const width = (line: string, size: number, weight: Weight = 'regular') => layOut(line, size, weight).width;

  return {
    width,
    text(line, x, y, { size, fill, weight = 'regular', anchor = 'start' }) {
      const { glyphs, width: total } = layOut(line, size, weight);
      const left = x - (anchor === 'middle' ? total / 2 : anchor === 'end' ? total : 0);
      const paths = glyphs
        .filter(({ path }) => path !== '')
        .map((glyph) => `<path transform="translate(${glyph.x.toFixed(2)} 0)" d="${glyph.path}"/>`);
      return `<g fill="${fill}" transform="translate(${left.toFixed(2)} ${y.toFixed(2)})">${paths.join('')}</g>`;
    },
    fit(line, maxWidth, size, weight) {
      if (width(line, size, weight) <= maxWidth) return line;
      const characters = [...line];
      while (characters.length > 1 && width(`${characters.join('')}…`, size, weight) > maxWidth) characters.pop();
      return `${characters.join('').trimEnd()}…`;
    },
  };
}
