// The list of conversations: newest first, searched on the server, each with its films and whether the bot is writing in it.
import type { ThreadSummary } from '../wire.ts';
import * as api from './api.ts';
import { textButton } from './controls.ts';
import { createKeyedList, h, type Keyed, setAttribute, setText } from './element.ts';
import { icon } from './icons.ts';
import type { RoomState } from './room-state.ts';

export interface ThreadList {
  readonly element: HTMLElement;
  focusSearch(): void;
  /** Goes to the first thing in the list. */
  focusStart(): void;
}

const searchDelayMs = 200;
const dayMs = 24 * 3600 * 1000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

function facts(thread: ThreadSummary): string {
  const when =
    Date.now() - thread.updatedAt < dayMs / 2 ? clock.format(thread.updatedAt) : day.format(thread.updatedAt);
  const films = thread.films === 0 ? 'no film' : thread.films === 1 ? '1 film' : `${thread.films} films`;
  return `${when} · ${films}`;
}

export function createThreadList(room: RoomState, open: (id: string | null) => void): ThreadList {
  const field = h('input', {
    attributes: { type: 'search', placeholder: 'Search', 'aria-label': 'Search conversations' },
  });
  const list = h('ul', { class: 'thread-list' });
  const nothing = h('p', { class: 'nothing', attributes: { role: 'status' } });
  const start = textButton('New conversation', () => open(null), { style: 'primary', icon: 'plus' });
  start.setAttribute('aria-keyshortcuts', 'N');
  const element = h(
    'div',
    { class: 'sidebar-inner' },
    start,
    h('div', { class: 'search', attributes: { role: 'search' } }, icon('search'), field),
    nothing,
    list,
  );

  const rows = createKeyedList<ThreadSummary>(
    list,
    ({ id }) => id,
    (first): Keyed<ThreadSummary> => {
      const title = h('span', { class: 'thread-title' });
      const under = h('span', { class: 'thread-facts' });
      const dot = h('span', { class: 'pulse', attributes: { role: 'img', 'aria-label': 'the bot is writing' } });
      const button = h('button', { class: 'thread', attributes: { type: 'button' } }, title, under, dot);
      button.addEventListener('click', () => open(first.id));
      const update = (thread: ThreadSummary) => {
        setText(title, thread.title);
        setText(under, facts(thread));
        dot.hidden = !thread.busy;
        setAttribute(button, 'aria-current', thread.id === room.openId ? 'true' : null);
      };
      update(first);
      return { element: h('li', {}, button), update };
    },
  );

  let found: ReadonlySet<string> | null = null;
  let asked = 0;

  function refresh(): void {
    const all = [...room.threads.values()].toSorted((a, b) => b.updatedAt - a.updatedAt);
    const shown = found ? all.filter(({ id }) => found?.has(id)) : all;
    rows.update(shown);
    nothing.hidden = shown.length > 0;
    setText(nothing, found ? 'Nothing found.' : 'No conversations yet.');
  }

  async function search(): Promise<void> {
    asked += 1;
    const turn = asked;
    const query = field.value.trim();
    if (query === '') found = null;
    else {
      try {
        const ids = (await api.search(query)).map(({ id }) => id);
        if (turn !== asked) return;
        found = new Set(ids);
      } catch (error) {
        setText(nothing, api.sentenceOf(error));
        nothing.hidden = false;
        return;
      }
    }
    refresh();
  }

  let timer = 0;
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void search(), searchDelayMs);
  });
  room.on('threads', refresh);
  room.on('opened', refresh);
  refresh();
  return { element, focusSearch: () => field.focus(), focusStart: () => start.focus() };
}
