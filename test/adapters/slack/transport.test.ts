// Both ways in: Socket Mode comes back at once, HTTP takes nothing that Slack did not sign just now and for the first time.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSlackAdapter } from '../../../adapters/slack/slack-adapter.ts';
import { encodeBody, sign } from '../../support/slack-server/delivery.ts';
import { adapterFor, configFor } from '../../support/slack-server/harness.ts';
import { createSlackServer } from '../../support/slack-server/slack-server.ts';
import { type StartedSlack, startSlack } from '../../support/slack-server/started.ts';

const eventually = { timeout: 15_000, interval: 20 };
let slack: StartedSlack | null = null;
afterEach(async () => {
  await slack?.close();
  slack = null;
});

describe('Socket Mode', () => {
  test.each(['drop', 'refresh'] as const)('is connected again within a second after: %s', async (how) => {
    slack = await startSlack();
    const { delivery, people } = slack.server;
    const start = Date.now();
    delivery.disconnect(how);
    await vi
      .waitFor(() => expect(delivery.connections()).toBe(0), { timeout: 5_000, interval: 1 })
      .catch(() => undefined);
    await vi.waitFor(() => expect(delivery.connections()).toBe(1), { timeout: 5_000, interval: 5 });
    expect(Date.now() - start).toBeLessThan(how === 'drop' ? 2_000 : 4_000);
    await people.post({ text: 'still there?' }).delivered;
    expect(slack.of('message')).toHaveLength(1);
  });

  test('an event whose acknowledgement was lost comes again with the same id', async () => {
    slack = await startSlack();
    const { delivery, people } = slack.server;
    delivery.options.acknowledgeWithinMs = 1_000;
    slack.beforeTaking = async () => {
      delivery.disconnect('drop');
      if (slack !== null) slack.beforeTaking = async () => undefined;
    };
    const [sent] = await people.post({ text: 'hello' }).delivered;
    expect(sent?.attempts.at(-1)?.acknowledgedAt).not.toBeNull();
    const ids = slack.of('message').map((each) => each.id);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(1);
  });

  test('keeps trying while Slack is down, says that it is not ready, and comes back', async () => {
    slack = await startSlack();
    const { adapter, server } = slack;
    server.faults.add({ kind: 'server-error', method: 'apps.connections.open', times: 3 });
    server.delivery.disconnect('drop');
    await vi.waitFor(() => expect(adapter.health().ready).toBe(false), eventually);
    await vi.waitFor(() => expect(adapter.health().ready).toBe(true), eventually);
  });

  test('starts once Slack answers, though it was down at first', async () => {
    const server = await createSlackServer();
    server.faults.add({ kind: 'server-error', method: 'auth.test', times: 2 });
    server.faults.add({ kind: 'disconnect', method: 'apps.connections.open', times: 2 });
    const adapter = adapterFor(server, configFor(server, 'socket'));
    await adapter.start(async () => 'ignored');
    expect(adapter.health().ready).toBe(true);
    await adapter.stop();
    await server.close();
  });

  test.each([
    ['SLACK_BOT_TOKEN', { botToken: 'xoxb-wrong' }],
    ['SLACK_APP_TOKEN', { appToken: 'xapp-wrong' }],
  ])('names the refused token: %s', async (name, wrong) => {
    const server = await createSlackServer();
    const adapter = createSlackAdapter({ ...configFor(server, 'socket'), ...wrong });
    await expect(adapter.start(async () => 'ignored')).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(name),
    });
    await adapter.stop();
    await server.close();
  });
});

describe('HTTP', () => {
  const event = {
    type: 'event_callback',
    team_id: 'T0CXRTEAM',
    event_id: 'Ev1',
    event: {
      type: 'message',
      channel: 'C1',
      channel_type: 'channel',
      user: 'U1',
      text: 'hello',
      ts: '1700000000.000001',
    },
  };
  const now = (): number => Math.floor(Date.now() / 1_000);

  async function send(
    body: string,
    headers: Record<string, string>,
    contentType = 'application/json',
  ): Promise<number> {
    const url = slack?.server.delivery.options.requestUrl ?? '';
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': contentType, ...headers } });
    await response.text();
    return response.status;
  }
  const taken = (): number => slack?.of('message').length ?? 0;

  test('takes what Slack signed, and answers its first question', async () => {
    slack = await startSlack('http');
    const body = JSON.stringify(event);
    expect(await send(body, sign(slack.server.signingSecret, body, now()))).toBe(200);
    expect(taken()).toBe(1);
    const question = JSON.stringify({ type: 'url_verification', challenge: 'abc' });
    expect(await send(question, sign(slack.server.signingSecret, question, now()))).toBe(200);
  });

  test('refuses a bad signature, none, an old one and one from the future', async () => {
    slack = await startSlack('http');
    const { signingSecret } = slack.server;
    const body = JSON.stringify(event);
    expect(await send(body, sign('another-secret', body, now()))).toBe(401);
    expect(await send(body, sign(signingSecret, `${body} `, now()))).toBe(401);
    expect(await send(body, {})).toBe(401);
    expect(await send(body, sign(signingSecret, body, now() - 301))).toBe(401);
    expect(await send(body, sign(signingSecret, body, now() + 400))).toBe(401);
    expect(
      await send(body, { ...sign(signingSecret, body, now() - 400), 'x-slack-request-timestamp': String(now()) }),
    ).toBe(401);
    expect(taken()).toBe(0);
  });

  test('refuses a replay, but takes again what it could not keep', async () => {
    slack = await startSlack('http');
    const body = JSON.stringify(event);
    const headers = sign(slack.server.signingSecret, body, now());
    slack.beforeTaking = async () => {
      throw new Error('store down');
    };
    expect(await send(body, headers)).toBe(500);
    slack.beforeTaking = async () => undefined;
    expect(await send(body, headers)).toBe(200);
    expect(await send(body, headers)).toBe(401);
    expect(taken()).toBe(1);
  });

  test('nothing comes in under the cover of an unsigned ssl_check', async () => {
    slack = await startSlack('http');
    const { body, contentType } = encodeBody('slash_commands', {
      ssl_check: '1',
      command: '/cxr',
      text: 'forget',
      trigger_id: '1',
      user_id: 'U1',
      channel_id: 'C1',
    });
    expect(await send(body, {}, contentType)).toBe(200);
    expect(slack.events).toEqual([]);
  });

  test('refuses a huge body and other paths', async () => {
    slack = await startSlack('http');
    const body = 'x'.repeat(3 * 1_024 * 1_024);
    expect(await send(body, sign(slack.server.signingSecret, body, now()))).toBe(413);
    const elsewhere = (slack.server.delivery.options.requestUrl ?? '').replace('/slack/events', '/other');
    expect((await fetch(elsewhere, { method: 'POST' })).status).toBe(404);
  });

  test('says which setting is missing and which port is taken', async () => {
    expect(() => createSlackAdapter({ botToken: 'xoxb-1' })).toThrow(/SLACK_APP_TOKEN.*SLACK_SIGNING_SECRET/);
    slack = await startSlack('http');
    const port = Number(new URL(slack.server.delivery.options.requestUrl ?? '').port);
    const second = createSlackAdapter({ ...configFor(slack.server, 'http'), port });
    await expect(second.start(async () => 'ignored')).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
