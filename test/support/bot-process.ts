// A bot in a process of its own over the scripted platform and engine, which crash tests kill at a chosen stage: `node bot-process.js FOLDER`.
// Standard input brings events as JSON lines; standard output tells what was acknowledged. STAGE: kill −9 on reaching it for the first time. LIBRARY: folder of a case library.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pino from 'pino';
import type { InboundEvent } from '../../bot/contract.ts';
import { createCore } from '../../bot/core.ts';
import { createLog } from '../../bot/log.ts';
import { createStateStore } from '../../bot/store.ts';
import { teachingMode } from '../../bot/teaching/teaching-mode.ts';
import { CORE_OPTIONS, plainSupplies } from './core-options.ts';
import { createScriptedAdapter } from './scripted-adapter.ts';
import { createScriptedEngine } from './scripted-engine.ts';
import { createScriptedPlatform } from './scripted-platform.ts';

const folder = process.argv[2] ?? '.';
const stage = process.env.STAGE ?? '';
const log = createLog({ level: 'warn', content: false }, pino.destination({ fd: 2, sync: true }));
const store = createStateStore(`sqlite://${join(folder, 'state.sqlite')}`, log);
const platform = createScriptedPlatform(join(folder, 'platform.jsonl'));
const adapter = createScriptedAdapter(platform);
let words = 0;
let writes = 0;

function dieAt(reached: string): void {
  if (reached === stage) process.kill(process.pid, 'SIGKILL');
}

// What is to be shown was decided, and nobody has seen it yet.
platform.beforeWrite = async () => dieAt(`before write ${++writes}`);

const engine = createScriptedEngine({
  store: store.namespace('engine', null),
  wordMs: 2,
  before(step) {
    dieAt(`before ${step}`);
    if (step === 'word' && ++words === 4) dieAt('in mid-stream');
  },
});
const core = createCore(
  {
    ...plainSupplies({ adapter, engine, store, log }),
    modes: [teachingMode({ libraryFolder: process.env.LIBRARY ?? null })],
    onStage: (reached) => dieAt(reached),
  },
  CORE_OPTIONS,
);

await core.start();
const tell = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
tell({ started: true });
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const event = JSON.parse(line) as InboundEvent;
  adapter.deliver(event).then(
    () => tell({ acknowledged: event.id }),
    (error: unknown) => tell({ refused: event.id, why: String(error) }),
  );
});
lines.on('close', () => {
  void core.stop().then(() => store.close());
});
process.on('SIGTERM', () => lines.close());
