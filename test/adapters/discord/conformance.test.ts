// The Discord adapter, over the local Discord, keeps the contract of bot/contract.ts.
import { createDiscordHarness } from '../../support/discord-server/harness.ts';
import { describeAdapter } from '../conformance.ts';

describeAdapter('discord', () => createDiscordHarness());
