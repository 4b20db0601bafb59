import { App, webApi } from '@slack/bolt';
import Keyv from 'keyv';
import type { ActionEvent, Adapter, InboundEvent, Log, Place, Reply, ReplyOptions } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { createOpenedReplies, mayHaveBegun } from '../shared/opened-replies.ts';
import { createRecent } from '../shared/recent.ts';
import { createDraftThrottle } from '../shared/throttle.ts';
import type { SlackConnection } from './connection.ts';
import { downloadFile } from './file-download.ts';
import { createHomeView } from './home-view.ts';
import { createHttpConnection } from './http-connection.ts';
import type { SlackIdentity } from './inbound-message.ts';
import { createLastThreads } from './last-threads.ts';
import { registerListeners } from './listeners.ts';
import { identity } from './payloads.ts';
import { createPrivateReply } from './private-reply.ts';
import { createReply } from './reply.ts';
import { type FoundReply, findReply } from './reply-search.ts';
import { createSlackApi, slackErrorCode } from './slack-api.ts';
import { allowedFileHosts, DEFAULT_TIMING, type SlackConfig } from './slack-config.ts';
import { createBoltLogger, SILENT } from './slack-log.ts';
import { createSocketConnection } from './socket-connection.ts';
import { decodeThread } from './thread-id.ts';

export interface SlackAdapter extends Adapter {
  /** Port of the HTTP receiver once started; null with Socket Mode. */
  httpPort(): number | null;
}

interface Origin {
  author: string;
  teamId: string;
  responseUrl: string | null;
  at: number;
}

const NOTHING_FOUND: FoundReply = { messages: [], files: [] };
const START_ATTEMPTS = 6;

