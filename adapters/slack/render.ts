// A reply's Markdown as Slack shows it: formatted where we mean it, inert where the text would ping, link or unfurl.
import type { types } from '@slack/bolt';
import { type Inline, type Line, parseMarkdown } from '../shared/markdown.ts';
import { splitText } from '../shared/split-text.ts';

/** https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
export const MAX_SECTION_LENGTH = 3_000;

/** One Slack message: `text` for notifications and screen readers, `blocks` for the eye. */
export interface OutgoingMessage {
  text: string;
  blocks: types.KnownBlock[];
}

/** Words by which people (and a restarted bot) recognise an unfinished draft. */
export function draftMark(ref: string): string {
  return `Draft ${ref}, still being written …`;
}

/** Cuts Markdown so that each part fits one section once rendered. */
export function splitForSlack(text: string): string[] {
  return splitText(text, { maxLength: MAX_SECTION_LENGTH, measure: (part) => toMrkdwn(part).length });
}

/** Slack's mrkdwn; `&`, `<` and `>` are escaped, so no mention, channel or link can come about. */
export function toMrkdwn(markdown: string): string {
  return parseMarkdown(markdown).map(renderLine).join('\n');
}

function renderLine(line: Line): string {
  switch (line.kind) {
    case 'blank':
      return '';
    case 'code':
      return `\`\`\`\n${escapeEntities(line.text).replaceAll('```', "'''")}\n\`\`\``;
    case 'heading':
      return `*${line.inlines.map((inline) => escapeEntities(inline.text)).join('')}*`;
    case 'item': {
      const marker = /^\d/.test(line.marker) ? line.marker.replace(')', '.') : '•';
      return `${'    '.repeat(line.depth)}${marker} ${renderInlines(line.inlines)}`;
    }
    case 'quote':
      return `> ${renderInlines(line.inlines)}`;
    case 'paragraph':
      return renderInlines(line.inlines);
  }
}

function renderInlines(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      const text = escapeEntities(inline.text);
      if (inline.kind === 'bold') return `*${text}*`;
      if (inline.kind === 'italic') return `_${text}_`;
      return inline.kind === 'code' ? `\`${text}\`` : text;
    })
    .join('');
}

function escapeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const NOTHING = '\u200b';

/**
 * Markdown for native streams, where Slack offers no switch against links: an invisible character keeps addresses, mentions and
 * `[…](…)` from being recognised. What it makes of a text begins with what it makes of any beginning of that text.
 */
export function toStreamMarkdown(markdown: string): string {
  return escapeEntities(markdown)
    .replace(/@/g, `@${NOTHING}`)
    .replace(/:(?=\/)/g, `:${NOTHING}`)
    .replace(/\](?=[([:])/g, `]${NOTHING}`)
    .replace(/(?<=[A-Za-z0-9])\.(?=[A-Za-z])/g, `.${NOTHING}`);
}

/** One part of a reply. `draft`: the reference shown while it is unfinished; `controls` stand below the last part. */
export function toMessage(
  part: string,
  options: { draft?: string; controls?: types.KnownBlock[] } = {},
): OutgoingMessage {
  const mrkdwn = toMrkdwn(part);
  const blocks: types.KnownBlock[] = [];
  if (mrkdwn !== '') {
    blocks.push({ type: 'section', expand: true, text: { type: 'mrkdwn', text: mrkdwn, verbatim: true } });
  }
  if (options.draft !== undefined) {
    const mark = `_${draftMark(options.draft)}_`;
    blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: mark, verbatim: true }] });
  }
  blocks.push(...(options.controls ?? []));
  const note = options.draft === undefined ? '' : draftMark(options.draft);
  return { text: [mrkdwn, note].filter((piece) => piece !== '').join('\n') || 'Done.', blocks };
}
