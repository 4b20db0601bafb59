// What Slack itself does with a modal: checks what was filled in before it is sent, closes it or shows why not.
import type { Delivery } from './delivery.ts';
import type { StoredView } from './store.ts';

/** The state of the inputs; null, with sentences under them, where Slack itself does not let the modal be sent. */
export function stateOf(stored: StoredView, answers: Readonly<Record<string, string>>): Record<string, unknown> | null {
  const state: Record<string, unknown> = {};
  stored.errors = {};
  for (const { block_id, optional, label, element } of stored.view.blocks) {
    const answer = answers[label.text] ?? '';
    const { type, action_id, max_length = 3_000, options } = element;
    if (answer === '' && optional !== true) stored.errors[block_id] = 'Please complete this required field.';
    if (options === undefined) {
      if (answer.length > max_length) stored.errors[block_id] = 'Too long.';
      state[block_id] = { [action_id]: { type, value: answer === '' ? null : answer } };
    } else {
      const chosen = options.find((option) => option.text.text === answer);
      if (chosen === undefined && answer !== '') throw new Error(`no option ${answer}`);
      state[block_id] = { [action_id]: { type, selected_option: chosen ?? null } };
    }
  }
  return Object.keys(stored.errors).length > 0 ? null : state;
}

/** An empty acknowledgement closes the modal; errors are shown under its fields. */
export function settle(stored: StoredView, delivery: Delivery): void {
  const latest = delivery.attempts.at(-1);
  if (latest?.acknowledgedAt == null) return;
  const { response } = latest;
  const answer: unknown = typeof response === 'string' && response !== '' ? JSON.parse(response) : response;
  const { response_action, errors } = (answer || {}) as { response_action?: string; errors?: Record<string, string> };
  if (response_action === 'errors') stored.errors = errors ?? {};
  else stored.open = false;
}
