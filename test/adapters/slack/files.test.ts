// Files: the token goes to Slack alone, limits hold before and during the download, and a sign-in page is no picture.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAllowedFileUrl } from '../../../adapters/shared/download.ts';
import { allowedFileHosts } from '../../../adapters/slack/slack-config.ts';
import type { Attachment } from '../../../bot/contract.ts';
import { type StartedSlack, startSlack } from '../../support/slack-server/started.ts';

const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
const PNG = { name: 'film.png', mimetype: 'image/png', bytes };
const LIMIT = { maxBytes: 1_000_000, signal: new AbortController().signal };
let slack: StartedSlack;
beforeEach(async () => {
  slack = await startSlack();
});
afterEach(() => slack.close());

async function upload(fileFields?: Record<string, unknown>): Promise<Attachment> {
  const posted = slack.server.people.post({ files: [PNG], events: 'message', ...(fileFields ? { fileFields } : {}) });
  await posted.delivered;
  const attachment = slack.of('message').at(-1)?.attachments[0];
  if (attachment === undefined) throw new Error('no attachment');
  return attachment;
}
const downloads = (): number => [...slack.server.store.files.values()].reduce((sum, file) => sum + file.downloads, 0);

describe('hosts', () => {
  const hosts = allowedFileHosts({ apiUrl: 'http://127.0.0.1:9/api/', fileHosts: ['files.internal:8443'] });
  test.each([
    'https://files.slack.com/files-pri/T1-F1/x.png',
    'http://127.0.0.1:9/files/x',
    'https://files.internal:8443/x',
  ])('allows %s', (url) => expect(isAllowedFileUrl(url, hosts)).toBe(true));
  test.each([
    'http://files.slack.com/x',
    'https://files.slack.com.evil.example/x',
    'https://evil.example/files.slack.com',
    'https://files.slack.com@evil.example/x',
    'https://user:pw@files.slack.com/x',
    'http://127.0.0.1:10/x',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'not a url',
  ])('refuses %s', (url) => expect(isAllowedFileUrl(url, hosts)).toBe(false));
});

describe('the token', () => {
  let evil: Server;
  let evilUrl: string;
  const seen: string[] = [];
  beforeEach(async () => {
    seen.length = 0;
    evil = createServer((request, response) => {
      seen.push(request.headers.authorization ?? 'none');
      response.writeHead(200, { 'content-type': 'image/png' }).end('gotcha');
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    evilUrl = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/film.png`;
  });
  afterEach(() => evil.close());

  test('never goes to a URL that an event names', async () => {
    const attachment = await upload({ url_private: evilUrl, url_private_download: evilUrl });
    await expect(slack.adapter.read(attachment, LIMIT)).rejects.toMatchObject({ code: 'attachment-unavailable' });
    expect(seen).toEqual([]);
  });

  test('does not follow a redirect', async () => {
    const redirecting = createServer((_request, response) => response.writeHead(302, { location: evilUrl }).end());
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    const other = await startSlack('socket', { fileHosts: [host] });
    const url = `http://${host}/film.png`;
    await other.server.people.post({ files: [PNG], events: 'message', fileFields: { url_private_download: url } })
      .delivered;
    const attachment = other.of('message')[0]?.attachments[0] as Attachment;
    await expect(other.adapter.read(attachment, LIMIT)).rejects.toMatchObject({ code: 'attachment-unavailable' });
    expect(seen).toEqual([]);
    await other.close();
    redirecting.close();
  });
});

test('a sign-in page instead of the file names the missing permission', async () => {
  const attachment = await upload();
  slack.server.scopes.delete('files:read');
  await expect(slack.adapter.read(attachment, LIMIT)).rejects.toMatchObject({
    code: 'attachment-unavailable',
    message: expect.stringContaining('files:read'),
  });
});

test.each(['server-error', 'html'] as const)(
  'trouble of Slack (%s) when asked for the link is not taken for a deleted file',
  async (kind) => {
    const attachment = await upload();
    const reference = { ...JSON.parse(attachment.reference ?? '{}'), url: null };
    slack.server.faults.add({ kind, method: 'files.info', times: 3 });
    const unlinked = { ...attachment, reference: JSON.stringify(reference) };
    await expect(slack.adapter.read(unlinked, LIMIT)).rejects.toMatchObject({ code: 'platform-failed' });
    expect(Buffer.from(await slack.adapter.read(unlinked, LIMIT)).equals(Buffer.from(bytes))).toBe(true);
  },
);

test('a web page that somebody uploaded as such is left to the image reader', async () => {
  const page = { name: 'page.html', mimetype: 'text/html', bytes: Buffer.from('<html></html>') };
  await slack.server.people.post({ files: [page], events: 'message' }).delivered;
  const attachment = slack.of('message')[0]?.attachments[0] as Attachment;
  expect(Buffer.from(await slack.adapter.read(attachment, LIMIT)).toString()).toBe('<html></html>');
});

test('a file over the limit is refused before it is fetched', async () => {
  const attachment = await upload({ size: 200 * 1_024 * 1_024 });
  await expect(slack.adapter.read(attachment, LIMIT)).rejects.toMatchObject({
    code: 'image-too-large',
    message: 'The file is larger than the 1 MB that I take.',
  });
  expect(downloads()).toBe(0);
});

test('a file that is larger than declared is cut off', async () => {
  const attachment = await upload({ size: 10 });
  await expect(slack.adapter.read(attachment, { ...LIMIT, maxBytes: 1_000 })).rejects.toMatchObject({
    code: 'image-too-large',
  });
});

test.each(['rate-limit', 'server-error', 'disconnect', 'truncate', 'slow', 'html'] as const)(
  'fetches the whole file through a fault: %s',
  async (kind) => {
    const attachment = await upload();
    slack.server.faults.add({ kind, method: 'file-download', retryAfterSeconds: 1 });
    const start = Date.now();
    const read = await slack.adapter.read(attachment, LIMIT);
    expect(Buffer.from(read).equals(Buffer.from(bytes))).toBe(true);
    if (kind === 'rate-limit') expect(Date.now() - start).toBeGreaterThanOrEqual(950);
  },
);

test('gives up with one sentence when Slack does not recover', async () => {
  const attachment = await upload();
  slack.server.faults.add({ kind: 'server-error', method: 'file-download', times: 10 });
  await expect(slack.adapter.read(attachment, LIMIT)).rejects.toMatchObject({ code: 'platform-failed' });
});

test('a deleted file is said to be gone, and reading stops when told to', async () => {
  const attachment = await upload();
  slack.server.faults.add({ kind: 'slow', method: 'file-download', delayMs: 5_000 });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const start = Date.now();
  await expect(slack.adapter.read(attachment, { ...LIMIT, signal: stop.signal })).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(Date.now() - start).toBeLessThan(3_000);
  for (const file of slack.server.store.files.values()) file.deleted = true;
  await expect(slack.adapter.read(attachment, LIMIT)).rejects.toMatchObject({ code: 'attachment-unavailable' });
});
