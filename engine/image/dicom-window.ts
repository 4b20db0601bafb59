// Stored DICOM values → grey 0 … 255 as a workstation shows them: modality LUT, VOI LUT or window, MONOCHROME1, padding; percentiles where the file says nothing.
import type { DataSet } from 'dicom-parser';
import type { PixelFormat, Samples } from './dicom-frame.ts';

interface Lut {
  first: number;
  values: Float64Array;
  max: number;
}

/** Shares of pixels below and above which the fallback clips. */
const LOW_PERCENTILE = 0.005;
const HIGH_PERCENTILE = 0.995;
/** A window that leaves fewer grey levels than this between the percentiles shows nothing. */
const MIN_VISIBLE_LEVELS = 24;

/** First item of a LUT sequence: LUT Descriptor (0028,3002), LUT Data (0028,3006); PS3.3 C.11.1.1 and C.11.2.1.1. */
function readLut(dataSet: DataSet, sequenceTag: string, isSigned: boolean): Lut | null {
  const item = dataSet.elements[sequenceTag]?.items?.[0]?.dataSet;
  const data = item?.elements.x00283006;
  const entries = item?.uint16('x00283002', 0);
  const bits = item?.uint16('x00283002', 2);
  const first = isSigned ? item?.int16('x00283002', 1) : item?.uint16('x00283002', 1);
  if (!item || !data || entries === undefined || bits === undefined || first === undefined) return null;
  const count = entries === 0 ? 65536 : entries;
  const values = new Float64Array(count);
  const isByteData = data.length < count * 2;
  if (data.length < count) return null;
  for (let i = 0; i < count; i++) {
    values[i] = isByteData ? (item.byteArray[data.dataOffset + i] ?? 0) : (item.uint16('x00283006', i) ?? 0);
  }
  // Some files state fewer bits than their entries have, or none.
  const max = values.reduce((most, value) => Math.max(most, value), 2 ** Math.min(bits, 16) - 1);
  return max > 0 ? { first, values, max } : null;
}

function lookUp(lut: Lut, x: number): number {
  const index = Math.max(0, Math.min(lut.values.length - 1, Math.round(x) - lut.first));
  return lut.values[index] ?? 0;
}

/** Bits Stored below High Bit, two's complement if signed (PS3.5 8.1.1); bits above may hold overlays. */
function storedValue(raw: number, format: PixelFormat): number {
  const shift = format.highBit + 1 - format.bitsStored;
  const value = (raw >> shift) & (2 ** format.bitsStored - 1);
  return format.isSigned && value >= 2 ** (format.bitsStored - 1) ? value - 2 ** format.bitsStored : value;
}

/** PS3.3 C.11.2.1.2 (LINEAR) and C.11.2.1.3 (SIGMOID, LINEAR_EXACT), result in [0, 1]. */
function windowed(x: number, centre: number, width: number, shape: string): number {
  if (shape === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (x - centre)) / width));
  const position =
    shape === 'LINEAR_EXACT'
      ? (x - centre) / width + 0.5
      : width <= 1
        ? x > centre - 0.5
          ? 1
          : 0
        : (x - (centre - 0.5)) / (width - 1) + 0.5;
  return Math.max(0, Math.min(1, position));
}

interface Histogram {
  /** How often each raw value occurs, padding left out. */
  counts: Uint32Array;
  total: number;
}

function percentileRange(histogram: Histogram, modality: Float64Array): [number, number] {
  const values: { value: number; count: number }[] = [];
  histogram.counts.forEach((count, raw) => {
    if (count > 0) values.push({ value: modality[raw] ?? 0, count });
  });
  values.sort((a, b) => a.value - b.value);
  const at = (share: number): number => {
    let seen = 0;
    for (const { value, count } of values) {
      seen += count;
      if (seen >= share * histogram.total) return value;
    }
    return values.at(-1)?.value ?? 0;
  };
  return [at(LOW_PERCENTILE), at(HIGH_PERCENTILE)];
}

/** Pixel Padding Value (0028,0120) to Range Limit (0028,0121), PS3.3 C.7.5.1.1.2; null where the file has none. */
function paddingRange(dataSet: DataSet, format: PixelFormat): [number, number] | null {
  const read = (tag: string) => (format.isSigned ? dataSet.int16(tag) : dataSet.uint16(tag));
  const first = read('x00280120');
  if (first === undefined) return null;
  const last = read('x00280121') ?? first;
  return first <= last ? [first, last] : [last, first];
}

