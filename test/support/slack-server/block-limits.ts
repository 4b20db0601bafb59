// Refuses blocks as Slack does (https://docs.slack.dev/reference/block-kit): sizes, labels, and ids that must differ.
import { buttonsOf } from './rendering.ts';

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

function within(text: string | undefined, longest: number): boolean {
  return text !== undefined && text.length > 0 && text.length <= longest;
}
