// Text model that is the bundle itself: a conversation about a blank image, answered under a JSON-schema grammar.
import Keyv from 'keyv';
import { CxrError } from '../../engine/error.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { blankImage } from '../study/control-image.ts';
import type { TextModel } from './text-model.ts';

const BLANK_SIDE = 64;
const MAX_TOKENS = 512;

/** Every conversation of a bundle begins with an image: a blank one stands there. Throws CxrError. */
export async function createBundleModel(bundleDir: string): Promise<TextModel> {
  const engine = await openEngine({ bundleDir, store: new Keyv(), sequences: 1 });
  const blank = await engine.encode(await blankImage(BLANK_SIDE, BLANK_SIDE), { force: true });
  const { name, version } = engine.bundle;
  return {
    name: `${name} ${version}`,
    async complete({ system, messages, schema, temperature, seed, signal }) {
      const conversation = await engine.start(blank, { systemPrompt: system });
      try {
        // Earlier attempts are told again as text: the bundle's own dialogue holds only what it said itself.
        const question = messages
          .map(({ role, content }) => (role === 'user' ? content : `Earlier answer: ${content}`))
          .join('\n\n');
        const turn = await conversation.ask(question, {
          ...{ temperature, topP: 1, seed, maxTokens: MAX_TOKENS, grammar: { kind: 'json-schema', schema } },
          ...(signal ? { signal } : {}),
        }).turn;
        if (turn.stopReason === 'aborted') throw new CxrError('aborted', 'Stopped.');
        return turn.answer;
      } finally {
        await conversation.close();
        await engine.forget(conversation.id);
      }
    },
    close: () => engine.close(),
  };
}
