// An engine whose answers are known beforehand: same interface, keys, persistence and abort as the real one, no models; fast enough for load and crash tests.
import { setTimeout as sleep } from 'node:timers/promises';
import type Keyv from 'keyv';
import type {
  AnswerStream,
  BundleInfo,
  Conversation,
  ConversationImage,
  EncodedImage,
  Engine,
  Finding,
  Turn,
} from '../../engine/engine.ts';
import { CxrError } from '../../engine/error.ts';

export interface ScriptedEngineOptions {
  store: Keyv;
  /** Pause before each word of an answer. */
  wordMs?: number;
  encodeMs?: number;
  /** The answer to a question; by default it tells which film and turn it is. */
  answer?(question: string, turn: number, images: number): string;
  findings?: Finding[];
  /** Called before each step; throws or waits to play a fault. */
  before?(step: 'encode' | 'ask' | 'word'): Promise<void> | void;
}

export interface ScriptedEngine extends Engine {
  /** What was really worked on: a recorded answer that is found again does not count. */
  readonly calls: { encoded: number; asked: number };
}

interface Stored {
  images: (ConversationImage & { key?: string })[];
  turns: Turn[];
  createdAt: string;
}

export const SCRIPTED_BUNDLE: BundleInfo = {
  name: 'scripted',
  version: '1.0.0',
  license: 'Apache-2.0',
  intendedUse: 'For tests only.',
  hash: 'abcdef0123456789'.repeat(4),
  findings: [
    { name: 'effusion', label: 'pleural effusion', assessed: true, threshold: 0.4 },
    { name: 'cardiomegaly', label: 'cardiomegaly', assessed: true, threshold: 0.5 },
    { name: 'hernia', label: 'hernia', assessed: false, threshold: null },
  ],
  sampling: { temperature: 0.4, topP: 0.8, maxTokens: 256 },
};

export const SCRIPTED_FINDINGS: Finding[] = [
  { name: 'effusion', label: 'pleural effusion', assessed: true, probability: 0.1, threshold: 0.4 },
  { name: 'cardiomegaly', label: 'cardiomegaly', assessed: true, probability: 0.9, threshold: 0.5 },
  { name: 'hernia', label: 'hernia', assessed: false, probability: null, threshold: null },
];

