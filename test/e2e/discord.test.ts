// The started program over the local Discord: a radiograph read and discussed in a thread, a command, a cut line, kill −9 and restart, one answer each.
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createDiscordServer, type DiscordServer } from '../support/discord-server/discord-server.ts';
import { repliesIn, type SeenReply } from '../support/discord-server/looking.ts';
import { READING } from '../support/discord-server/store.ts';
import { createProgramBench, eventually, TEST_TIMEOUT_MS } from '../support/program-bench.ts';
import { haveSamples, readSample, SAMPLE } from '../support/samples.ts';

let server: DiscordServer;
const program = createProgramBench(() => server.close());

const start = () =>
  program.start({
    DISCORD_TOKEN: server.store.bot.token,
    DISCORD_API_URL: server.apiUrl,
    STATE_URL: `sqlite://${join(program.folder, 'state.sqlite')}`,
  });

const settled = (channel: string, count: number): Promise<SeenReply[]> =>
  vi.waitFor(() => {
    const replies = repliesIn(server.store, channel);
    expect(replies.map((reply) => reply.unfinished)).toEqual(Array.from({ length: count }, () => false));
    return replies;
  }, eventually);

describe.skipIf(!haveSamples)('the started program over the local Discord', () => {
  test('reads, discusses, survives a cut line and kill −9, and forgets', { timeout: TEST_TIMEOUT_MS }, async () => {
    server = await createDiscordServer();
    const { people, gateway, store } = server;
    await start();
    const film = (name: string) => ({ name, type: 'image/png', bytes: readSample(name) });
    const root = people.post({ files: [film(SAMPLE.effusion)] });
    const [report] = await settled(root.id, 1);
    expect(report?.parts.join()).toContain('Draft report');
    await vi.waitFor(() => expect(repliesIn(store, root.id)[0]?.pictures).toHaveLength(1), eventually);
    gateway.disturb('drop');
    people.post({ channel: root.id, text: 'Is there a pleural effusion?' });
    await settled(root.id, 2);
    people.post({ channel: root.id, text: 'Is the heart enlarged?' });
    await vi.waitFor(() => expect(repliesIn(store, root.id)).toHaveLength(3), eventually);
    await program.end('SIGKILL');
    await start();
    await settled(root.id, 3);
    const used = people.command(['cxr', 'read'], {
      files: { image: film(SAMPLE.normal) },
      strings: { prompt: 'basic' },
    });
    await people.answered(used);
    await vi.waitFor(() => expect(store.channels.has(used.original ?? '')).toBe(true), eventually);
    expect((await settled(used.original ?? '', 1))[0]?.parts.join()).toMatch(/Draft report|not read/);
    const carrier = repliesIn(store, root.id)[0]?.messages.find((message) => message.components.length > 0);
    if (carrier === undefined) throw new Error('no buttons under the report');
    const press = people.press(carrier, 'Forget this case');
    await people.answered(press);
    await people.answered(people.submit(press, { 'This cannot be undone.': 'Yes' }));
    await vi.waitFor(
      () => expect(JSON.stringify(store.in(root.id).map((message) => message.content))).toContain('Forgotten'),
      eventually,
    );
    expect(store.in(READING).some((message) => message.thinking)).toBe(false);
    expect(store.ofBot().flatMap((message) => message.pinged)).toEqual([]);
    expect(await program.end('SIGTERM')).toBe(0);
  });
});
