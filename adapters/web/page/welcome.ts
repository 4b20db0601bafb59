// What stands where the film will be: how to begin, one click to the sample, and what happens to a film that is given.
import { textButton } from './controls.ts';
import { h, setText } from './element.ts';
import { icon } from './icons.ts';
import type { RoomState } from './room-state.ts';

export interface Welcome {
  readonly element: HTMLElement;
  /** `preview`: the film that was just sent from this browser, if there is one; `isSending`: it is on its way. */
  refresh(preview: Blob | null, isSending: boolean): void;
}

export function createWelcome(
  room: RoomState,
  actions: { choose: () => void; sample: (name: string) => void },
): Welcome {
  const choose = textButton('Choose films', actions.choose, { style: 'primary' });
  const [firstSample, ...otherSamples] = room.hello.samples;
  const sample = firstSample === undefined ? null : textButton('Try the sample', () => actions.sample(firstSample));
  const others = otherSamples.map((name) => textButton(name, () => actions.sample(name)));
  for (const button of others) button.classList.add('small');
  const days = Math.round(room.hello.retentionMs / 86_400_000);
  const intendedUse = h('p', { class: 'fine-print' });
  const showUse = () => setText(intendedUse, room.about?.intendedUse ?? room.modelsProblem ?? '');
  room.on('about', showUse);
  showUse();
  const start = h(
    'div',
    { class: 'welcome-inner' },
    h('div', { class: 'welcome-art' }, icon('film')),
    h('h2', {}, 'Drop a chest radiograph here'),
    h('p', {}, 'PNG, JPEG, TIFF, WebP or DICOM; several at once; or paste one.'),
    h('div', { class: 'welcome-buttons' }, choose, sample),
    others.length > 0 && h('div', { class: 'welcome-others' }, h('span', {}, 'Other drawn films:'), ...others),
    h(
      'p',
      { class: 'fine-print' },
      'Films are read in memory on this server. File names and DICOM attributes stay behind; a display copy is kept with the conversation until you forget it',
      ` or ${days === 1 ? 'one day is' : `${days} days are`} over.`,
    ),
    intendedUse,
  );
  const picture = h('canvas', { class: 'preview', attributes: { 'aria-hidden': 'true', hidden: true } });
  const waiting = h(
    'div',
    { class: 'welcome-inner reading', attributes: { role: 'status' } },
    h('div', { class: 'scan' }, icon('film'), picture),
    h('p', {}, 'Reading the film …'),
  );
  const empty = h('div', { class: 'welcome-inner' }, h('p', {}, 'No film in this conversation yet.'));
  const chooseHere = textButton('Choose films', actions.choose);
  empty.append(chooseHere);
  const element = h('section', { class: 'welcome', attributes: { 'aria-label': 'Begin' } }, start, waiting, empty);
  return {
    element,
    refresh(preview, isSending) {
      const hasFilm = room.films().length > 0;
      const sent = isSending || room.posts.some(({ attachments }) => attachments.length > 0);
      const settled = room.posts.some(({ author, state }) => author.isBot && state !== 'draft');
      element.hidden = hasFilm;
      start.hidden = room.openId !== null;
      waiting.hidden = room.openId === null || !(room.loading || (sent && !settled));
      empty.hidden = room.openId === null || !waiting.hidden;
      void showPreview(picture, waiting.hidden ? null : preview);
    },
  };
}

const previewSide = 420;
let previewed: Blob | null = null;

/** Draws what the browser itself can read of the film; a DICOM file is left to the server. */
async function showPreview(canvas: HTMLCanvasElement, film: Blob | null): Promise<void> {
  if (film === previewed) return;
  previewed = film;
  canvas.hidden = true;
  if (!film) return;
  try {
    const bitmap = await createImageBitmap(film);
    const scale = previewSide / Math.max(bitmap.width, bitmap.height);
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    canvas.hidden = film !== previewed;
  } catch {
    canvas.hidden = true;
  }
}
