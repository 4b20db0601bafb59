// A reply's Markdown as Slack shows it: formatted where we mean it, inert where the text would ping, link or unfurl.
import type { types } from '@slack/bolt';
import { type MarkdownStyle, renderMarkdown } from '../shared/markdown.ts';
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
export const toMrkdwn = (markdown: string): string => renderMarkdown(markdown, STYLE);

function escapeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const STYLE: MarkdownStyle = {
  text: escapeEntities,
  bold: (text) => `*${escapeEntities(text)}*`,
  italic: (text) => `_${escapeEntities(text)}_`,
  code: (text) => `\`${escapeEntities(text)}\``,
  // mrkdwn has no languages.
  fence: (_language, body) => `\`\`\`\n${escapeEntities(body)}\n\`\`\``,
  heading: (text) => `*${escapeEntities(text)}*`,
  bullet: '•',
  indent: '    ',
};

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
