// The film viewer: toolbar, one pane or two side by side, the strip of films, and the findings of the film in view.
import type { FilmFinding } from '../../../bot/contract.ts';
import * as api from './api.ts';
import { iconButton, setPressed, slider } from './controls.ts';
import { createKeyedList, h, setAttribute } from './element.ts';
import { createFilmPane, type DragTool } from './film-pane.ts';
import { createFilmShelf, type FilmPixels } from './film-pixels.ts';
import { automaticWindow, clampView, type FilmView, fullView, zoomAbout } from './film-view.ts';
import { createFindingsPanel } from './findings-panel.ts';
import { icon } from './icons.ts';
import type { FilmInThread, RoomState } from './room-state.ts';

export interface FilmViewer {
  readonly element: HTMLElement;
  /** Brings the film of this index into view. */
  select(image: number): void;
  /** Takes a key pressed anywhere on the page; true if it meant something. */
  key(key: string): boolean;
  refresh(): void;
}

export function createFilmViewer(
  room: RoomState,
  onConfirm: (film: FilmInThread, finding: FilmFinding) => void,
): FilmViewer {
  const shelf = createFilmShelf();
  let view: FilmView = fullView;
  let tool: DragTool = 'window';
  let selected: number | null = null;
  let compared: number | null = null;
  /** Picture of the film that came last: another one is brought into view. */
  let newest = '';
  let pixels: FilmPixels | null = null;
  /** Pictures of revealed films whose overlay was switched on once; what the person does afterwards stays. */
  const unveiled = new Set<string>();
  let turn = 0;

  const reset = () => change({ ...fullView, overlayOn: view.overlayOn, overlayStrength: view.overlayStrength });
  const paneParts = { tool: () => tool, view: () => view, change: (next: FilmView) => change(next), reset };
  const main = createFilmPane(paneParts);
  const other = createFilmPane(paneParts);
  const panes = h('div', { class: 'film-panes' }, main.element, other.element);
  const findings = createFindingsPanel((finding) => {
    const film = current();
    if (film) onConfirm(film, finding);
  });

  const windowTool = iconButton('contrast', 'Drag for window and level', () => setTool('window'), 'W');
  const panTool = iconButton('pan', 'Drag to move', () => setTool('pan'), 'P');
  const invert = iconButton('invert', 'Invert', () => change({ ...view, invert: !view.invert }), 'I');
  const overlay = iconButton(
    'overlay',
    'Attention overlay',
    () => change({ ...view, overlayOn: !view.overlayOn }),
    'O',
  );
  const windowSlider = slider('Window', 'W', { min: 1, max: 512, step: 1 }, (window) => change({ ...view, window }));
  const levelSlider = slider('Level', 'L', { min: 0, max: 255, step: 1 }, (level) => change({ ...view, level }));
  const strength = slider('Overlay strength', '', { min: 0, max: 100, step: 1 }, (percent) =>
    change({ ...view, overlayOn: percent > 0, overlayStrength: percent / 100 }),
  );
  const zoom = (factor: number) => change(zoomAbout(view, factor, 0, 0));
  const auto = h(
    'button',
    { class: 'button plain small', attributes: { type: 'button', title: 'Window and level from the film itself (A)' } },
    'Auto',
  );
  auto.addEventListener('click', () => automatic());
  const compare = h('select', { attributes: { 'aria-label': 'Compare with another film' } });
  compare.addEventListener('change', () => {
    compared = compare.value === '' ? null : Number(compare.value);
    refresh();
  });
  const compareGroup = h('label', { class: 'compare' }, icon('compare'), compare);
  const toolbar = h(
    'div',
    { class: 'film-toolbar', attributes: { role: 'toolbar', 'aria-label': 'Film' } },
    h('div', { class: 'tool-group' }, windowTool, panTool),
    h(
      'div',
      { class: 'tool-group' },
      iconButton('minus', 'Zoom out', () => zoom(1 / 1.25), '-'),
      iconButton('plus', 'Zoom in', () => zoom(1.25), '+'),
      iconButton('fit', 'Fit and reset', reset, '0'),
    ),
    h('div', { class: 'tool-group' }, invert, auto, windowSlider.element, levelSlider.element),
    h('div', { class: 'tool-group' }, overlay, strength.element),
  );

  const strip = h('div', {
    class: 'film-strip',
    attributes: { role: 'group', 'aria-label': 'Films of this conversation' },
  });
  const thumbnailList = h('div', { class: 'thumbnails' });
  strip.append(thumbnailList, compareGroup);
  const thumbnails = createKeyedList<FilmInThread>(
    thumbnailList,
    ({ film }) => film.png,
    ({ film }) => {
      const image = h('img', {
        attributes: { alt: '', src: api.blobUrl(room.openId ?? '', film.png), width: 56, height: 56 },
      });
      const button = h(
        'button',
        { class: 'thumbnail', attributes: { type: 'button' } },
        image,
        `Film ${film.image + 1}`,
      );
      button.addEventListener('click', () => select(film.image));
      const update = () => setPressed(button, film.image === selected);
      update();
      return { element: button, update };
    },
  );
  const element = h('section', { class: 'viewer', attributes: { 'aria-label': 'Film viewer' } }, toolbar, panes, strip);
  element.append(findings.element);

  const films = () => room.films();
  const find = (image: number | null) => films().find(({ film }) => film.image === image);
  const current = () => find(selected);

  function setTool(next: DragTool): void {
    tool = next;
    setPressed(windowTool, tool === 'window');
    setPressed(panTool, tool === 'pan');
    element.dataset.tool = tool;
  }

  function change(next: FilmView): void {
    view = clampView(next);
    windowSlider.set(view.window);
    levelSlider.set(view.level);
    strength.set(Math.round(view.overlayStrength * 100));
    setPressed(invert, view.invert);
    setPressed(overlay, view.overlayOn);
    main.draw(view);
    other.draw(view);
  }

  function automatic(): void {
    if (pixels) change({ ...view, ...automaticWindow(pixels.grey) });
  }

  const isRevealed = ({ post, film }: FilmInThread) =>
    film.overlay !== null &&
    room.posts.some((other) => other.id !== post && other.film?.image === film.image && other.film.overlay === null);

  function describe({ film }: FilmInThread): string {
    if (film.findings.length === 0) return `Radiograph ${film.image + 1}.`;
    const above = film.findings.filter(({ probability, threshold }) => (probability ?? -1) >= (threshold ?? 2));
    const names = above.map(({ label }) => label).join(', ') || 'none';
    return `Radiograph ${film.image + 1}. Findings above threshold: ${names}.`;
  }

  async function showIn(pane: typeof main, shown: FilmInThread | undefined, isMain: boolean): Promise<void> {
    const thread = room.openId;
    if (!shown || !thread) return pane.show(null, '', 'No film');
    const asked = turn;
    const total = films().length;
    const caption = total > 1 ? `Film ${shown.film.image + 1} of ${total}` : 'Film 1';
    try {
      const loaded = await shelf.load(thread, shown.film);
      if (asked !== turn) return;
      if (isMain) pixels = loaded;
      pane.show(loaded, caption, describe(shown));
    } catch {
      if (asked === turn) pane.show(null, `${caption} could not be loaded`, 'The film could not be loaded.');
    }
  }

  function refresh(): void {
    turn += 1;
    const all = films();
    const last = room.posts.findLast(({ film }) => film !== null)?.film ?? null;
    if (last && last.png !== newest) selected = last.image;
    newest = last?.png ?? '';
    if (!find(selected)) selected = all.at(-1)?.film.image ?? null;
    if (compared === selected || !find(compared)) compared = null;
    element.hidden = all.length === 0;
    strip.hidden = all.length < 2;
    thumbnails.update(all);
    const choices = all.filter(({ film }) => film.image !== selected);
    compare.replaceChildren(
      h('option', { attributes: { value: '' } }, 'Side by side …'),
      ...choices.map(({ film }) => h('option', { attributes: { value: film.image } }, `with film ${film.image + 1}`)),
    );
    compare.value = compared === null ? '' : String(compared);
    other.element.hidden = compared === null;
    const film = current();
    const hasOverlay = Boolean(film?.film.overlay);
    setAttribute(overlay, 'disabled', !hasOverlay);
    strength.enable(hasOverlay);
    // Of a film that was shown without it before, as in a case, the overlay is news.
    if (film && isRevealed(film) && !unveiled.has(film.film.png)) {
      unveiled.add(film.film.png);
      change({ ...view, overlayOn: true });
    }
    const post = room.posts.find(({ id }) => id === film?.post);
    findings.show(film?.film.findings ?? null, post?.controls.some(({ action }) => action === 'confirm') === true);
    void showIn(main, film, true);
    void showIn(other, find(compared), false);
  }

  function select(image: number): void {
    selected = image;
    refresh();
  }

  function key(pressed: string): boolean {
    if (element.hidden) return false;
    const actions: Record<string, () => void> = {
      i: () => change({ ...view, invert: !view.invert }),
      o: () => change({ ...view, overlayOn: !view.overlayOn && Boolean(current()?.film.overlay) }),
      a: automatic,
      w: () => setTool('window'),
      p: () => setTool('pan'),
      '0': reset,
      '+': () => zoom(1.25),
      '=': () => zoom(1.25),
      '-': () => zoom(1 / 1.25),
      '[': () => change({ ...view, window: view.window - 8 }),
      ']': () => change({ ...view, window: view.window + 8 }),
      ',': () => change({ ...view, level: view.level - 4 }),
      '.': () => change({ ...view, level: view.level + 4 }),
    };
    const action = actions[pressed];
    action?.();
    return action !== undefined;
  }

  room.on('opened', () => {
    selected = null;
    compared = null;
    newest = '';
    pixels = null;
    unveiled.clear();
    change(fullView);
    refresh();
  });
  room.on('posts', refresh);
  room.on('forgotten', ({ id }) => shelf.drop(id));
  setTool('window');
  change(view);
  refresh();
  return { element, select, key, refresh };
}
