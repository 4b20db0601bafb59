// Always in sight: that everything here is a draft and no diagnosis, which bundle writes it, and whether the line to the server stands.
import * as api from './api.ts';
import { iconButton } from './controls.ts';
import { keysDialog, textDialog } from './dialogs.ts';
import { h, setText } from './element.ts';
import type { Notices } from './notices.ts';
import type { RoomState } from './room-state.ts';

const themes = ['auto', 'dark', 'light'] as const;
const maxNameLength = 60;

export function createTopBar(room: RoomState, notices: Notices, menu: HTMLButtonElement): HTMLElement {
  const line = h('span', { class: 'connection', attributes: { role: 'status' } });
  const who = h('span', { class: 'person-name' }, room.hello.person.name);

  function showConnection(): void {
    const { state } = room.connection;
    line.dataset.state = state;
    setText(line, { live: 'connected', connecting: 'connecting', offline: 'offline' }[state]);
  }

  function nextTheme(): void {
    const current = themes.findIndex((theme) => theme === (localStorage.getItem('cxr-theme') ?? 'auto'));
    const theme = themes[(current + 1) % themes.length] ?? 'auto';
    localStorage.setItem('cxr-theme', theme);
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    notices.show(theme === 'auto' ? 'Colours follow the system' : `Colours: ${theme}`);
  }

  async function rename(): Promise<void> {
    const name = await textDialog(
      'Your name',
      'Shown to others in the same conversation',
      who.textContent ?? '',
      maxNameLength,
    );
    if (name === null) return;
    try {
      await api.setName(name);
      setText(who, name.trim());
    } catch (error) {
      notices.show(api.sentenceOf(error));
    }
  }

  const by = h('span', { class: 'by' });
  const notice = h('p', { class: 'notice' }, h('strong', {}, 'Draft — not a diagnosis'), by);
  function showAbout(): void {
    const { about } = room;
    const waiting = room.modelsProblem ?? 'the models are being loaded …';
    setText(by, about ? `written by ${about.bundle}${about.hash ? ` · ${about.hash.slice(0, 8)}` : ''}` : waiting);
    notice.title = about?.intendedUse ?? '';
  }

  room.on('about', showAbout);
  showAbout();
  room.on('connection', showConnection);
  showConnection();
  return h(
    'header',
    { class: 'top-bar' },
    menu,
    h('h1', {}, h('span', { class: 'brand' }, 'CXR-LLaVA'), h('span', { class: 'brand-room' }, ' reading room')),
    notice,
    h('span', { class: 'spacer' }),
    line,
    who,
    iconButton('person', 'Your name', () => void rename()),
    iconButton('theme', 'Dark, light or as the system', nextTheme),
    iconButton('help', 'Keys', keysDialog, '?'),
  );
}
