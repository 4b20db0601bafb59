// The thread: posts as they come, what is still on its way, and the scroll position that follows only while one reads at the end.
import type { PagePost } from '../wire.ts';
import { textButton } from './controls.ts';
import { createKeyedList, h, type Keyed, setText } from './element.ts';
import { type IconName, icon } from './icons.ts';
import type { Outbox, OutboxEntry } from './outbox.ts';
import { createOutboxCard } from './outbox-card.ts';
import { createPostCard, type PostActions, type PostCard } from './post-card.ts';
import type { RoomState } from './room-state.ts';

export interface ConversationView {
  readonly element: HTMLElement;
  refresh(): void;
}

const hint = (name: IconName, text: string) => h('li', {}, icon(name), text);

/** This close to the end counts as reading at the end. */
const nearEndPx = 80;

export function createConversation(room: RoomState, outbox: Outbox, actions: PostActions): ConversationView {
  const posts = h('div', { class: 'posts' });
  const outgoing = h('div', { class: 'posts' });
  const problem = h('div', { class: 'problem', attributes: { role: 'alert' } });
  const gone = h('div', { class: 'gone', attributes: { role: 'status' } });
  const skeleton = h('div', {
    class: 'skeleton',
    attributes: { 'aria-label': 'Loading the conversation', role: 'status' },
  });
  for (let line = 0; line < 5; line += 1) skeleton.append(h('span', {}));
  const hints = h(
    'ul',
    { class: 'hints' },
    hint('film', 'Each film gets a drafted report, streamed as it is written, and a panel of findings.'),
    hint('help', 'Ask on: the differential, the next examination, how certain a finding is.'),
    hint('compare', 'Add another film to compare it side by side.'),
    hint('download', 'Export the conversation, or forget it: then nothing of it is kept.'),
  );
  const scroller = h(
    'div',
    { class: 'scroller', attributes: { tabindex: 0, role: 'region', 'aria-label': 'Messages' } },
    gone,
    hints,
    skeleton,
    problem,
    posts,
    outgoing,
  );
  const toEnd = textButton('New words below', () => scrollToEnd());
  toEnd.classList.add('to-end', 'small');
  const element = h('div', { class: 'conversation' }, scroller, toEnd);

  const cards = new Map<string, PostCard>();
  const list = createKeyedList<PagePost>(
    posts,
    ({ id }) => id,
    (post): Keyed<PagePost> => {
      const card = createPostCard(post, actions);
      cards.set(post.id, card);
      return card;
    },
  );
  const outgoingList = createKeyedList<OutboxEntry>(
    outgoing,
    ({ id }) => id,
    (entry) => createOutboxCard(entry, outbox),
  );

  let following = true;
  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearEndPx;
  scroller.addEventListener('scroll', () => {
    following = atEnd();
    if (following) toEnd.hidden = true;
  });

  // A picture of unknown size makes its post taller once it is there.
  scroller.addEventListener('load', () => follow(), true);

  function scrollToEnd(): void {
    scroller.scrollTop = scroller.scrollHeight;
    toEnd.hidden = true;
  }

  function follow(): void {
    if (following) scrollToEnd();
    else toEnd.hidden = atEnd();
  }

  /** A post that came whole and is taller than the view is read from its start. */
  function followPost(tall: HTMLElement): void {
    following = false;
    scroller.scrollTop += tall.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    toEnd.hidden = atEnd();
  }

  const shown = { thread: '', heights: new Map<string, number>(), outgoing: 0 };
  /** The post that this refresh made taller by more than the view, if there is one; none when a conversation is opened. */
  function takeMeasure(entries: number): HTMLElement | null {
    const heights = new Map([...cards].map(([id, { element }]) => [id, element.offsetHeight]));
    const isSame = shown.thread === room.openId;
    if (isSame && entries > shown.outgoing) following = true;
    const grown = room.posts.find(
      ({ id, author }) => author.isBot && (heights.get(id) ?? 0) - (shown.heights.get(id) ?? 0) > scroller.clientHeight,
    );
    Object.assign(shown, { thread: room.openId ?? '', heights, outgoing: entries });
    return isSame && grown ? (cards.get(grown.id)?.element ?? null) : null;
  }

  function refresh(): void {
    const entries = room.openId ? outbox.entries(room.openId) : [];
    list.update(room.posts);
    for (const id of cards.keys()) if (!room.posts.some((post) => post.id === id)) cards.delete(id);
    const arrived = new Set(room.posts.map(({ id }) => id));
    outgoingList.update(entries.filter(({ id, state }) => state === 'sent' || !arrived.has(id)));
    skeleton.hidden = !room.loading;
    hints.hidden = room.openId !== null;
    setText(gone, room.gone ?? '');
    problem.hidden = room.problem === null;
    const back = textButton('New conversation', () => void room.open(null), { style: 'primary' });
    problem.replaceChildren(h('p', {}, room.problem ?? ''), ...(room.problem ? [back] : []));
    const tall = takeMeasure(entries.length);
    if (following && tall && scroller.clientHeight > 0) followPost(tall);
    else follow();
  }

  /** Words that arrived since the last frame are drawn together, once per frame. */
  const changed = new Set<string>();
  let frame = 0;
  room.on('text', (post) => {
    changed.add(post.id);
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      for (const post of room.posts) {
        const card = changed.has(post.id) ? cards.get(post.id) : undefined;
        card?.showText(post);
        // What is read as it is written isn't news when it is finished.
        if (card) shown.heights.set(post.id, card.element.offsetHeight);
      }
      changed.clear();
      follow();
    });
  });
  room.on('opened', () => {
    following = true;
    shown.thread = '';
    refresh();
  });
  room.on('posts', refresh);
  new ResizeObserver(follow).observe(scroller);
  toEnd.hidden = true;
  refresh();
  return { element, refresh };
}
