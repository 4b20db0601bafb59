// Refuses blocks as Slack does (https://docs.slack.dev/reference/block-kit): sizes, labels, and ids that must differ.
import { buttonsOf } from './rendering.ts';
import type { ModalView } from './store.ts';

/** Slack's error code for these blocks, or null if they are fine. */
export function blockError(blocks: unknown[], maxBlocks: number): string | null {
  if (blocks.length > maxBlocks) return 'invalid_blocks';
  for (const block of blocks as { type: string; text?: { text: string }; elements?: { action_id?: string }[] }[]) {
    if (block.type === 'section' && !within(block.text?.text, 3_000)) return 'invalid_blocks';
    if (block.type === 'header' && !within(block.text?.text, 150)) return 'invalid_blocks';
    if (block.type === 'actions' && !within('x'.repeat(block.elements?.length ?? 0), 25)) return 'invalid_blocks';
    if (block.type === 'actions') {
      const ids = (block.elements ?? []).map((element) => element.action_id);
      if (new Set(ids).size !== ids.length) return 'invalid_blocks';
    }
  }
  const buttons = buttonsOf({ blocks });
  const fits = buttons.every(
    (each) => within(each.label, 75) && within(each.value, 2_000) && within(each.actionId, 255),
  );
  return fits ? null : 'invalid_blocks';
}

/** What Slack would hold against a modal of inputs (https://docs.slack.dev/reference/views/modal-views), or null. */
export function modalError(view: ModalView): string | null {
  if (view.type !== 'modal' || view.submit === undefined) return 'type';
  if (!within(view.title.text, 24) || !within(view.submit.text, 24)) return 'title';
  if (view.private_metadata.length > 3_000 || !within(view.callback_id, 255)) return 'private_metadata';
  if (view.blocks.length < 1 || view.blocks.length > 100) return 'blocks';
  if (new Set(view.blocks.map((block) => block.block_id)).size !== view.blocks.length) return 'block_id';
  for (const { type, block_id, label, element } of view.blocks) {
    if (type !== 'input' || !within(block_id, 255) || !within(label.text, 2_000)) return block_id;
    if (element.type === 'plain_text_input') {
      if ((element.max_length ?? 3_000) > 3_000) return block_id;
    } else if (element.type === 'static_select') {
      const { options = [] } = element;
      if (options.length < 1 || options.length > 100) return block_id;
      if (options.some(({ text, value }) => !within(text.text, 75) || !within(value, 150))) return block_id;
    } else return block_id;
  }
  return null;
}

function within(text: string | undefined, longest: number): boolean {
  return text !== undefined && text.length > 0 && text.length <= longest;
}
