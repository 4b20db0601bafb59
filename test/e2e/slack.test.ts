// The started program over the local Slack: real radiographs read and discussed, faults everywhere, kill −9 and restart, one answer each.
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createProgramBench, eventually, TEST_TIMEOUT_MS } from '../support/program-bench.ts';
import { haveSamples, readSample, SAMPLE } from '../support/samples.ts';
import { type ReadReply, readThread } from '../support/slack-server/looking.ts';
import { createSlackServer, type SlackServer } from '../support/slack-server/slack-server.ts';
import { freePort } from '../support/started-program.ts';

let server: SlackServer;
let stores = 0;
const program = createProgramBench(() => server.close());

async function environment(transport: 'socket' | 'http'): Promise<Record<string, string>> {
  stores += 1;
  const common = {
    SLACK_BOT_TOKEN: server.tokens.bot,
    SLACK_API_URL: server.apiUrl,
    STATE_URL: `sqlite://${join(program.folder, `state-${stores}.sqlite`)}`,
    RATE_LIMIT_PER_MINUTE: '1000',
  };
  if (transport === 'socket') return { ...common, SLACK_APP_TOKEN: server.tokens.app };
  const port = await freePort();
  server.delivery.options.requestUrl = `http://127.0.0.1:${port}/slack/events`;
  return { ...common, SLACK_SIGNING_SECRET: server.signingSecret, PORT: String(port) };
}

function settled(channel: string, thread: string, count: number): Promise<ReadReply[]> {
  return vi.waitFor(() => {
    const replies = readThread(server, channel, thread);
    const open = replies.filter((reply) => !reply.finished).length;
    if (replies.length !== count || open > 0) {
      const texts = replies.map((reply) => reply.text.slice(0, 120)).join(' | ');
      throw new Error(`${replies.length} of ${count} replies, ${open} unfinished: ${texts}`);
    }
    return replies;
  }, eventually);
}

const TYPES: Record<string, string> = { png: 'image/png', jpeg: 'image/jpeg', dcm: 'application/octet-stream' };
const film = (name: string) => ({
  name,
  mimetype: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
  bytes: readSample(name),
});

