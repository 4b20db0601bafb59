// The page's small buttons and sliders, made the same way everywhere: a name for screen readers, an icon, a state.
import { h, setAttribute } from './element.ts';
import { type IconName, icon } from './icons.ts';

/** A square button with an icon only; `label` is its name and its tooltip. */
export function iconButton(name: IconName, label: string, onClick: () => void, keys?: string): HTMLButtonElement {
  const title = keys ? `${label} (${keys})` : label;
  const attributes = { type: 'button', 'aria-label': label, title, 'aria-keyshortcuts': keys };
  return h('button', { class: 'icon-button', attributes, on: { click: onClick } }, icon(name));
}

export function textButton(
  label: string,
  onClick: () => void,
  options: { style?: 'primary' | 'danger' | 'plain'; icon?: IconName } = {},
): HTMLButtonElement {
  const style = options.style ?? 'plain';
  const picture = options.icon ? icon(options.icon) : null;
  return h(
    'button',
    { class: `button ${style}`, attributes: { type: 'button' }, on: { click: onClick } },
    picture,
    label,
  );
}

export const setPressed = (button: HTMLElement, pressed: boolean) =>
  setAttribute(button, 'aria-pressed', String(pressed));

export interface Slider {
  element: HTMLElement;
  set(value: number): void;
  enable(enabled: boolean): void;
}

/** `sign` is what stands before the slider; its name for screen readers is `label`. */
export function slider(
  label: string,
  sign: string,
  range: { min: number; max: number; step: number },
  onInput: (value: number) => void,
): Slider {
  const input = h('input', {
    attributes: { type: 'range', ...range, 'aria-label': label, title: label },
    on: { input: () => onInput(Number(input.value)) },
  });
  const element = h(
    'label',
    { class: 'slider' },
    sign === '' ? null : h('span', { attributes: { 'aria-hidden': 'true' } }, sign),
    input,
  );
  return {
    element,
    set(value) {
      if (Number(input.value) !== value) input.value = String(value);
    },
    enable(enabled) {
      input.disabled = !enabled;
    },
  };
}