export function createScriptedEngine(options: ScriptedEngineOptions): ScriptedEngine {
  const { store, wordMs = 0, encodeMs = 0, before = () => {} } = options;
  const findings = options.findings ?? SCRIPTED_FINDINGS;
  const answerOf =
    options.answer ??
    ((question, turn, images) =>
      `Answer ${turn + 1} about ${images} film(s): ${question.length} characters were asked.`);
  const calls = { encoded: 0, asked: 0 };
  const forgotten = new Set<string>();
  const ids = new Set<string>();

  const load = async (id: string): Promise<Stored> => {
    const stored = await store.get<Stored>(id);
    if (stored === undefined) throw new CxrError('conversation-unknown', 'There is no such conversation.');
    return stored;
  };

  async function conversation(id: string): Promise<Conversation> {
    let state = await load(id);
    const save = async (next: Stored): Promise<void> => {
      if (forgotten.has(id)) throw new CxrError('conversation-closed', 'This conversation is closed.');
      await store.set(id, next);
      state = next;
    };

    function ask(question: string, { key, image, signal }: Parameters<Conversation['ask']>[1] = {}): AnswerStream {
      const queue: string[] = [];
      let wake: () => void = () => {};
      let done = false;
      const run = async (): Promise<Turn> => {
        const known = state.turns.find((turn) => key !== undefined && turn.key === key);
        if (known !== undefined) {
          queue.push(known.answer);
          return known;
        }
        await before('ask');
        calls.asked += 1;
        const words = answerOf(question, state.turns.length, state.images.length).split(/(?<= )/);
        let said = '';
        let stopReason: Turn['stopReason'] = 'end';
        for (const word of words) {
          if (signal?.aborted) {
            stopReason = 'aborted';
            break;
          }
          await before('word');
          if (wordMs > 0) await sleep(wordMs);
          said += word;
          queue.push(word);
          wake();
        }
        const turn: Turn = {
          ...(key === undefined ? {} : { key }),
          ...(image === undefined ? {} : { image }),
          question,
          answer: said,
          answerTokenIds: words.map((_, index) => index),
          promptTokens: 10,
          evaluatedTokens: 10,
          answerTokens: words.length,
          msToFirstToken: 1,
          tokensPerSecond: 100,
          stopReason,
        };
        await save({ ...state, turns: [...state.turns, turn] });
        return turn;
      };
      const turn = run().finally(() => {
        done = true;
        wake();
      });
      turn.catch(() => undefined);
      return {
        turn,
        async *[Symbol.asyncIterator]() {
          for (;;) {
            const next = queue.shift();
            if (next !== undefined) yield next;
            else if (done) break;
            else
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
          }
          await turn;
        },
      };
    }

    return {
      id,
      get images() {
        return state.images;
      },
      get turns() {
        return state.turns;
      },
      async addImage(image, key) {
        const known = state.images.findIndex((each) => key !== undefined && each.key === key);
        if (known >= 0) return known;
        await save({
          ...state,
          images: [...state.images, { ...imageRecord(image), ...(key === undefined ? {} : { key }) }],
        });
        return state.images.length - 1;
      },
      ask,
      async confirm(finding) {
        const probability = findings.find(({ name }) => name === finding)?.probability ?? 0;
        return { finding, answer: probability >= 0.5 ? 'yes' : 'no', probability };
      },
      async rewind(key) {
        const at = state.turns.findIndex((turn) => turn.key === key);
        if (at < 0) return 0;
        const gone = state.turns.length - at;
        await save({ ...state, turns: state.turns.slice(0, at) });
        return gone;
      },
      async close() {},
    };
  }

  return {
    bundle: SCRIPTED_BUNDLE,
    calls,
    async encode(bytes, { signal, force } = {}) {
      if (signal?.aborted) throw new CxrError('aborted', 'Stopped.');
      if (bytes.length === 0) throw new CxrError('image-empty', 'The image is empty.');
      if (bytes[0] !== 0x89 && bytes[0] !== 0xff)
        throw new CxrError('image-unsupported', 'This is not an image that can be read.');
      if (bytes[1] === 0 && force !== true)
        throw new CxrError('image-not-chest', 'This does not look like a chest radiograph.');
      await before('encode');
      if (encodeMs > 0) await sleep(encodeMs);
      calls.encoded += 1;
      return encoded(findings);
    },
    async start(image, { id = `conversation-${ids.size}` } = {}) {
      ids.add(id);
      forgotten.delete(id);
      if ((await store.get(id)) === undefined) {
        await store.set(id, {
          images: [imageRecord(image)],
          turns: [],
          createdAt: new Date().toISOString(),
        } satisfies Stored);
      }
      return conversation(id);
    },
    async resume(id) {
      ids.add(id);
      return conversation(id);
    },
    async list() {
      const all = [];
      for (const id of ids) {
        const stored = await store.get<Stored>(id);
        if (stored === undefined) continue;
        const { createdAt } = stored;
        const counts = { turns: stored.turns.length, images: stored.images.length };
        all.push({ id, bundle: SCRIPTED_BUNDLE.name, ...counts, createdAt, updatedAt: createdAt });
      }
      return all;
    },
    async forget(id) {
      forgotten.add(id);
      return store.delete(id);
    },
    async close() {},
  };
}

function imageRecord({ width, height, kind, findings }: EncodedImage): ConversationImage {
  return { width, height, kind, findings };
}

function encoded(findings: Finding[]): EncodedImage {
  return {
    width: 8,
    height: 8,
    kind: 'png',
    isChestRadiograph: true,
    gateScore: 0.99,
    findings,
    imageTokens: new Float32Array(4),
    imageTokenCount: 1,
    attention: null,
    display: { width: 8, height: 8, pixels: new Uint8Array(64) },
    inputSquare: { left: 0, top: 0, side: 8 },
    encodeMs: 1,
    warnings: [],
  };
}

/** Bytes that the scripted engine takes for a film; `n` makes them differ. */
export function filmBytes(n = 1): Uint8Array {
  return Uint8Array.of(0x89, 0x50, 0x4e, 0x47, n & 0xff, n >> 8);
}
