// How a film is shown: window and level, inversion, overlay strength, zoom and shift; pure arithmetic that panes share when compared.

export interface FilmView {
  /** Width of the grey window, 1 … 512. */
  window: number;
  /** Grey value at the middle of the window, 0 … 255. */
  level: number;
  invert: boolean;
  overlayOn: boolean;
  /** Opacity of the overlay, 0 … 1. */
  overlayStrength: number;
  /** 1 fits the film into its pane. */
  zoom: number;
  /** Shift of the film's centre from the pane's, as a share of the pane's shorter side, so that panes of any size agree. */
  shiftX: number;
  shiftY: number;
}

export const fullView: FilmView = {
  window: 255,
  level: 128,
  invert: false,
  overlayOn: false,
  overlayStrength: 0.5,
  zoom: 1,
  shiftX: 0,
  shiftY: 0,
};

const minZoom = 0.5;
const maxZoom = 12;
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

export function clampView(view: FilmView): FilmView {
  const zoom = clamp(view.zoom, minZoom, maxZoom);
  return {
    ...view,
    zoom,
    window: Math.round(clamp(view.window, 1, 512)),
    level: Math.round(clamp(view.level, 0, 255)),
    overlayStrength: clamp(view.overlayStrength, 0, 1),
    shiftX: clamp(view.shiftX, -zoom, zoom),
    shiftY: clamp(view.shiftY, -zoom, zoom),
  };
}

/** Zooms by `factor` about a point given as a share of the pane's shorter side from its centre. */
export function zoomAbout(view: FilmView, factor: number, x: number, y: number): FilmView {
  const zoom = clamp(view.zoom * factor, minZoom, maxZoom);
  const scale = zoom / view.zoom;
  return clampView({ ...view, zoom, shiftX: x - (x - view.shiftX) * scale, shiftY: y - (y - view.shiftY) * scale });
}

/** Colour of every grey value as one little-endian RGBA word. */
export function lookupTable(view: Pick<FilmView, 'window' | 'level' | 'invert'>): Uint32Array {
  const table = new Uint32Array(256);
  const low = view.level - view.window / 2;
  for (let grey = 0; grey < 256; grey += 1) {
    const shown = clamp(Math.round(((grey - low) / view.window) * 255), 0, 255);
    const value = view.invert ? 255 - shown : shown;
    table[grey] = 0xff000000 + value * 0x010101;
  }
  return table;
}

/** Window and level that leave out the darkest and brightest hundredth of the pixels. */
export function automaticWindow(grey: Uint8Array): Pick<FilmView, 'window' | 'level'> {
  const counts = new Uint32Array(256);
  for (const value of grey) counts[value] = (counts[value] ?? 0) + 1;
  const bound = (share: number) => {
    let left = grey.length * share;
    for (let value = 0; value < 256; value += 1) {
      left -= counts[value] ?? 0;
      if (left <= 0) return value;
    }
    return 255;
  };
  const low = bound(0.01);
  const high = Math.max(low + 1, bound(0.99));
  return { window: high - low, level: Math.round((low + high) / 2) };
}
