// The page's composition root: builds the parts, joins them, and keeps address, keys and announcements together.
import type { Control } from '../../../bot/contract.ts';
import type { PagePost } from '../wire.ts';
import * as api from './api.ts';
import { createComposer } from './composer.ts';
import { setPressed, textButton } from './controls.ts';
import { createConversation } from './conversation.ts';
import { confirmDialog, dropDialogs, keysDialog, textDialog } from './dialogs.ts';
import { createDrawer } from './drawer.ts';
import { takeDroppedFilms } from './drop-films.ts';
import { h } from './element.ts';
import { createFilmViewer } from './film-viewer.ts';
import { forgetForms, formDialog } from './form-dialog.ts';
import { spokenText } from './markdown.ts';
import { createNotices } from './notices.ts';
import { createOutbox } from './outbox.ts';
import { createRoomState, type RoomState } from './room-state.ts';
import { createThreadHeader } from './thread-header.ts';
import { createThreadList } from './thread-list.ts';
import { createTopBar } from './top-bar.ts';
import { createWelcome } from './welcome.ts';

const notices = createNotices();
const threadInAddress = () => /^#\/([A-Za-z0-9-]{8,64})$/.exec(location.hash)?.[1] ?? null;

function build(room: RoomState): void {
  const outbox = createOutbox({
    limits: room.hello.limits,
    onChange: () => {
      conversation?.refresh();
      refreshWelcome();
    },
  });
  let conversation: ReturnType<typeof createConversation> | null = null;
  let welcome: ReturnType<typeof createWelcome> | null = null;

  function refreshWelcome(): void {
    const { openId } = room;
    const entries = openId ? outbox.entries(openId) : [];
    const isSending = entries.some(
      ({ state, files, text }) => state === 'sending' && (files.length > 0 || text === ''),
    );
    welcome?.refresh(openId ? outbox.preview(openId) : null, isSending);
  }

  /** The open conversation, or a new one that is opened for this. */
  async function openThread(): Promise<string> {
    if (room.openId) return room.openId;
    const { id } = await api.createThread();
    await open(id);
    return id;
  }

  async function open(id: string | null, gone?: string): Promise<void> {
    drawer.show(false);
    history.replaceState(null, '', id ? `#/${id}` : '#');
    showSide(id || gone ? 'talk' : 'film');
    await room.open(id, gone);
    composer.focus();
  }

  function openAddress(): void {
    const id = threadInAddress();
    showSide(id ? 'talk' : 'film');
    void room.open(id);
  }

  async function inThread(work: (thread: string) => void, text = ''): Promise<void> {
    try {
      work(await openThread());
    } catch (error) {
      if (text) composer.put(text);
      notices.show(api.sentenceOf(error));
    }
  }

  const send = (text: string, files: readonly File[]) =>
    void inThread((thread) => outbox.send(thread, text, files), text);

  function act(post: string, control: Pick<Control, 'action' | 'value' | 'form'>): void {
    const thread = room.openId;
    if (!thread) return;
    if (control.action === 'forget') return void forget();
    const value = control.value === undefined ? {} : { value: control.value };
    const { form } = control;
    if (form) {
      formDialog({
        form,
        thread,
        keptAs: `${post} ${control.action} ${control.value ?? ''}`,
        send: (id, fields) => api.sendAction(thread, { id, action: control.action, post, ...value, fields }),
        sent: () => notices.show('Sent'),
      });
      return;
    }
    api
      .sendAction(thread, { id: crypto.randomUUID(), action: control.action, post, ...value })
      .catch((error: unknown) => notices.show(api.sentenceOf(error)));
  }

  async function forget(): Promise<void> {
    const thread = room.openId;
    if (!thread) return;
    const text = 'Its films, words and everything the model keeps of it are erased. This cannot be undone.';
    if (!(await confirmDialog('Forget this conversation?', text, 'Forget'))) return;
    try {
      await api.forget(thread);
      notices.speak('Forgetting the conversation.');
    } catch (error) {
      notices.show(api.sentenceOf(error));
    }
  }

  async function edit(post: PagePost): Promise<void> {
    const text = await textDialog('Edit and ask again', 'Your message', post.text, room.hello.limits.maxTextLength);
    if (!text?.trim() || text === post.text || !room.openId) return;
    api.editPost(room.openId, post.id, text).catch((error: unknown) => notices.show(api.sentenceOf(error)));
  }

  async function remove(post: PagePost): Promise<void> {
    const text = 'What was sent with it is erased here and at the model.';
    if (!room.openId || !(await confirmDialog('Delete this message?', text, 'Delete'))) return;
    api.deletePost(room.openId, post.id).catch((error: unknown) => notices.show(api.sentenceOf(error)));
  }

  async function copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      notices.show('Copied');
    } catch {
      notices.show('The browser did not allow copying.');
    }
  }

  /** On narrow screens film and talk take turns. */
  const filmSide = h('button', { attributes: { type: 'button' }, on: { click: () => showSide('film') } }, 'Film');
  const talkSide = h('button', { attributes: { type: 'button' }, on: { click: () => showSide('talk') } }, 'Talk');
  function showSide(side: 'film' | 'talk'): void {
    document.body.dataset.side = side;
    setPressed(filmSide, side === 'film');
    setPressed(talkSide, side === 'talk');
  }

  const composer = createComposer(room, send);
  const viewer = createFilmViewer(room, ({ post }, finding) => act(post, { action: 'confirm', value: finding.name }));
  conversation = createConversation(room, outbox, {
    threadId: () => room.openId ?? '',
    personId: room.hello.person.id,
    localName: outbox.localName,
    act: (post, control) => act(post.id, control),
    copy: (text) => void copy(text),
    edit: (post) => void edit(post),
    remove: (post) => void remove(post),
    showFilm: (image) => {
      showSide('film');
      viewer.select(image);
    },
  });
  const sample = (name: string) => void inThread((thread) => outbox.sendSample(thread, name));
  welcome = createWelcome(room, { choose: composer.chooseFiles, sample });
  const threadList = createThreadList(room, (id) => void open(id));
  const drawer = createDrawer(threadList.focusStart);
  const topBar = createTopBar(room, notices, drawer.button);
  const threadHeader = createThreadHeader(room, () => void forget());
  const retry = textButton('Try now', () => room.connection.retry());
  retry.classList.add('small');
  const offline = h(
    'div',
    { class: 'offline', attributes: { role: 'status', hidden: true } },
    'The connection is lost. It comes back by itself, and nothing that you wrote is lost.',
    retry,
  );

  document.body.replaceChildren(
    h('a', { class: 'skip', attributes: { href: '#talk' } }, 'Skip to the conversation'),
    topBar,
    offline,
    h('div', { class: 'scrim', on: { click: () => drawer.show(false) } }),
    h('nav', { class: 'switch', attributes: { 'aria-label': 'Film or talk' } }, filmSide, talkSide),
    h('nav', { class: 'sidebar', attributes: { 'aria-label': 'Conversations' } }, threadList.element),
    h('main', { class: 'stage', attributes: { 'aria-label': 'Film' } }, welcome.element, viewer.element),
    h(
      'section',
      { class: 'talk', attributes: { id: 'talk', 'aria-labelledby': 'thread-title', tabindex: -1 } },
      threadHeader,
      conversation.element,
      composer.element,
    ),
    notices.element,
  );
  showSide('film');
  takeDroppedFilms((files) => send(composer.take(), files));

  const refresh = () => {
    refreshWelcome();
    document.body.classList.toggle('empty-room', room.openId === null);
  };
  room.on('opened', refresh);
  room.on('posts', refresh);
  room.on('finished', (post) => notices.speak(`CXR-LLaVA: ${spokenText(post.failure ?? post.text)}`));
  room.on('connection', (state) => {
    offline.hidden = state !== 'offline';
    if (state === 'live') outbox.wake();
  });
  room.on('forgotten', ({ id, sentence }) => {
    sessionStorage.removeItem(`cxr-draft-${id}`);
    forgetForms(id);
    if (id !== room.openId) return;
    dropDialogs();
    void open(null, sentence);
  });
  window.addEventListener('hashchange', () => openAddress());

  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const writing = target.matches('input:not([type=range]), textarea, select') || target.closest('dialog');
    if (event.key === 'Escape' && !target.closest('dialog')) {
      const draft = room.posts.findLast(({ state, author }) => state === 'draft' && author.isBot);
      if (drawer.isOpen) drawer.show(false);
      else if (draft) act(draft.id, { action: 'stop' });
      return;
    }
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const elsewhere: Record<string, () => void> = {
      n: () => void open(null),
      '/': composer.focus,
      s: threadList.focusSearch,
      '?': keysDialog,
    };
    const action = elsewhere[event.key];
    action?.();
    if (action || viewer.key(event.key)) event.preventDefault();
  });

  if (threadInAddress()) openAddress();
  else refresh();
  composer.focus();
}

async function begin(): Promise<void> {
  try {
    build(createRoomState(await api.hello()));
  } catch (error) {
    const again = textButton('Try again', () => location.reload(), { style: 'primary' });
    const text = h('p', {}, api.sentenceOf(error));
    document.body.replaceChildren(
      h(
        'main',
        { class: 'cannot-open', attributes: { role: 'alert' } },
        h('h1', {}, 'The reading room is closed'),
        text,
        again,
      ),
    );
    if (api.isPassing(error)) setTimeout(() => location.reload(), 3000);
  }
}

void begin();
