// The list of conversations as a drawer, on screens that have no room for it: its button, and where the focus goes.
import { iconButton } from './controls.ts';
import { setAttribute } from './element.ts';

export interface Drawer {
  readonly button: HTMLButtonElement;
  readonly isOpen: boolean;
  /** The focus goes into the drawer, and back to its button. */
  show(open: boolean): void;
}

export function createDrawer(focusStart: () => void): Drawer {
  const isOpen = () => document.body.classList.contains('menu-open');
  const button = iconButton('menu', 'Conversations', () => show(!isOpen()));
  button.classList.add('menu-button');
  button.setAttribute('aria-expanded', 'false');

  function show(open: boolean): void {
    const wasOpen = isOpen();
    document.body.classList.toggle('menu-open', open);
    setAttribute(button, 'aria-expanded', String(open));
    if (open) focusStart();
    else if (wasOpen) button.focus();
  }

  return {
    button,
    show,
    get isOpen() {
      return isOpen();
    },
  };
}