/** The file's own VOI as a function to [0, 1], or null: LUT before window, as viewers do; the first of several. */
function voiOf(dataSet: DataSet, isSigned: boolean): ((x: number) => number) | null {
  const lut = readLut(dataSet, 'x00283010', isSigned);
  if (lut) return (x) => lookUp(lut, x) / lut.max;
  const centre = dataSet.floatString('x00281050', 0);
  const width = dataSet.floatString('x00281051', 0);
  if (centre === undefined || width === undefined) return null;
  if (!Number.isFinite(centre) || !Number.isFinite(width) || width <= 0) return null;
  const shape = (dataSet.string('x00281056') ?? 'LINEAR').trim();
  return (x) => windowed(x, centre, width, shape);
}

/** Numbers that no film has (text, infinities) count as absent: with them every grey would be no number, and the film's findings neither. */
function rescaleOf(dataSet: DataSet): { slope: number; intercept: number } {
  const sane = (value: number | undefined) => (value !== undefined && Math.abs(value) < 1e9 ? value : undefined);
  return {
    slope: sane(dataSet.floatString('x00281053')) || 1,
    intercept: sane(dataSet.floatString('x00281052')) ?? 0,
  };
}

/** Presentation LUT Shape (2050,0020) says how the output is shown and, as in DCMTK and dcm4che, goes before the photometric interpretation (PS3.3 C.11.6). */
function isShownInverse(dataSet: DataSet, { photometric }: PixelFormat): boolean {
  const shape = dataSet.string('x20500020')?.trim();
  if (shape === 'INVERSE') return true;
  return shape !== 'IDENTITY' && photometric === 'MONOCHROME1';
}

/**
 * A table from raw sample (0 … 2^bitsAllocated − 1) to grey in [0, 255]. `warnings` tells the person where the file's
 * window was of no use and percentiles were taken instead.
 */
export function greyTable(
  dataSet: DataSet,
  format: PixelFormat,
  frame: Samples,
): { table: Float32Array; warnings: string[] } {
  const size = 2 ** format.bitsAllocated;
  const padding = paddingRange(dataSet, format);
  const modalityLut = readLut(dataSet, 'x00283000', format.isSigned);
  const { slope, intercept } = rescaleOf(dataSet);
  const modality = new Float64Array(size);
  const isPadding = new Uint8Array(size);
  for (let raw = 0; raw < size; raw++) {
    const value = storedValue(raw, format);
    modality[raw] = modalityLut ? lookUp(modalityLut, value) : value * slope + intercept;
    if (padding && value >= padding[0] && value <= padding[1]) isPadding[raw] = 1;
  }
  const counts = new Uint32Array(size);
  for (const raw of frame) counts[raw] = (counts[raw] ?? 0) + 1;
  let total = frame.length;
  for (let raw = 0; raw < size; raw++) {
    if (isPadding[raw]) {
      total -= counts[raw] ?? 0;
      counts[raw] = 0;
    }
  }
  const [low, high] = percentileRange({ counts, total }, modality);
  const isEightBit = format.bitsStored === 8 && !modalityLut;
  const warnings: string[] = [];
  const byPercentile = (x: number) => (high > low ? Math.max(0, Math.min(1, (x - low) / (high - low))) : 0.5);
  const byRange = (x: number) => Math.max(0, Math.min(1, (x - (modality[0] ?? 0)) / 255 / slope));
  let voi = voiOf(dataSet, format.isSigned && !modalityLut);
  if (voi && Math.abs(voi(high) - voi(low)) * 255 < MIN_VISIBLE_LEVELS && high > low) {
    voi = null;
    warnings.push("The file's own window hides the picture; brightness was set from its pixels instead.");
  }
  // 8-bit films without a window are ready for display, as a PNG is.
  const isDisplayReady =
    isEightBit && !format.isSigned && (byRange(high) - byRange(low)) * 255 >= 4 * MIN_VISIBLE_LEVELS;
  const show = voi ?? (isDisplayReady && warnings.length === 0 ? byRange : byPercentile);
  const isInverted = isShownInverse(dataSet, format);
  const table = new Float32Array(size);
  for (let raw = 0; raw < size; raw++) {
    const value = show(modality[raw] ?? 0) * 255;
    table[raw] = isPadding[raw] ? 0 : isInverted ? 255 - value : value;
  }
  return { table, warnings };
}
