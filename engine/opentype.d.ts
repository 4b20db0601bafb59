// Types for opentype.js 2.0, which ships none; only what the panel's lettering uses.
declare module 'opentype.js' {
  export interface Path {
    toPathData(decimalPlaces?: number): string;
  }
  export interface Glyph {
    advanceWidth?: number;
    getPath(x: number, y: number, fontSize: number): Path;
  }
  export interface Font {
    unitsPerEm: number;
    charToGlyph(character: string): Glyph;
    getKerningValue(left: Glyph, right: Glyph): number;
  }
  /** A CommonJS module: Node knows its default export only. */
  const opentype: { parse(buffer: ArrayBuffer): Font };
  export default opentype;
}
