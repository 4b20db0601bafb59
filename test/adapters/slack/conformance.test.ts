// The Slack adapter, over the local Slack, keeps the contract of bot/contract.ts: by Socket Mode and HTTP, streaming and editing.
import { createSlackHarness } from '../../support/slack-server/harness.ts';
import { describeAdapter } from '../conformance.ts';

describeAdapter('slack, Socket Mode, native streaming', () => createSlackHarness('socket'));
describeAdapter('slack, HTTP, edited drafts', () => createSlackHarness('http', { streaming: 'edit' }));
