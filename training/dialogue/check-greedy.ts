// Checks that the bundle's language, through the engine and its soft token, gives PyTorch's greedy ids. Usage: node check-greedy.js BUNDLE < lines of print_greedy.py
import { createInterface } from 'node:readline';
import Keyv from 'keyv';
import type { EncodedImage } from '../../engine/engine.ts';
import { openEngine } from '../../engine/open-engine.ts';

interface Line {
  imageToken: number[];
  questions: string[];
  answers: number[][];
}

const [bundleDir] = process.argv.slice(2);
if (bundleDir === undefined) throw new Error('usage: node check-greedy.js BUNDLE < lines');
const engine = await openEngine({ bundleDir, store: new Keyv() });

const film = (token: number[]): EncodedImage => ({
  width: 1,
  height: 1,
  kind: 'png',
  isChestRadiograph: true,
  gateScore: null,
  findings: [],
  imageTokens: Float32Array.from(token),
  imageTokenCount: 1,
  attention: null,
  display: { width: 1, height: 1, pixels: new Uint8Array(1) },
  inputSquare: { left: 0, top: 0, side: 1 },
  encodeMs: 0,
  warnings: [],
});

let same = 0;
let different = 0;
for await (const row of createInterface({ input: process.stdin })) {
  const { imageToken, questions, answers }: Line = JSON.parse(row);
  const conversation = await engine.start(film(imageToken));
  for (const [index, question] of questions.entries()) {
    const turn = await conversation.ask(question, { temperature: 0, maxTokens: 96 }).turn;
    if (JSON.stringify(turn.answerTokenIds) === JSON.stringify(answers[index])) same++;
    else {
      different++;
      console.log(`differs: ${question} → ${turn.answer} ${JSON.stringify(answers[index])}`);
      break;
    }
  }
  await conversation.close();
}
await engine.close();
console.log(`${same} answers equal, ${different} different`);
process.exitCode = different === 0 && same > 0 ? 0 : 1;
