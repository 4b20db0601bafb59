// Discord's limits on a message, enforced: whoever goes over them is refused, as there.
import { Refusal } from './rest-request.ts';
import type { Modal, StoredMessage } from './store.ts';

function wrong(text: string): never {
  throw new Refusal(400, 50_035, `Invalid Form Body: ${text}`);
}

const LABEL = 18;
const TEXT_INPUT = 4;
const STRING_SELECT = 3;

/** https://docs.discord.com/developers/components/reference#label */
export function checkModal({ custom_id, title, components }: Modal): void {
  const within = (text: string, longest: number) => text.length >= 1 && text.length <= longest;
  if (!within(custom_id, 100)) wrong('custom_id must be between 1 and 100 in length');
  if (!within(title, 45)) wrong('title must be between 1 and 45 in length');
  if (components.length < 1 || components.length > 5) wrong('must be between 1 and 5 components');
  for (const { type, label, component } of components) {
    if (type !== LABEL || !within(label, 45)) wrong('label must be between 1 and 45 in length');
    if (!within(component.custom_id, 100)) wrong('custom_id must be between 1 and 100 in length');
    if (component.type === TEXT_INPUT) {
      if (component.style === undefined || (component.max_length ?? 4_000) > 4_000) wrong('text input');
    } else if (component.type === STRING_SELECT) {
      const options = component.options ?? [];
      if (options.length < 1 || options.length > 25) wrong('must be between 1 and 25 options');
      if (options.some((option) => !within(option.label, 100) || !within(option.value, 100))) wrong('option');
    } else wrong('component type');
  }
  const ids = components.map(({ component }) => component.custom_id);
  if (new Set(ids).size !== ids.length) wrong('custom ids must not be used twice');
}

export function checkMessage(message: StoredMessage): void {
  if (message.content.length > 2_000) wrong('content must be 2000 or fewer in length');
  if (message.content.trim() === '' && message.files.length === 0 && message.thinking !== true)
    throw new Refusal(400, 50_006, 'Cannot send an empty message');
  if (message.files.length > 10) wrong('at most 10 attachments');
  if ((message.nonce?.length ?? 0) > 25) wrong('nonce must be 25 or fewer in length');
  if (message.components.length > 5) wrong('at most 5 rows');
  const ids = message.components.flatMap((row) => {
    const buttons = row.components ?? [];
    if (buttons.length === 0 || buttons.length > 5) wrong('1 to 5 buttons a row');
    for (const button of buttons) {
      if ((button.custom_id?.length ?? 0) > 100) wrong('custom_id must be 100 or fewer in length');
      if ((button.label ?? '').length > 80) wrong('label must be 80 or fewer in length');
    }
    return buttons.map((button) => button.custom_id);
  });
  if (new Set(ids).size !== ids.length) wrong('custom ids must not be used twice in a message');
}
