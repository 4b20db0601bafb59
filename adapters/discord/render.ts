// A reply's Markdown as Discord shows it: formatted where we mean it, inert where the text would mention, link or unfurl.
import { type MarkdownStyle, renderMarkdown } from '../shared/markdown.ts';
import { splitText } from '../shared/split-text.ts';

/** https://docs.discord.com/developers/resources/message#create-message: 2,000 characters, of which the mark below takes its share. */
const MAX_CONTENT_LENGTH = 2_000;
const MARK_LENGTH = 60;

/** The small grey line under a message: by it people, the log and a restarted bot know which reply this belongs to. */
export function replyMark(ref: string): string {
  return `-# ref ${ref}`;
}
export function draftMark(ref: string): string {
  return `-# Draft, still being written … ref ${ref}`;
}
export function carriesMark(content: string, ref: string): boolean {
  return content.trimEnd().endsWith(`ref ${ref}`);
}

/** Cuts Markdown so that each part fits one message once rendered and marked. */
export function splitForDiscord(text: string): string[] {
  const measure = (part: string): number => toDiscordMarkdown(part).length;
  return splitText(text, { maxLength: MAX_CONTENT_LENGTH - MARK_LENGTH, measure });
}

export function toContent(part: string, mark: string): string {
  return [toDiscordMarkdown(part).trimEnd() || 'Done.', mark].join('\n');
}

export const toDiscordMarkdown = (markdown: string): string => renderMarkdown(markdown, STYLE);

/** Discord shows a character after a backslash as it is; `://` after a backslash is no address to it any more. */
function escapeText(text: string): string {
  return text.replace(/[\\*_~|`<>[\]@]/g, '\\$&').replace(/:(?=\/\/)/g, '\\:');
}

function escapeLineStart(line: string): string {
  return line.replace(/^(\s*)(?=[-#+])/, '$1\\');
}

const STYLE: MarkdownStyle = {
  text: escapeText,
  bold: (text) => `**${escapeText(text)}**`,
  italic: (text) => `*${escapeText(text)}*`,
  code: (text) => `\`${text.replaceAll('`', "'")}\``,
  fence: (language, body) => `\`\`\`${language}\n${body}\n\`\`\``,
  heading: (text) => `**${escapeText(text)}**`,
  bullet: '-',
  indent: '  ',
  paragraph: escapeLineStart,
};
