// One pane of the viewer: draws a film on a canvas and turns mouse, touch, wheel and keys into changes of the shared view.
import { h } from './element.ts';
import type { FilmPixels } from './film-pixels.ts';
import { clampView, type FilmView, lookupTable, zoomAbout } from './film-view.ts';

export type DragTool = 'window' | 'pan';

export interface FilmPane {
  readonly element: HTMLElement;
  show(film: FilmPixels | null, caption: string, description: string): void;
  draw(view: FilmView): void;
}

export function createFilmPane(options: {
  tool: () => DragTool;
  view: () => FilmView;
  change: (view: FilmView) => void;
  reset: () => void;
}): FilmPane {
  const canvas = h('canvas', { class: 'film-canvas', attributes: { tabindex: 0, role: 'img' } });
  const caption = h('span', { class: 'film-caption' });
  const readout = h('span', { class: 'film-readout' });
  const draft = h('span', { class: 'film-draft' }, 'DRAFT · NOT FOR DIAGNOSIS');
  const legend = h(
    'span',
    { class: 'film-legend', attributes: { hidden: true } },
    'little',
    h('span', { class: 'film-legend-bar' }),
    'much',
    h('span', { class: 'film-legend-caution' }, 'Attention, not the place of a finding'),
  );
  const element = h('div', { class: 'film-pane' }, canvas, caption, readout, draft, legend);
  const drawing = canvas.getContext('2d');
  let film: FilmPixels | null = null;
  /** The film with window, level and inversion applied; redone only when these change. */
  let windowed: OffscreenCanvas | null = null;
  let windowedFor = '';
  let frame = 0;

  function applyWindow(view: FilmView): void {
    if (!film) return;
    const wanted = `${view.window} ${view.level} ${view.invert}`;
    if (windowed && windowedFor === wanted) return;
    windowed ??= new OffscreenCanvas(film.width, film.height);
    const target = windowed.getContext('2d');
    if (!target) return;
    const picture = target.createImageData(film.width, film.height);
    const words = new Uint32Array(picture.data.buffer);
    const table = lookupTable(view);
    for (let index = 0; index < words.length; index += 1) words[index] = table[film.grey[index] ?? 0] ?? 0;
    target.putImageData(picture, 0, 0);
    windowedFor = wanted;
  }

  function drawNow(): void {
    frame = 0;
    if (!drawing) return;
    const view = options.view();
    legend.hidden = !(view.overlayOn && film?.overlay);
    const { width, height } = canvas;
    drawing.setTransform(1, 0, 0, 1, 0, 0);
    drawing.clearRect(0, 0, width, height);
    if (!film) return;
    applyWindow(view);
    if (!windowed) return;
    const side = Math.min(width, height);
    const scale = Math.min(width / film.width, height / film.height) * view.zoom;
    drawing.setTransform(scale, 0, 0, scale, width / 2 + view.shiftX * side, height / 2 + view.shiftY * side);
    drawing.imageSmoothingQuality = 'high';
    drawing.drawImage(windowed, -film.width / 2, -film.height / 2);
    if (view.overlayOn && film.overlay) {
      drawing.globalAlpha = view.overlayStrength;
      drawing.drawImage(film.overlay, -film.width / 2, -film.height / 2, film.width, film.height);
      drawing.globalAlpha = 1;
    }
    readout.textContent = `W ${view.window}  L ${view.level}  ${Math.round(view.zoom * 100)} %${view.invert ? '  inverted' : ''}`;
  }

  const draw = () => {
    if (frame === 0) frame = requestAnimationFrame(drawNow);
  };

  new ResizeObserver(() => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    drawNow();
  }).observe(canvas);

  /** A point as a share of the pane's shorter side from its centre. */
  function share(event: { clientX: number; clientY: number }): { x: number; y: number } {
    const box = canvas.getBoundingClientRect();
    const side = Math.min(box.width, box.height) || 1;
    return {
      x: (event.clientX - box.left - box.width / 2) / side,
      y: (event.clientY - box.top - box.height / 2) / side,
    };
  }

  const pointers = new Map<number, { clientX: number; clientY: number }>();
  let dragged: DragTool = 'window';
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    const other = event.button === 1 || event.button === 2 || event.shiftKey;
    const tool = options.tool();
    dragged = other ? (tool === 'pan' ? 'window' : 'pan') : tool;
    if (event.button === 1) event.preventDefault();
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const view = options.view();
    const [first, second] = [...pointers.values()];
    if (first && second) {
      const spread = (a: typeof first, b: typeof first) =>
        Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1;
      const still = before === first ? second : first;
      const middle = { clientX: (still.clientX + event.clientX) / 2, clientY: (still.clientY + event.clientY) / 2 };
      const { x, y } = share(middle);
      options.change(zoomAbout(view, spread(still, event) / spread(still, before), x, y));
    } else if (dragged === 'pan') {
      const [from, to] = [share(before), share(event)];
      options.change(clampView({ ...view, shiftX: view.shiftX + to.x - from.x, shiftY: view.shiftY + to.y - from.y }));
    } else {
      const window = view.window + (event.clientX - before.clientX);
      options.change(clampView({ ...view, window, level: view.level + (event.clientY - before.clientY) / 2 }));
    }
    pointers.set(event.pointerId, event);
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener('dblclick', options.reset);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { x, y } = share(event);
      options.change(zoomAbout(options.view(), Math.exp(-event.deltaY * 0.0015), x, y));
    },
    { passive: false },
  );
  canvas.addEventListener('keydown', (event) => {
    const step = 0.05;
    const view = options.view();
    const moves: Record<string, Partial<FilmView>> = {
      ArrowLeft: { shiftX: view.shiftX + step },
      ArrowRight: { shiftX: view.shiftX - step },
      ArrowUp: { shiftY: view.shiftY + step },
      ArrowDown: { shiftY: view.shiftY - step },
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    options.change(clampView({ ...view, ...move }));
  });

  return {
    element,
    draw,
    show(next, text, description) {
      if (film !== next) {
        film = next;
        windowed = null;
      }
      caption.textContent = text;
      canvas.setAttribute('aria-label', description);
      draw();
    },
  };
}
