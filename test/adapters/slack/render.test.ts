// What the bot writes looks right in Slack and can neither ping nor link, streamed or finished.
import { expect, test } from 'vitest';
import { splitForSlack, toMessage, toMrkdwn, toStreamMarkdown } from '../../../adapters/slack/render.ts';
import { linksOf, pingsOf } from '../../support/slack-server/rendering.ts';
import type { StoredMessage } from '../../support/slack-server/store.ts';

const HOSTILE = [
  '<!channel> <@U123> <#C1> <!subteam^S1|@team> @here @channel @everyone',
  'http://evil.example/a https://evil.example www.evil.example evil.example <https://evil.example|x> mail@evil.example',
  '[click](http://evil.example) ![x](http://evil.example/x.png) [a][b]\n\n[b]: http://evil.example',
  '&lt;@U123&gt; &amp;lt;!here&amp;gt;',
].join('\n');

const stored = (message: Partial<StoredMessage>): StoredMessage => ({
  channel: 'C1',
  ts: '1.0',
  user: 'U',
  text: '',
  files: [],
  unfurls: false,
  deleted: false,
  history: [],
  ...message,
});

test('renders the Markdown subset as mrkdwn', () => {
  expect(toMrkdwn('## Findings\n- **Heart**: large\n  1. _mild_\n\n`a<b`\n```\nx & y\n```')).toBe(
    '*Findings*\n• *Heart*: large\n    1. _mild_\n\n`a&lt;b`\n```\nx &amp; y\n```',
  );
});

test('a finished message pings and links nothing', () => {
  for (const draft of [{}, { draft: '0a1b2c3d' }]) {
    const { text, blocks } = toMessage(HOSTILE, draft);
    const message = stored({ text, blocks });
    expect(pingsOf(message)).toEqual([]);
    expect(linksOf(message)).toEqual([]);
  }
});

test('a streamed text pings and links nothing, however it is cut', () => {
  for (let cut = 0; cut <= HOSTILE.length; cut += 1) {
    const start = toStreamMarkdown(HOSTILE.slice(0, cut));
    expect(toStreamMarkdown(HOSTILE).startsWith(start)).toBe(true);
    const message = stored({ text: start, streaming_state: 'in_progress' });
    expect(pingsOf(message)).toEqual([]);
    expect(linksOf(message)).toEqual([]);
  }
  expect(toStreamMarkdown('Plain words, 3.5 cm.')).toBe('Plain words, 3.5 cm.');
});

test('every part fits a section after escaping', () => {
  const parts = splitForSlack('<&> '.repeat(3_000));
  expect(parts.length).toBeGreaterThan(5);
  for (const part of parts) {
    expect(toMrkdwn(part).length).toBeLessThanOrEqual(3_000);
    expect(toMessage(part).text.length).toBeLessThanOrEqual(4_000);
  }
});
