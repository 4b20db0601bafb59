// An engine with state for tests of studies: reads tiny images whose brightness says what is on them, keeps count, and fails where told to.
import sharp from 'sharp';
import type { Conversation, EncodedImage, Engine, Finding, Turn } from '../../../engine/engine.ts';
import { CxrError } from '../../../engine/error.ts';
import { seededRandom } from '../../../engine/seeded-random.ts';

export interface ReadingEngine extends Engine {
  asked: { question: string; seed: number | undefined; temperature: number | undefined }[];
  encoded: number;
  open: number;
}

export interface ReadingEngineOptions {
  /** Says the same of every image. */
  blind?: boolean;
  /** Refuses images of this width. */
  refuseWidth?: number;
  /** Throws instead of the answer with this number (from 1). */
  failAtAnswer?: number;
}

/** Mean brightness ≥ 128 is an effusion, a left half brighter than the right cardiomegaly. */
async function look(bytes: Uint8Array): Promise<{ effusion: number; heart: number; width: number; height: number }> {
  const { data, info } = await sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true });
  let sum = 0;
  let left = 0;
  data.forEach((value, index) => {
    sum += value;
    if (index % info.width < info.width / 2) left += value;
  });
  return {
    effusion: sum / data.length / 255,
    heart: sum === 0 ? 0 : left / sum,
    width: info.width,
    height: info.height,
  };
}

const NO_PIXELS = { width: 1, height: 1, pixels: new Uint8Array(1) };

export function createReadingEngine(options: ReadingEngineOptions = {}): ReadingEngine {
  const seen = new Map<EncodedImage, { effusion: number; heart: number }>();
  const engine: ReadingEngine = {
    asked: [],
    encoded: 0,
    open: 0,
    bundle: {
      name: 'reading',
      version: '1',
      license: 'Apache-2.0',
      intendedUse: 'tests',
      hash: 'f00d',
      findings: [],
      sampling: { temperature: 0.4, topP: 0.8, maxTokens: 100 },
    },
    async encode(bytes) {
      const view = await look(bytes);
      if (view.width === options.refuseWidth)
        throw new CxrError('image-not-chest', 'This does not look like a chest radiograph.');
      engine.encoded++;
      const finding = (name: string, probability: number): Finding => ({
        name,
        label: name,
        assessed: true,
        probability,
        threshold: 0.5,
      });
      const image: EncodedImage = {
        ...{
          width: view.width,
          height: view.height,
          kind: 'png',
          isChestRadiograph: true,
          gateScore: 0.9,
          display: NO_PIXELS,
          attention: null,
        },
        findings: [finding('effusion', view.effusion), finding('cardiomegaly', view.heart)],
        ...{
          imageTokens: new Float32Array(1),
          imageTokenCount: 1,
          inputSquare: { left: 0, top: 0, side: 1 },
          encodeMs: 1,
          warnings: [],
        },
      };
      seen.set(image, options.blind ? { effusion: 1, heart: 0 } : view);
      return image;
    },
    async start(image) {
      engine.open++;
      return conversation(seen.get(image) ?? { effusion: 0, heart: 0 });
    },
    resume: () => Promise.reject(new CxrError('conversation-unknown', 'There is no such conversation.')),
    list: async () => [],
    forget: async () => true,
    close: async () => {},
  };

  function conversation(view: { effusion: number; heart: number }): Conversation {
    const turns: Turn[] = [];
    return {
      id: 'c',
      images: [],
      turns,
      addImage: async () => 0,
      ask(question, asked = {}) {
        engine.asked.push({ question, seed: asked.seed, temperature: asked.temperature });
        const count = engine.asked.length;
        // A warm model slips now and then; which answers, the seed decides.
        const slip = seededRandom(asked.seed ?? 0)() < (asked.temperature ?? 0) * 0.3;
        const effusion = view.effusion >= 0.5 !== slip;
        const answer = `${effusion ? 'Small left pleural effusion.' : 'No pleural effusion.'} ${view.heart > 0.6 ? 'Cardiomegaly.' : 'The heart is not enlarged.'}`;
        const turn =
          options.failAtAnswer === count
            ? Promise.reject(new CxrError('context-full', 'The conversation is too long.'))
            : Promise.resolve(turnOf(question, answer));
        return {
          turn,
          async *[Symbol.asyncIterator]() {
            yield answer;
          },
        };
      },
      confirm: async (finding) => {
        const probability = finding === 'effusion' ? view.effusion : finding === 'cardiomegaly' ? view.heart : 0.1;
        return { finding, answer: probability >= 0.5 ? 'yes' : 'no', probability };
      },
      rewind: async () => 0,
      close: async () => {
        engine.open--;
      },
    };
  }
  return engine;
}

function turnOf(question: string, answer: string): Turn {
  return {
    question,
    answer,
    answerTokenIds: [],
    promptTokens: 1,
    evaluatedTokens: 1,
    answerTokens: 9,
    msToFirstToken: 1,
    tokensPerSecond: 1,
    stopReason: 'end',
  };
}
