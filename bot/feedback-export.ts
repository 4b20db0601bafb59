// `npm run feedback:export [FILE]`: writes what people think of drafts as CSV, to a file or to standard output; read only, also while the bot runs.
import { existsSync, writeFileSync } from 'node:fs';
import { toCxrError } from '../engine/error.ts';
import { loadConfig } from './config.ts';
import { createFeedback, feedbackCsv } from './feedback.ts';
import { createLog } from './log.ts';
import { createStateStore } from './store.ts';

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  const store = createStateStore(config.stateUrl, createLog({ level: 'silent', content: false }));
  const records = await createFeedback(store, config.retentionMs).all();
  await store.close();
  const target = process.argv[2];
  if (target === undefined) process.stdout.write(feedbackCsv(records));
  else writeFileSync(target, feedbackCsv(records));
  process.stderr.write(`${records.length} rows${target === undefined ? '' : ` written to ${target}`}\n`);
} catch (error) {
  process.stderr.write(`${toCxrError(error).message}\n`);
  process.exitCode = 1;
}
