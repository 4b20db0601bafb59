// Checks that the Python tokenizer and llama.cpp agree on thousands of strings: reads JSON lines {text, ids} on stdin. Usage: node check-tokens.ts LANGUAGE.gguf
import { createInterface } from 'node:readline';
import { getLlama } from 'node-llama-cpp';
import { createChatFormat } from '../../engine/chat-format.ts';

interface Line {
  text?: string;
  system?: string;
  turns?: [question: string, answer: string, film: number | null][];
  ids: number[];
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node check-tokens.ts LANGUAGE.gguf < lines');
const llama = await getLlama({ gpu: false, maxThreads: 1 });
const model = await llama.loadModel({ modelPath: path });
const tokenize = (text: string): number[] => model.tokenize(text, false);
const format = createChatFormat({ tokenize, bos: 1, eos: 2, imageTokenCount: 1 });

function conversation({ system, turns = [] }: Line): number[] {
  const ids = turns.flatMap(([question, answer, film], index) => {
    const image = film ?? undefined;
    const prompt = index === 0 ? format.first(system, image, question) : format.following(image, question);
    return [...prompt, ...tokenize(answer)];
  });
  return [...ids, 2].map((id) => Math.max(id, 0));
}

let same = 0;
let different = 0;
for await (const row of createInterface({ input: process.stdin })) {
  const line = JSON.parse(row) as Line;
  const ids = line.text === undefined ? conversation(line) : tokenize(line.text);
  if (JSON.stringify(ids) === JSON.stringify(line.ids)) same++;
  else if (different++ < 5) console.log('differs:', row.slice(0, 600), JSON.stringify(ids).slice(0, 600));
}
console.log(`${same} equal, ${different} different`);
process.exitCode = different === 0 && same > 0 ? 0 : 1;