describe.skipIf(!haveSamples)('the started program over the local Slack', () => {
  describe.each(['socket', 'http'] as const)('by %s', (transport) => {
    test('reads and discusses real radiographs, and forgets a case', { timeout: TEST_TIMEOUT_MS }, async () => {
      server = await createSlackServer();
      await program.start(await environment(transport));
      const names = transport === 'socket' ? SAMPLE.all : [SAMPLE.normal, SAMPLE.dicom, SAMPLE.childJpeg];
      for (const name of names) {
        const root = server.people.post({ files: [film(name)] });
        const [report] = await settled('C0READING', root.thread, 1);
        expect(report?.text).toMatch(/Draft report|not read/);
        expect(report?.text.length).toBeGreaterThan(20);
      }
      const root = server.people.post({ files: [film(SAMPLE.effusion)] });
      const [report] = await settled('C0READING', root.thread, 1);
      expect(report?.text).toContain('Not a diagnosis');
      await vi.waitFor(() => expect(readThread(server, 'C0READING', root.thread)[0]?.pictures).toBe(1), eventually);
      server.people.post({ text: 'Is there a pleural effusion?', thread: root.thread });
      await settled('C0READING', root.thread, 2);
      server.people.post({ files: [film(SAMPLE.normal)], thread: root.thread });
      expect((await settled('C0READING', root.thread, 3))[2]?.text).toContain('film 2');
      const [first] = report?.messages ?? [];
      if (first === undefined) throw new Error('no report');
      await server.people.press(first, 'Forget this case');
      await vi.waitFor(() => {
        expect(readThread(server, 'C0READING', root.thread).some((reply) => reply.text.includes('Forgotten'))).toBe(
          true,
        );
      }, eventually);
      expect(server.delivery.deliveries.every((each) => each.attempts.length === 1)).toBe(true);
      const exit = await program.end('SIGTERM');
      expect(exit).toBe(0);
    });
  });

  test('answers each request once although everything fails now and then', { timeout: TEST_TIMEOUT_MS }, async () => {
    server = await createSlackServer();
    server.delivery.options.retryDelaysMs = [0, 2_000, 5_000, 10_000, 20_000];
    await program.start(await environment('socket'));
    // One page is an outage's or a proxy's; one that stays is Slack's sign-in.
    server.faults.add({ kind: 'html', method: 'file-download' });
    const passing = server.people.post({ files: [film(SAMPLE.normal)] });
    expect((await settled('C0READING', passing.thread, 1))[0]?.text).toContain('Draft report');
    server.faults.add({ kind: 'html', method: 'file-download', times: 100 });
    const unread = server.people.post({ files: [film(SAMPLE.normal)] });
    expect((await settled('C0READING', unread.thread, 1))[0]?.text).toContain('files:read');
    server.faults.clear();
    const kinds = ['rate-limit', 'server-error', 'error-after', 'disconnect', 'disconnect-after', 'slow'] as const;
    server.faults.random({ probability: 0.1, kinds, seed: 5 });
    const breaking = setInterval(() => server.delivery.disconnect('drop'), 4_000);
    const roots = [SAMPLE.normal, SAMPLE.effusion, SAMPLE.dicom].map((name) =>
      server.people.post({ files: [film(name)] }),
    );
    for (const root of roots) await settled('C0READING', root.thread, 1);
    for (const root of roots) server.people.post({ text: 'Is the heart enlarged?', thread: root.thread });
    for (const root of roots) await settled('C0READING', root.thread, 2);
    clearInterval(breaking);
    server.faults.clear();
    await vi.waitFor(() => expect(server.delivery.pending()).toBe(0), eventually);
    const latest = server.delivery.deliveries.at(-1);
    if (latest !== undefined) await server.delivery.redeliver(latest);
    for (const root of roots) {
      await vi.waitFor(() => expect(readThread(server, 'C0READING', root.thread)[0]?.pictures).toBe(1), eventually);
      await settled('C0READING', root.thread, 2);
    }
    expect(Object.keys(server.faults.played()).length).toBeGreaterThan(2);
  });

  test('bad files each get one plain sentence, and the bot goes on', { timeout: TEST_TIMEOUT_MS }, async () => {
    server = await createSlackServer();
    await program.start(await environment('socket'));
    const png = readSample(SAMPLE.normal);
    const files: [string, string, Uint8Array, RegExp][] = [
      ['empty.png', 'image/png', new Uint8Array(), /empty/i],
      ['truncated.png', 'image/png', png.subarray(0, png.length / 2), /./],
      ['page.png', 'image/png', Buffer.from('<html><body>hello</body></html>'), /./],
      ['letter.pdf', 'application/pdf', Buffer.from('%PDF-1.7 …'), /another kind of file/],
      ['films.zip', 'application/zip', Buffer.from('PK\u0003\u0004…'), /another kind of file/],
      [
        'drawing.svg',
        'image/svg+xml',
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
        /another kind of file/,
      ],
      ['clip.mp4', 'video/mp4', Buffer.from('....ftypmp42'), /another kind of file/],
    ];
    for (const [name, mimetype, bytes, sentence] of files) {
      const root = server.people.post({ files: [{ name, mimetype, bytes }] });
      const [reply] = await settled('C0READING', root.thread, 1);
      expect(reply?.text).toMatch(sentence);
      expect(reply?.text).not.toMatch(/Draft report|Error|undefined|at .*\.js/);
    }
    const huge = server.people.post({ files: [film(SAMPLE.normal)], fileFields: { size: 200 * 1_024 * 1_024 } });
    expect((await settled('C0READING', huge.thread, 1))[0]?.text).toContain('too large');
    expect(huge.message.files[0]?.downloads).toBe(0);
    const good = server.people.post({ files: [film(SAMPLE.normal)] });
    expect((await settled('C0READING', good.thread, 1))[0]?.text).toMatch(/Draft report|not read/);
  });

  test.each([
    ['while the file is fetched', { kind: 'slow', method: 'file-download', delayMs: 60_000 }, 'file-download'],
    ['after the receipt was posted', { kind: 'disconnect-after', method: 'chat.postMessage' }, 'chat.postMessage'],
    ['when the text begins to stream', null, 'chat.startStream'],
    ['when the text is finished', { kind: 'slow', method: 'chat.stopStream', delayMs: 60_000 }, 'chat.stopStream'],
    [
      'when the picture is uploaded',
      { kind: 'slow', method: 'files.completeUploadExternal', delayMs: 60_000 },
      'files.completeUploadExternal',
    ],
  ] as const)(
    'kill −9 %s: after the restart there is one answer',
    { timeout: TEST_TIMEOUT_MS },
    async (_when, fault, at) => {
      server = await createSlackServer();
      server.delivery.options.retryDelaysMs = [0, 2_000, 5_000, 10_000, 20_000];
      const env = await environment('socket');
      const first = await program.start(env);
      if (fault !== null) server.faults.add(fault);
      const root = server.people.post({ files: [film(SAMPLE.normal)] });
      const reached = (): boolean =>
        at === 'file-download' ? server.fileTokens.length > 0 : server.store.calls.some((call) => call.method === at);
      await vi.waitFor(() => expect(reached()).toBe(true), { ...eventually, interval: 5 });
      expect(await first.end('SIGKILL')).toBe('SIGKILL');
      server.faults.clear();
      await program.start(env);
      await settled('C0READING', root.thread, 1);
      await vi.waitFor(() => expect(readThread(server, 'C0READING', root.thread)[0]?.pictures).toBe(1), eventually);
      await vi.waitFor(() => expect(server.delivery.pending()).toBe(0), eventually);
      const [only] = await settled('C0READING', root.thread, 1);
      expect(only?.text.match(/Draft report/g)).toHaveLength(1);
      expect(only?.messages.filter((message) => message.files.length === 0)).toHaveLength(1);
    },
  );
});
