// The head of the open conversation: its title, how long it is kept, exports, and forgetting.
import * as api from './api.ts';
import { iconButton } from './controls.ts';
import { h, setText } from './element.ts';
import { icon } from './icons.ts';
import type { RoomState } from './room-state.ts';

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });

export function createThreadHeader(room: RoomState, onForget: () => void): HTMLElement {
  const title = h('h2', { attributes: { id: 'thread-title' } });
  const kept = h('p', { class: 'kept' });
  const links = (['md', 'json', 'html'] as const).map((format) =>
    h('a', { attributes: { download: '' } }, { md: 'Markdown', json: 'JSON', html: 'HTML with films' }[format]),
  );
  const summary = h('summary', { attributes: { 'aria-label': 'Export', title: 'Export' } }, icon('download'));
  const menu = h('details', { class: 'export' }, summary, h('div', { class: 'export-menu' }, ...links));
  const close = () => menu.removeAttribute('open');
  for (const link of links) link.addEventListener('click', close);
  document.addEventListener(
    'click',
    (event) => event.target instanceof Node && !menu.contains(event.target) && close(),
  );
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
    summary.focus();
  });
  const forget = iconButton('trash', 'Forget this conversation', onForget);
  const tools = h('div', { class: 'thread-tools' }, menu, forget);
  const element = h('header', { class: 'thread-header' }, h('div', {}, title, kept), tools);

  function refresh(): void {
    const thread = room.openId ? room.threads.get(room.openId) : undefined;
    setText(title, thread?.title ?? 'New conversation');
    document.title = thread ? `${thread.title} – reading room` : 'Reading room';
    setText(kept, thread ? `kept until ${day.format(thread.keptUntil)}` : 'nothing is kept yet');
    tools.hidden = !thread;
    for (const [index, format] of ['md', 'json', 'html'].entries()) {
      if (room.openId) links[index]?.setAttribute('href', api.exportUrl(room.openId, format));
    }
  }
  room.on('threads', refresh);
  room.on('opened', refresh);
  refresh();
  return element;
}
