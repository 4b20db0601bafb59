// `npm run demo`: two films drawn by code, read by the shipped bundle; the dialogue of the paper's figures, then the same question about a normal film.
import { toCxrError } from '../engine/error.ts';
import { type OpenedEngine, openEngine } from '../engine/open-engine.ts';
import type { PhantomKind } from '../engine/phantom.ts';
import { FIGURE_DIALOGUE, REPORT_PROMPTS } from '../prompts/paper.ts';
import { endQuietlyWhenClosed } from './closed-pipe.ts';
import { openMemoryStore } from './engine-flags.ts';
import { exitCodeOf } from './exit-code.ts';
import { SHIPPED_BUNDLE } from './package-root.ts';
import { draftNotice, findingLines, questionLine, styleFor } from './report-text.ts';
import { createStatusLine } from './status-line.ts';

const style = styleFor(process.stdout);
const status = createStatusLine();
/** The same films and the same answers every time. */
const SEED = 1;

function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

async function show(engine: OpenedEngine, kind: PhantomKind, questions: readonly string[]): Promise<void> {
  const { drawPhantom } = await import('../engine/phantom.ts');
  status.set('Reading the image');
  // A drawing, so the gate's opinion of it is of no interest.
  const image = await engine.encode(await drawPhantom({ kind, seed: SEED }), { force: true });
  status.set('Loading the language model');
  const conversation = await engine.start(image);
  status.set(null);
  for (const line of findingLines(image.findings, style)) print(line);
  print();
  for (const question of questions) {
    print(questionLine(question, style));
    for await (const piece of conversation.ask(question, { seed: SEED })) process.stdout.write(piece);
    print('\n');
  }
  await conversation.close();
}

async function demo(): Promise<void> {
  const bundleDir = process.env.BUNDLE_DIR ?? SHIPPED_BUNDLE;
  const engine = await openEngine({ bundleDir, store: await openMemoryStore(), sequences: 1, eager: true });
  try {
    print(style.bold('A chest film drawn by code, with cloudy lungs and a wide heart (no patient):'));
    await show(engine, 'edema', FIGURE_DIALOGUE);
    print(style.bold('And one drawn clear, asked the same:'));
    await show(engine, 'normal', [REPORT_PROMPTS.specific]);
    print(style.dim(draftNotice(engine.bundle)));
    print(
      style.dim(
        'The encoder has learned from real films: what it says of drawings shows how this works, not how well.',
      ),
    );
    print(style.dim('Your own film: npm run -s cxr -- read FILE     Talk about it: npm run -s cxr -- chat FILE'));
  } finally {
    status.set(null);
    await engine.close();
  }
}

endQuietlyWhenClosed(process.stdout);
try {
  await demo();
} catch (error) {
  const shown = toCxrError(error);
  process.stderr.write(`demo: ${shown.message}\n`);
  if (process.env.CXR_DEBUG !== undefined) console.error(error);
  process.exitCode = exitCodeOf(shown);
}
