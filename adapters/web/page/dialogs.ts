// Questions to the person in the browser's own dialog element: confirm, one line of text, a picture in large, and the list of keys; form-dialog.ts has forms.
import { textButton } from './controls.ts';
import { h } from './element.ts';

/** A modal dialog: the browser keeps the focus in it, closes it on Escape and gives the focus back. Removed once closed. */
export function openDialog(
  title: string,
  body: readonly Node[],
  buttons: readonly HTMLButtonElement[],
): HTMLDialogElement {
  const heading = h('h2', { class: 'dialog-title', attributes: { id: 'dialog-title' } }, title);
  const dialog = h(
    'dialog',
    { attributes: { 'aria-labelledby': 'dialog-title' } },
    heading,
    ...body,
    h('footer', {}, ...buttons),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Takes away what asks about, or shows, a conversation that is gone; what was typed there goes with it. */
export function dropDialogs(): void {
  for (const dialog of document.querySelectorAll('dialog')) dialog.remove();
}

/** Resolves to true only if the person chose `yes`. */
export function confirmDialog(title: string, text: string, yes: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = false;
    const no = textButton('Cancel', () => dialog.close());
    const go = textButton(
      yes,
      () => {
        answer = true;
        dialog.close();
      },
      { style: 'danger' },
    );
    const dialog = openDialog(title, [h('p', {}, text)], [no, go]);
    no.focus();
    dialog.addEventListener('close', () => resolve(answer));
  });
}

/** Resolves to the text, or null if the person cancelled. */
export function textDialog(title: string, label: string, value: string, maxLength: number): Promise<string | null> {
  return new Promise((resolve) => {
    let answer: string | null = null;
    const field = h('textarea', {
      attributes: { rows: value.length > 80 ? 5 : 1, maxlength: maxLength, id: 'dialog-text' },
    });
    field.value = value;
    const done = () => {
      answer = field.value;
      dialog.close();
    };
    field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      done();
    });
    const caption = h('label', { attributes: { for: 'dialog-text' } }, label);
    const cancel = textButton('Cancel', () => dialog.close());
    const dialog = openDialog(title, [caption, field], [cancel, textButton('Save', done, { style: 'primary' })]);
    field.focus();
    field.select();
    dialog.addEventListener('close', () => resolve(answer));
  });
}

/** A picture of a post as large as the window allows; a press shows it in its own size, to be scrolled. */
export function pictureDialog(src: string, alt: string): void {
  const image = h('img', { attributes: { src, alt } });
  const frame = h(
    'div',
    { class: 'picture-frame', attributes: { tabindex: 0, role: 'group', 'aria-label': alt } },
    image,
  );
  const size = textButton('Own size', () => {
    const isOwnSize = frame.classList.toggle('own-size');
    size.textContent = isOwnSize ? 'Fit to the window' : 'Own size';
  });
  image.addEventListener('click', () => size.click());
  const close = textButton('Close', () => dialog.close(), { style: 'primary' });
  const dialog = openDialog(alt, [frame], [size, close]);
  dialog.classList.add('picture-dialog');
  close.focus();
}

const keys: readonly (readonly [string, string])[] = [
  ['Enter', 'send; Shift+Enter for a new line'],
  ['N', 'new conversation'],
  ['/', 'write a message'],
  ['S', 'search'],
  ['I', 'invert'],
  ['O', 'attention overlay'],
  ['A', 'window and level from the film'],
  ['W, P', 'drag changes window and level, or moves'],
  ['[ ]', 'narrower or wider window'],
  [', .', 'lower or higher level'],
  ['+ − 0', 'zoom in, zoom out, fit'],
  ['arrows', 'move the film, when it has the focus'],
  ['Escape', 'stop the answer that is being written'],
];

export function keysDialog(): void {
  const rows = keys.flatMap(([key, meaning]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, meaning)]);
  const close = textButton('Close', () => dialog.close(), { style: 'primary' });
  const dialog = openDialog('Keys', [h('dl', { class: 'keys' }, ...rows)], [close]);
}
