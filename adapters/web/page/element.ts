// Builds and updates the page's elements; text always goes in as text, so nothing said by a model or a person can become markup.

export type Child = Node | string | null | undefined | false;

interface Properties {
  class?: string;
  /** Attributes; `true` sets an empty one, `false`, null and undefined leave it out. */
  attributes?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

/** An element with its attributes, listeners and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (properties.class) element.className = properties.class;
  for (const [name, value] of Object.entries(properties.attributes ?? {})) setAttribute(element, name, value);
  for (const [name, listener] of Object.entries(properties.on ?? {})) {
    element.addEventListener(name, listener as EventListener);
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

export function setAttribute(
  element: Element,
  name: string,
  value: string | number | boolean | null | undefined,
): void {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? '' : value)) {
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Sets text only where it differs, so that screen readers and selections are left in peace. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export interface Keyed<T> {
  element: HTMLElement;
  update(item: T): void;
}

/** Keeps the children of `container` equal to `items`, moving and changing elements instead of making new ones: focus stays. */
export function createKeyedList<T>(
  container: HTMLElement,
  keyOf: (item: T) => string,
  create: (item: T) => Keyed<T>,
): { update(items: readonly T[]): void; get(key: string): Keyed<T> | undefined } {
  const shown = new Map<string, Keyed<T>>();
  return {
    get: (key) => shown.get(key),
    update(items) {
      const wanted = new Set(items.map(keyOf));
      for (const [key, entry] of shown) {
        if (wanted.has(key)) continue;
        entry.element.remove();
        shown.delete(key);
      }
      let place: ChildNode | null = container.firstChild;
      for (const item of items) {
        const key = keyOf(item);
        let entry = shown.get(key);
        if (entry) entry.update(item);
        else {
          entry = create(item);
          shown.set(key, entry);
        }
        if (entry.element === place) place = place.nextSibling;
        else container.insertBefore(entry.element, place);
      }
    },
  };
}
