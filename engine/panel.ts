// The finding panel and the pictures for viewers: radiograph, attention overlay, one bar per finding. Everything on it says that it is a draft.
import sharp, { type OverlayOptions } from 'sharp';
import { attentionColour, attentionPixels } from './attention-overlay.ts';
import type { BundleInfo, EncodedImage, Finding } from './engine.ts';
import { lettering, type TextStyle } from './panel-lettering.ts';

const WIDTH = 1280;
const MARGIN = 32;
const FILM_SIDE = 640;
const LIST_LEFT = MARGIN + FILM_SIDE + 44;
const LIST_RIGHT = WIDTH - MARGIN;
const HEADER_HEIGHT = 84;
const ROW_HEIGHT = 68;
const FOOTER_HEIGHT = 74;

const INK = {
  ground: '#0f1418',
  film: '#000000',
  text: '#eef2f5',
  quiet: '#9fb0bd',
  track: '#26313a',
  line: '#33414c',
};
/** Told apart without colour too: present findings are bold and carry a mark. */
const PRESENT = '#ffb454';
const ABSENT = '#5fa8d3';

/** Grey PNG of the display picture, longest side ≤ 1024 px. */
export async function filmPng(image: Pick<EncodedImage, 'display'>): Promise<Uint8Array> {
  const { width, height, pixels } = image.display;
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** RGBA PNG of the attention map, of the size of the display picture; null where the bundle gives none. */
export async function overlayPng(
  image: Pick<EncodedImage, 'attention' | 'display' | 'inputSquare'>,
): Promise<Uint8Array | null> {
  const pixels = attentionPixels(image);
  if (!pixels) return null;
  const { width, height } = image.display;
  return sharp(pixels, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

/** PNG of the display picture under the attention map; null where the bundle gives none. */
export async function overlaidPng(
  image: Pick<EncodedImage, 'attention' | 'display' | 'inputSquare'>,
): Promise<Uint8Array | null> {
  const overlay = await overlayPng(image);
  if (overlay === null) return null;
  const { width, height, pixels } = image.display;
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('srgb')
    .composite([{ input: Buffer.from(overlay), left: 0, top: 0 }])
    .removeAlpha()
    .png()
    .toBuffer();
}

/** PNG of 1280 px width: film with overlay on the left, findings with probability and threshold on the right. */
export async function drawPanel(
  image: EncodedImage,
  bundle: Pick<BundleInfo, 'name' | 'version'>,
): Promise<Uint8Array> {
  const listHeight = Math.max(image.findings.length, 1) * ROW_HEIGHT;
  const bodyHeight = Math.max(FILM_SIDE + 80, listHeight + 40);
  const height = HEADER_HEIGHT + bodyHeight + FOOTER_HEIGHT;
  const frame = filmFrame(image);
  const layers: OverlayOptions[] = [await layer(image.display.pixels, 1, image, frame)];
  const attention = attentionPixels(image);
  if (attention) layers.push(await layer(attention, 4, image, frame));
  const svg = [
    header(image.isChestRadiograph),
    attention ? attentionLegend(frame.top + frame.height + 34) : '',
    ...image.findings.map((finding, i) => findingRow(finding, HEADER_HEIGHT + 12 + i * ROW_HEIGHT)),
    image.findings.length === 0 ? emptyList() : barLegend(HEADER_HEIGHT + 12 + listHeight + 22),
    footer(height, bundle),
  ].join('');
  return sharp({ create: { width: WIDTH, height, channels: 3, background: INK.ground } })
    .composite([...layers, { input: Buffer.from(wrap(svg, height)), left: 0, top: 0 }])
    .removeAlpha()
    .png()
    .toBuffer();
}

interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

function filmFrame({ display }: EncodedImage): Frame {
  const scale = FILM_SIDE / Math.max(display.width, display.height);
  const width = Math.max(1, Math.round(display.width * scale));
  const height = Math.max(1, Math.round(display.height * scale));
  return { left: MARGIN + Math.floor((FILM_SIDE - width) / 2), top: HEADER_HEIGHT, width, height };
}

/** Pixels of the display's size, scaled to the frame on the panel. */
async function layer(
  pixels: Uint8Array,
  channels: 1 | 4,
  { display }: EncodedImage,
  frame: Frame,
): Promise<OverlayOptions> {
  const input = await sharp(pixels, { raw: { width: display.width, height: display.height, channels } })
    .resize(frame.width, frame.height, { fit: 'fill' })
    .png({ compressionLevel: 0 })
    .toBuffer();
  return { input, left: frame.left, top: frame.top };
}

function wrap(content: string, height: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}">${content}</svg>`;
}

function write(line: string, x: number, y: number, style: TextStyle): string {
  return lettering().text(line, x, y, style);
}

function header(isChestRadiograph: boolean): string {
  const title = isChestRadiograph ? 'Radiograph and model attention' : 'Not recognised as a chest radiograph';
  const fill = isChestRadiograph ? INK.text : PRESENT;
  return [
    write(title, MARGIN, 52, { size: 26, fill, weight: 'semibold' }),
    write('Findings by probability', LIST_LEFT, 52, { size: 26, fill: INK.text, weight: 'semibold' }),
  ].join('');
}

function attentionLegend(y: number): string {
  const left = MARGIN + lettering().width('little', 20) + 12;
  const width = 200;
  const stops = Array.from({ length: 11 }, (_, i) => {
    const { rgb } = attentionColour(i / 10);
    return `<stop offset="${i * 10}%" stop-color="rgb(${rgb.join(',')})"/>`;
  });
  return [
    `<defs><linearGradient id="attention">${stops.join('')}</linearGradient></defs>`,
    write('little', MARGIN, y, { size: 20, fill: INK.quiet }),
    `<rect x="${left}" y="${y - 14}" width="${width}" height="14" rx="3" fill="url(#attention)"/>`,
    write('much attention of the model', left + width + 12, y, { size: 20, fill: INK.quiet }),
    write('Attention, not the place of a finding', MARGIN, y + 28, { size: 20, fill: PRESENT }),
  ].join('');
}

function findingRow(finding: Finding, top: number): string {
  const { probability, threshold } = finding;
  const [trackTop, trackHeight, width] = [top + 34, 14, LIST_RIGHT - LIST_LEFT];
  const name = (maxWidth: number, style: TextStyle) =>
    write(lettering().fit(finding.label, maxWidth, style.size, style.weight), LIST_LEFT, top + 22, style);
  if (probability === null || threshold === null) {
    return [
      name(width - 150, { size: 22, fill: INK.quiet }),
      write('not assessed', LIST_RIGHT, top + 22, { size: 20, fill: INK.quiet, anchor: 'end' }),
      `<rect x="${LIST_LEFT + 1}" y="${trackTop + 1}" width="${width - 2}" height="${trackHeight - 2}" rx="6" fill="none" stroke="${INK.line}" stroke-width="2" stroke-dasharray="6 7"/>`,
    ].join('');
  }
  const isPresent = probability >= threshold;
  const fill = isPresent ? PRESENT : ABSENT;
  const barWidth = Math.max(trackHeight, probability * width);
  const tick = LIST_LEFT + threshold * width;
  const weight = isPresent ? ('semibold' as const) : ('regular' as const);
  const value = `${isPresent ? '▲ ' : ''}${percent(probability)}`;
  return [
    name(width - 110, { size: 22, fill: INK.text, weight }),
    write(value, LIST_RIGHT, top + 22, { size: 22, fill: isPresent ? PRESENT : INK.text, weight, anchor: 'end' }),
    `<rect x="${LIST_LEFT}" y="${trackTop}" width="${width}" height="${trackHeight}" rx="7" fill="${INK.track}"/>`,
    `<rect x="${LIST_LEFT}" y="${trackTop}" width="${barWidth.toFixed(1)}" height="${trackHeight}" rx="7" fill="${fill}"/>`,
    `<rect x="${(tick - 1.5).toFixed(1)}" y="${trackTop - 5}" width="3" height="${trackHeight + 10}" fill="${INK.text}" stroke="${INK.ground}" stroke-width="1"/>`,
  ].join('');
}

/** Never 0 or 100: a calibrated probability is not certainty. */
function percent(probability: number): string {
  if (probability < 0.01) return '< 1 %';
  if (probability > 0.99) return '> 99 %';
  return `${Math.round(probability * 100)} %`;
}

function emptyList(): string {
  return write('This bundle gives no probabilities.', LIST_LEFT, HEADER_HEIGHT + 34, { size: 22, fill: INK.quiet });
}

function barLegend(y: number): string {
  return [
    `<rect x="${LIST_LEFT}" y="${y - 18}" width="3" height="22" fill="${INK.text}"/>`,
    write('threshold', LIST_LEFT + 14, y, { size: 20, fill: INK.quiet }),
    write('▲ at or above it', LIST_LEFT + 136, y, { size: 20, fill: PRESENT }),
  ].join('');
}

function footer(height: number, bundle: Pick<BundleInfo, 'name' | 'version'>): string {
  const top = height - FOOTER_HEIGHT + 14;
  const made = `${bundle.name} ${bundle.version}`;
  return [
    `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${top}" y2="${top}" stroke="${INK.line}" stroke-width="1"/>`,
    write('Draft, not for diagnosis', MARGIN, top + 38, { size: 24, fill: PRESENT, weight: 'semibold' }),
    write(lettering().fit(made, 700, 20), WIDTH - MARGIN, top + 37, { size: 20, fill: INK.quiet, anchor: 'end' }),
  ].join('');
}
