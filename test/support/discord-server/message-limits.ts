// Discord's limits on a message, enforced: whoever goes over them is refused, as there.
import { Refusal } from './rest-request.ts';
import type { StoredMessage } from './store.ts';

export function checkMessage(message: StoredMessage): void {
  const wrong = (text: string): never => {
    throw new Refusal(400, 50_035, `Invalid Form Body: ${text}`);
  };
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
