// Takes the sting out of model text: it must never ping anybody nor render a link or markup that the model made up.
import { plainText } from '../plain-text.ts';

const SCHEME = /\b(?:https?|ftp|file|mailto|javascript|data|slack|discord|tel):\S*/gi;
const BARE_HOST = /\b(?:www\.)[^\s<>()]+/gi;
const MARKDOWN_LINK = /!?\[([^\]\n]*)\]\([^)\n]*\)/g;
const PLATFORM_MARK = /<(?:[@#!][^>\n]*|(?:https?|mailto):[^>\n]*|:\w+:\d+|a:\w+:\d+|t:\d+[^>\n]*|\/?[a-z][^>\n]*)>/gi;

/** `text` with links, mentions and tags of any platform taken out or made plain; words stay. */
export function neutralText(text: string): string {
  return plainText(text)
    .replace(MARKDOWN_LINK, '$1')
    .replace(PLATFORM_MARK, '')
    .replace(SCHEME, '(link removed)')
    .replace(BARE_HOST, '(link removed)')
    .replace(/@(?=\S)/g, '@ ')
    .replace(/[<>]/g, (mark) => (mark === '<' ? '‹' : '›'));
}
