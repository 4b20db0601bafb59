// A quiz in a direct message, on the started program over the local Slack and the local Discord: answered by words and by the form, with kill −9 between
// an answer and its confirmation; scored, and told once.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { drawPhantom } from '../../engine/phantom.ts';
import { createDiscordServer } from '../support/discord-server/discord-server.ts';
import { repliesIn } from '../support/discord-server/looking.ts';
import { createProgramBench, eventually, TEST_TIMEOUT_MS } from '../support/program-bench.ts';
import { readThread } from '../support/slack-server/looking.ts';
import { createSlackServer } from '../support/slack-server/slack-server.ts';

const CONFIRM = 'That is what I mean';
const FORM_BUTTON = 'Give my answer';
const FINDINGS = 'Findings, in your own words';

interface Seen {
  text: string;
  pictures: number;
  finished: boolean;
}

/** One person's direct messages with the bot, on one platform. */
interface Seat {
  readonly environment: Record<string, string>;
  /** The first message opens the conversation. */
  say(text: string): void;
  /** Presses the newest button of this label; `fields` fill in the form behind it, by label. */
  press(label: string, fields?: Readonly<Record<string, string>>): Promise<void>;
  told(): Seen[];
}

let close: () => Promise<void> = async () => undefined;
const program = createProgramBench(() => close());

async function slackSeat(): Promise<Seat> {
  const server = await createSlackServer();
  close = () => server.close();
  const channel = 'D0READER';
  let thread: string | undefined;
  const replies = () => (thread === undefined ? [] : readThread(server, channel, thread));
  return {
    environment: {
      SLACK_BOT_TOKEN: server.tokens.bot,
      SLACK_APP_TOKEN: server.tokens.app,
      SLACK_API_URL: server.apiUrl,
    },
    say(text) {
      thread = server.people.post({ channel, text, ...(thread === undefined ? {} : { thread }) }).thread;
    },
    async press(label, fields) {
      const carrier = replies()
        .filter(({ buttons }) => buttons.includes(label))
        .at(-1)?.messages;
      const pressed = carrier?.findLast((message) => JSON.stringify(message.blocks ?? []).includes(label));
      if (pressed === undefined) throw new Error(`no button ${label}`);
      const before = server.store.views.length;
      await server.people.press(pressed, label);
      if (fields === undefined) return;
      const view = await vi.waitFor(() => {
        expect(server.store.views.length).toBe(before + 1);
        return server.store.views[before];
      }, eventually);
      if (view === undefined) throw new Error('no form was opened');
      await server.people.submit(view, fields);
    },
    told: () => replies().map(({ text, pictures, finished }) => ({ text, pictures, finished })),
  };
}

async function discordSeat(): Promise<Seat> {
  const server = await createDiscordServer();
  close = () => server.close();
  const { people, store } = server;
  const channel = people.direct();
  return {
    environment: { DISCORD_TOKEN: store.bot.token, DISCORD_API_URL: server.apiUrl },
    say: (text) => void people.post({ channel, text }),
    async press(label, fields) {
      const carrier = repliesIn(store, channel)
        .filter(({ controls }) => controls.some((control) => control.label === label))
        .at(-1)
        ?.messages.findLast(({ components }) => JSON.stringify(components).includes(label));
      if (carrier === undefined) throw new Error(`no button ${label}`);
      const pressed = people.press(carrier, label);
      await people.answered(pressed);
      if (fields !== undefined) await people.answered(people.submit(pressed, fields));
    },
    told: () =>
      repliesIn(store, channel).map(({ parts, pictures, unfinished }) => ({
        text: parts.join('\n'),
        pictures: pictures.length,
        finished: !unfinished,
      })),
  };
}

/** Two cases on films drawn by code. */
async function writeLibrary(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const [name, findings] of [
    ['effusion', 'left pleural effusion'],
    ['normal', 'normal'],
  ] as const) {
    const fields = { format: 'case-library/1', title: `The ${name} one`, findings, images: [`${name}.png`] };
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(fields));
    writeFileSync(join(folder, `${name}.png`), await drawPhantom({ kind: name }));
  }
  return folder;
}

describe.each([
  ['Slack', slackSeat],
  ['Discord', discordSeat],
] as const)('a quiz over the local %s', (platform, openSeat) => {
  test('two cases, a restart in the middle, each told once', { timeout: TEST_TIMEOUT_MS }, async () => {
    const seat = await openSeat();
    const environment = {
      ...seat.environment,
      STATE_URL: `sqlite://${join(program.folder, `${platform}.sqlite`)}`,
      CASE_LIBRARY: await writeLibrary(join(program.folder, platform)),
    };
    const told = (count: number): Promise<Seen[]> =>
      vi.waitFor(() => {
        const seen = seat.told();
        expect(
          seen.map(({ finished }) => finished),
          seen.map(({ text }) => text.slice(0, 80)).join(' | '),
        ).toEqual(Array.from({ length: count }, () => true));
        return seen;
      }, eventually);
    const first = await program.start(environment);

    seat.say('case quiz 2');
    const [question] = await told(1);
    expect(question?.text).toMatch(/Quiz, case 1 of 2: The (?:effusion|normal) one/);
    expect(question?.text).not.toMatch(/Draft report|left pleural/);
    await vi.waitFor(() => expect(seat.told()[0]?.pictures).toBe(1), eventually);
    const isEffusion = question?.text.includes('The effusion one') === true;
    seat.say(isEffusion ? 'effusion' : 'normal');
    expect((await told(2))[1]?.text).toMatch(
      isEffusion ? /effusion: 90 % present/ : /normal: all 12 findings absent \(90 % sure each\)/,
    );

    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    await program.start(environment);
    await seat.press(CONFIRM);
    const [, , result, next] = await told(4);
    expect(result?.text).toMatch(isEffusion ? /sensitivity 1\/1 = 100 %/ : /specificity \d+\/\d+ = 100 %/);
    expect(result?.text).toMatch(/Not a diagnosis|model/i);
    expect(next?.text).toContain('Quiz, case 2 of 2');

    await seat.press(FORM_BUTTON, { [FINDINGS]: isEffusion ? 'normal' : 'left effusion' });
    await told(5);
    await seat.press(CONFIRM);
    const all = await told(7);
    expect(all[6]?.text).toMatch(/The quiz is over\W*: 2 of 2 answered/);
    expect(all[6]?.text).toContain('sensitivity 1/1 = 100 %');
    expect(all.filter(({ text }) => text.includes('case 1 of 2'))).toHaveLength(1);
    expect(await program.end('SIGTERM')).toBe(0);
  });
});