/** Throws CxrError `config-invalid` if neither Socket Mode nor HTTP is configured. */
export function createSlackAdapter(config: SlackConfig, log: Log = SILENT): SlackAdapter {
  const timing = { ...DEFAULT_TIMING, ...config.timing };
  const boltLogger = createBoltLogger(log);
  const clientOptions = (): webApi.WebClientOptions => ({
    ...(config.apiUrl === undefined ? {} : { slackApiUrl: config.apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timing.requestTimeoutMs,
    logger: boltLogger,
  });
  const api = createSlackApi({ client: new webApi.WebClient(config.botToken, clientOptions()), timing, log });
  const hosts = allowedFileHosts(config);
  const connection = createConnection();
  const throttle = createThrottle();
  const home = createHomeView(api);
  const seenFiles = createRecent<Place>(10_000);
  const origins = createRecent<Origin>(10_000);
  const lastThreads = createLastThreads(config.store ?? new Keyv(), log);
  let self: SlackIdentity = { userId: '', botId: null, teamId: '' };
  let startedAt = Date.now();
  let app: App | null = null;

  function createConnection(): SlackConnection {
    if (config.appToken !== undefined) {
      return createSocketConnection({ appToken: config.appToken, apiUrl: config.apiUrl, timing, boltLogger, log });
    }
    if (config.signingSecret === undefined || config.port === undefined) {
      throw new CxrError('config-invalid', 'Slack needs SLACK_APP_TOKEN, or SLACK_SIGNING_SECRET together with PORT.');
    }
    return createHttpConnection({ signingSecret: config.signingSecret, port: config.port, boltLogger, log });
  }

  /** Edits are limited by channel, appends to streams by workspace. */
  function createThrottle() {
    const onError = (error: unknown): void => log.warn({ err: error }, 'a draft was not shown');
    const edits = createDraftThrottle({ intervalMs: timing.editIntervalMs, onError });
    const streams = createDraftThrottle({ intervalMs: timing.appendIntervalMs, onError });
    const of = (lane: string) => (lane.startsWith('edits ') ? edits : streams);
    return {
      offer: (lane: string, subject: string, send: () => Promise<void>) => of(lane).offer(lane, subject, send),
      defer: (lane: string, delayMs: number) => of(lane).defer(lane, delayMs),
      async settle(subject: string) {
        await streams.settle(subject);
        await edits.settle(subject);
      },
      async close() {
        await streams.close();
        await edits.close();
      },
    };
  }

  async function introduce(): Promise<SlackIdentity> {
    try {
      const me = identity.parse(await api.call('auth.test', {}, { attempts: START_ATTEMPTS }));
      return { userId: me.user_id, botId: me.bot_id ?? null, teamId: me.team_id };
    } catch (error) {
      const code = slackErrorCode(error);
      if (code === null || !/auth|token|account/.test(code)) throw error;
      throw new CxrError(
        'config-invalid',
        'Slack refused SLACK_BOT_TOKEN; it must be the bot token of the installed app.',
        {
          cause: error,
        },
      );
    }
  }

  function remember(event: InboundEvent, origin: { teamId: string; responseUrl: string | null }): void {
    origins.set(event.id, { ...origin, author: event.author.id, at: event.at });
  }

  async function open(place: Place, options: ReplyOptions, post: string): Promise<Reply> {
    const thread = decodeThread(place.thread);
    const ref = post.slice(0, 8);
    const inHome = home.reply(thread.channel, thread.threadTs, post);
    if (inHome !== null) return inHome;
    const origin = options.answers === undefined ? undefined : origins.get(options.answers);
    if (origin !== undefined && thread.threadTs !== null) {
      lastThreads.note(thread.channel, origin.author, thread.threadTs);
    }
    const { requestTimeoutMs, retryDelayMs } = timing;
    const target = { api, self, hosts, thread, ref, requestTimeoutMs, retryDelayMs };
    if (options.privateTo !== undefined && !place.isDirect) {
      const responseHosts = new Set([...hosts, 'hooks.slack.com', 'hooks.slack-gov.com']);
      // What is answered through the URL is seen by who pressed or commanded, which need not be the person meant.
      const responseUrl = origin?.author === options.privateTo ? (origin.responseUrl ?? null) : null;
      return createPrivateReply({ post, ref, target, userId: options.privateTo, responseUrl, responseHosts, log });
    }
    const found = mayHaveBegun(origin, startedAt) ? await findReply(api, thread, ref, self) : NOTHING_FOUND;
    const recipient =
      origin === undefined || config.streaming === 'edit' ? null : { userId: origin.author, teamId: origin.teamId };
    return createReply({ post, ref, target, found, throttle, recipient, rollOverMs: timing.rollOverMs, log });
  }

  const reply = createOpenedReplies(open);

  async function tell(event: ActionEvent, sentence: string): Promise<void> {
    try {
      const options = { key: `${event.id}:told`, answers: event.id, privateTo: event.author.id };
      await (await reply(event.place, options)).fail(sentence);
    } catch (error) {
      log.error({ err: error }, 'a person could not be told');
    }
  }

  return {
    name: 'slack',
    canBePrivate: true,
    async start(receive) {
      startedAt = Date.now();
      self = await introduce();
      app = new App({
        token: config.botToken,
        botUserId: self.userId,
        ...(self.botId === null ? {} : { botId: self.botId }),
        tokenVerificationEnabled: false,
        ignoreSelf: false,
        receiver: connection,
        logger: boltLogger,
        clientOptions: clientOptions(),
      });
      app.error(async (error) => {
        throw error;
      });
      const { fileSharedGraceMs } = timing;
      registerListeners(app, {
        api,
        self,
        receive,
        home,
        seenFiles,
        remember,
        tell,
        lastThread: lastThreads.of,
        fileSharedGraceMs,
        log,
      });
      await connection.start();
    },
    async stop() {
      await connection.stop();
      await throttle.close();
      await lastThreads.flush();
      app = null;
    },
    reply,
    read: (attachment, options) =>
      downloadFile(
        { api, botToken: config.botToken, hosts, retryDelayMs: timing.retryDelayMs, log },
        attachment,
        options,
      ),
    health: () => connection.state(),
    httpPort: () => connection.port(),
  };
}
