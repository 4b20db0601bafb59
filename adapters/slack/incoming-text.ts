// Turns Slack's message markup into what the person typed, and tells who was mentioned.

export interface IncomingText {
  text: string;
  mentionsBot: boolean;
  mentionsOthers: boolean;
}

const MARKUP = /<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g;

/** Source of the markup: https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages */
export function readIncomingText(raw: string, botUserId: string): IncomingText {
  let mentionsBot = false;
  let mentionsOthers = false;
  const text = raw.replace(MARKUP, (_markup, sign: string, target: string, label: string | undefined) => {
    if (sign === '@') {
      if (target === botUserId) {
        mentionsBot = true;
        return '';
      }
      mentionsOthers = true;
      return `@${label ?? 'someone'}`;
    }
    if (sign === '!') {
      if (target.startsWith('date^')) return label ?? '';
      mentionsOthers = true;
      return `@${(label ?? target.split('^')[0] ?? '').replace(/^@/, '')}`;
    }
    if (sign === '#') return `#${label ?? 'channel'}`;
    return label ?? target.replace(/^mailto:/, '');
  });
  return {
    text: unescapeEntities(text)
      .replace(/[ \t]{2,}/g, ' ')
      .trim(),
    mentionsBot,
    mentionsOthers,
  };
}

/** Slack escapes exactly these three characters; the ampersand comes last so that nothing is unescaped twice. */
function unescapeEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
