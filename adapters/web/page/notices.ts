// Short notices: shown at the foot of the page for a while, and spoken by screen readers through live regions.
import { h } from './element.ts';

export interface Notices {
  readonly element: HTMLElement;
  /** Shows and speaks. */
  show(text: string): void;
  /** Speaks only. */
  speak(text: string): void;
}

const shownMs = 6000;

export function createNotices(): Notices {
  const toasts = h('div', { class: 'toasts', attributes: { role: 'status' } });
  const spoken = h('div', { class: 'visually-hidden', attributes: { 'aria-live': 'polite' } });
  return {
    element: h('div', {}, toasts, spoken),
    show(text) {
      const toast = h('p', { class: 'toast' }, text);
      toasts.append(toast);
      setTimeout(() => toast.remove(), shownMs);
    },
    speak(text) {
      spoken.textContent = text;
    },
  };
}
