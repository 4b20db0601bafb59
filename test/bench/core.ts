// `npm run bench:core`: 200 threads of 5 turns each through the core with faults injected; nothing may be lost or doubled, memory stays flat.
import { cpus } from 'node:os';
import { runEndurance } from '../support/core-endurance.ts';

const threads = Number(process.argv[2] ?? 200);
console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
const result = await runEndurance({ threads, turns: 5, restarts: 2, say: (line) => console.log(`  ${line}`) });
console.table(result);
