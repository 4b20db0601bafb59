// The composition root of `npm start`: environment in, running bot out; ends orderly on SIGTERM and SIGINT.
import { existsSync } from 'node:fs';
import pino from 'pino';
import { CxrError, toCxrError } from '../engine/error.ts';
import { composeBot } from './compose.ts';
import { type Config, loadConfig } from './config.ts';
import { createLog } from './log.ts';

function readConfig(): Config {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    return loadConfig(process.env);
  } catch (error) {
    process.stderr.write(`${toCxrError(error).message}\n`);
    process.exit(error instanceof CxrError ? 2 : 1);
  }
}

const config = readConfig();
// Written synchronously, so that a crash loses no line. Where a person chats in this terminal the log would stand between the lines.
const chatsHere = config.terminal && process.stderr.isTTY === true;
const log = createLog(
  config.log,
  pino.destination({ dest: chatsHere ? '.state/bot.log' : 2, mkdir: true, sync: true }),
);
if (chatsHere) process.stderr.write('The log is written to .state/bot.log\n');
const bot = composeBot(config, log, () => void stop('the person left'), giveUp);
let stopping = false;

async function stop(reason: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ reason }, 'stopping; running turns may finish');
  try {
    await bot.stop();
    log.info({}, 'stopped');
    process.exit(0);
  } catch (error) {
    log.error({ err: error }, 'stopped with an error');
    process.exit(1);
  }
}

process.on('SIGTERM', () => void stop('SIGTERM'));
process.on('SIGINT', () => void stop('SIGINT'));
process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));

function giveUp(error: unknown): never {
  const told = toCxrError(error);
  log.fatal({ err: told }, 'the bot could not be started');
  process.stderr.write(`${told.message}\n`);
  process.exit(1);
}

try {
  await bot.start();
} catch (error) {
  giveUp(error);
}
