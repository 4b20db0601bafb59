// A message on its way: what is being sent, how far each film is, what was refused and why, and what a person can do about it.
import { textButton } from './controls.ts';
import { h, type Keyed } from './element.ts';
import { icon } from './icons.ts';
import type { OutboxEntry, OutboxFile } from './outbox.ts';
import { sizeText } from './post-card.ts';

const states: Record<OutboxFile['state'], string> = {
  waiting: 'waiting',
  uploading: 'sending',
  received: 'received',
  refused: 'refused',
};

function fileLine(file: OutboxFile): HTMLElement {
  const facts = file.state === 'uploading' ? `${Math.round(file.progress * 100)} %` : states[file.state];
  const bar =
    file.state === 'uploading'
      ? h('progress', { attributes: { max: 1, value: file.progress, 'aria-label': file.name } })
      : null;
  return h(
    'li',
    { class: file.state },
    icon('film'),
    h('span', { class: 'file-name' }, file.name),
    h('span', { class: 'file-facts' }, `${sizeText(file.size)} · ${facts}`),
    bar,
    file.sentence ? h('span', { class: 'file-refusal', attributes: { role: 'alert' } }, file.sentence) : null,
  );
}

export function createOutboxCard(
  first: OutboxEntry,
  actions: { retry: (id: string) => void; dismiss: (id: string) => void },
): Keyed<OutboxEntry> {
  const element = h('article', { class: 'post person outgoing' });
  let shown = '';
  function update(entry: OutboxEntry): void {
    const wanted = JSON.stringify(entry);
    if (wanted === shown) return;
    shown = wanted;
    element.dataset.state = entry.state;
    const files = entry.state === 'sent' ? entry.files.filter(({ state }) => state === 'refused') : entry.files;
    const title = { sending: 'Sending', waiting: 'Waiting', failed: 'Not sent', sent: 'Refused' }[entry.state];
    const buttons = [
      ...(entry.state === 'failed'
        ? [textButton('Try again', () => actions.retry(entry.id), { style: 'primary' })]
        : []),
      ...(entry.state === 'sending' ? [] : [textButton('Dismiss', () => actions.dismiss(entry.id))]),
    ];
    for (const button of buttons) button.classList.add('small');
    element.replaceChildren(
      h('header', {}, h('h3', {}, 'You'), h('span', { class: 'badge' }, title)),
      ...(entry.text && entry.state !== 'sent' ? [h('div', { class: 'text' }, h('p', {}, entry.text))] : []),
      ...(files.length > 0 ? [h('ul', { class: 'file-list' }, ...files.map(fileLine))] : []),
      ...(entry.sentence ? [h('p', { class: 'failure', attributes: { role: 'status' } }, entry.sentence)] : []),
      ...(buttons.length > 0 ? [h('footer', { class: 'post-controls' }, ...buttons)] : []),
    );
  }
  update(first);
  return { element, update };
}
