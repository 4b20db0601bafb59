// Where a person writes: text with commands, films by choosing or pasting, suggested questions; a draft survives reloading the tab.
import { iconButton, textButton } from './controls.ts';
import { h } from './element.ts';
import type { RoomState } from './room-state.ts';

export interface Composer {
  readonly element: HTMLElement;
  /** Takes the written text out, for sending it with films that were dropped. */
  take(): string;
  put(text: string): void;
  focus(): void;
  chooseFiles(): void;
  refresh(): void;
}

const acceptedFiles = 'image/png,image/jpeg,image/webp,image/tiff,application/dicom,.dcm,.dicom,.tif,.tiff';
const mostSuggestions = 3;

export function createComposer(room: RoomState, send: (text: string, files: readonly File[]) => void): Composer {
  const field = h('textarea', {
    attributes: { rows: 1, 'aria-label': 'Message', maxlength: room.hello.limits.maxTextLength, enterkeyhint: 'send' },
  });
  const picker = h('input', {
    class: 'visually-hidden',
    attributes: { type: 'file', multiple: true, accept: acceptedFiles, tabindex: -1, 'aria-label': 'Choose films' },
  });
  const sendButton = iconButton('send', 'Send', () => submit(), 'Enter');
  sendButton.classList.add('send');
  const suggestions = h('div', {
    class: 'suggestions',
    attributes: { role: 'group', 'aria-label': 'Suggested questions' },
  });
  const row = h(
    'div',
    { class: 'composer-row' },
    iconButton('attach', 'Add films', () => picker.click()),
    field,
    sendButton,
  );
  const element = h('div', { class: 'composer' }, suggestions, row, picker);

  const draftKey = () => `cxr-draft-${room.openId ?? 'new'}`;

  function grown(): void {
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, 200)}px`;
    sendButton.disabled = field.value.trim() === '';
    if (field.value) sessionStorage.setItem(draftKey(), field.value);
    else sessionStorage.removeItem(draftKey());
  }

  function put(text: string): void {
    field.value = text;
    grown();
  }

  function take(): string {
    const text = field.value.trim();
    put('');
    return text;
  }

  function submit(): void {
    if (field.value.trim() !== '') send(take(), []);
  }

  field.addEventListener('input', grown);
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  picker.addEventListener('change', () => {
    const files = [...(picker.files ?? [])];
    picker.value = '';
    if (files.length > 0) send(take(), files);
  });

  function refresh(): void {
    const films = room.films();
    // A teaching case shows its film without the model's findings: there one says what one sees, and the model is not asked yet.
    const isRead = films.some(({ film }) => film.findings.length > 0);
    if (films.length === 0) field.placeholder = 'Add a film, or write a message';
    else field.placeholder = isRead ? 'Ask about the film, or / for a command' : 'Your findings, or a /command';
    const asked = new Set(room.posts.filter(({ author }) => !author.isBot).map(({ text }) => text.trim()));
    const busy = room.posts.some(({ state }) => state === 'draft');
    const open = isRead && !busy;
    const left = open ? room.hello.suggestions.filter((question) => !asked.has(question)) : [];
    suggestions.hidden = left.length === 0;
    const shown = [...suggestions.children].map(({ textContent }) => textContent).join('\n');
    const wanted = left.slice(0, mostSuggestions);
    if (shown === wanted.join('\n')) return;
    suggestions.replaceChildren(
      ...wanted.map((question) => {
        const button = textButton(question, () => send(question, []));
        button.classList.add('suggestion');
        return button;
      }),
    );
  }

  room.on('opened', () => {
    put(sessionStorage.getItem(draftKey()) ?? '');
    refresh();
  });
  room.on('posts', refresh);
  put(sessionStorage.getItem(draftKey()) ?? '');
  refresh();
  return { element, take, put, focus: () => field.focus(), chooseFiles: () => picker.click(), refresh };
}
