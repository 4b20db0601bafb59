// One post of the conversation: a person's message or the bot's answer, as it streams, when it is done, and when it failed.
import type { Control } from '../../../bot/contract.ts';
import type { PagePost } from '../wire.ts';
import * as api from './api.ts';
import { iconButton, setPressed, textButton } from './controls.ts';
import { pictureDialog } from './dialogs.ts';
import { h, type Keyed, setText } from './element.ts';
import { icon } from './icons.ts';
import { createMarkdown } from './markdown.ts';

export interface PostActions {
  threadId: () => string;
  personId: string;
  localName: (uploadId: string) => string | undefined;
  act: (post: PagePost, control: Pick<Control, 'action' | 'value' | 'form'>) => void;
  copy: (text: string) => void;
  edit: (post: PagePost) => void;
  remove: (post: PagePost) => void;
  showFilm: (image: number) => void;
}

export interface PostCard extends Keyed<PagePost> {
  /** Only the words changed. */
  showText(post: PagePost): void;
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

const badges: Record<PagePost['state'], string> = {
  draft: 'writing …',
  interrupted: 'interrupted, goes on by itself',
  done: 'draft',
  failed: 'not answered',
};

export function createPostCard(first: PagePost, actions: PostActions): PostCard {
  const { isBot } = first.author;
  const mine = first.author.id === actions.personId;
  const name = isBot ? 'CXR-LLaVA' : mine ? 'You' : first.author.name || 'Another person';
  const badge = h('span', { class: 'badge' });
  const whisper = first.privateTo ? h('span', { class: 'badge private' }, icon('lock'), 'only you see this') : null;
  const outdated = h('span', { class: 'badge outdated-badge' }, 'no longer part of the conversation');
  const clock = h('time', {}, time.format(first.at));
  const own = h('span', { class: 'own-controls' });
  const header = h('header', {}, h('h3', {}, name), clock, isBot ? badge : null, outdated, whisper, own);
  const text = h('div', { class: 'text' });
  const markdown = createMarkdown(text);
  const failure = h('div', { class: 'failure', attributes: { role: 'alert' } });
  const failureMarkdown = createMarkdown(failure);
  const extras = h('div', { class: 'extras' });
  const footer = h('footer', { class: 'post-controls' });
  const element = h(
    'article',
    { class: `post ${isBot ? 'bot' : mine ? 'person' : 'person other'}` },
    header,
    text,
    failure,
    extras,
    footer,
  );
  let shownRest = '';
  let latest = first;

  function control(post: PagePost, given: Control): HTMLButtonElement {
    const style = given.style ?? 'plain';
    const button = textButton(given.label, () => actions.act(latest, given), { style });
    if (given.form) button.setAttribute('aria-haspopup', 'dialog');
    button.classList.add('small');
    if (given.action === 'helpful' || given.action === 'not-helpful') {
      setPressed(button, post.feedback[actions.personId] === (given.action === 'helpful'));
    }
    return button;
  }

  function rest(post: PagePost): void {
    const films = post.attachments.map((file, index) =>
      h(
        'li',
        {},
        icon('film'),
        h('span', { class: 'file-name' }, actions.localName(file.id) ?? `Film ${index + 1}`),
        h('span', { class: 'file-facts' }, `${file.kind} · ${sizeText(file.size)}`),
      ),
    );
    const pictures = post.pictures.map(({ id, alt, width, height }) => {
      const src = api.blobUrl(actions.threadId(), id);
      return h(
        'button',
        {
          class: 'picture',
          attributes: { type: 'button', 'aria-haspopup': 'dialog', title: 'Show it large' },
          on: { click: () => pictureDialog(src, alt) },
        },
        h('img', { attributes: { src, alt, loading: 'lazy', ...(width && height ? { width, height } : {}) } }),
      );
    });
    const files = post.files.map((file) =>
      h(
        'a',
        {
          class: 'button plain small',
          attributes: { href: api.blobUrl(actions.threadId(), file.id), download: file.name },
        },
        icon('download'),
        `${file.name} (${sizeText(file.size)})`,
      ),
    );
    const film = post.film;
    const show = film && textButton(`Film ${film.image + 1}`, () => actions.showFilm(film.image), { icon: 'film' });
    show?.classList.add('small');
    extras.replaceChildren(
      ...(films.length > 0 ? [h('ul', { class: 'file-list' }, ...films)] : []),
      ...pictures,
      ...files,
    );
    const writing = post.state === 'draft';
    const buttons: HTMLElement[] = [...(show ? [show] : []), ...post.controls.map((given) => control(post, given))];
    if (isBot && writing && !post.controls.some(({ action }) => action === 'stop')) {
      const stop = textButton('Stop', () => actions.act(latest, { action: 'stop' }), { icon: 'stop' });
      stop.classList.add('small');
      buttons.push(stop);
    }
    if (isBot && !text.hidden && !writing) buttons.push(iconButton('copy', 'Copy', () => actions.copy(latest.text)));
    if (mine) {
      const edit = iconButton('edit', 'Edit and ask again', () => actions.edit(latest));
      edit.hidden = post.attachments.length > 0;
      own.replaceChildren(
        edit,
        iconButton('trash', 'Delete this message', () => actions.remove(latest)),
      );
    }
    footer.replaceChildren(...buttons);
  }

  function update(post: PagePost): void {
    latest = post;
    element.dataset.state = post.state;
    element.classList.toggle('outdated', post.isOutdated === true);
    outdated.hidden = post.isOutdated !== true;
    element.setAttribute('aria-busy', String(post.state === 'draft'));
    setText(badge, badges[post.state]);
    badge.hidden = post.state === 'done' && post.isDraft === false;
    markdown.show(post.text);
    // Of a refused film only "Reading …" was said so far: the sentence stands instead of it.
    text.hidden =
      post.state === 'failed' ? /^(?:[^\n]*…)?\s*$/.test(post.text) : post.text === '' && post.state !== 'draft';
    failure.hidden = post.failure === null;
    failureMarkdown.show(post.failure ?? '');
    const wanted = JSON.stringify([post.state, post.controls, post.pictures, post.files, post.film, post.feedback]);
    if (wanted === shownRest) return;
    shownRest = wanted;
    const index = document.activeElement ? [...footer.children].indexOf(document.activeElement) : -1;
    rest(post);
    if (index >= 0) (footer.children[Math.min(index, footer.children.length - 1)] as HTMLElement | undefined)?.focus();
  }

  update(first);
  return {
    element,
    update,
    showText(post) {
      latest = post;
      markdown.show(post.text);
    },
  };
}
