// A core by script for tests of the page: takes what the adapter sends, keeps it for assertions, and answers as the scene demands.
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { Adapter, Control, Film, FilmFinding, InboundEvent, Receive } from '../../../bot/contract.ts';
import { CxrError, toCxrError } from '../../../engine/error.ts';

export interface ScriptedCore {
  receive: Receive;
  events: InboundEvent[];
  /** Words per second of an answer. */
  pace: number;
  /** What the next answers say, first come first served; afterwards a stock report. */
  script: string[];
  /** Thrown by the next `receive`. */
  refuseNext: CxrError | null;
  /** Answers to forgetting leave the conversation standing, as for one person in a case. */
  keepsPlace: boolean;
  /** Settles when nothing is being answered. */
  idle(): Promise<void>;
}

const reportControls: Control[] = [
  { action: 'confirm', label: 'Any more certain?', style: 'primary' },
  { action: 'again', label: 'Report again' },
  { action: 'helpful', label: 'Helpful' },
  { action: 'not-helpful', label: 'Not helpful' },
  { action: 'forget', label: 'Forget this case', style: 'danger' },
];
const stopControls: Control[] = [{ action: 'stop', label: 'Stop' }];

export const stockReport = `**Draft report**

The cardiac silhouette is enlarged. There is blunting of the costophrenic angle, which may represent a small pleural effusion. No pneumothorax is seen. The pulmonary vasculature is mildly prominent.

**Impression**
- Cardiomegaly.
- Probable small pleural effusion.

Drafted by scripted 1.0.0 (\`0123abcd\`). Not a diagnosis: a physician must check it against the images.`;

export const scriptedFindings: FilmFinding[] = [
  { name: 'cardiomegaly', label: 'cardiomegaly', assessed: true, probability: 0.81, threshold: 0.45 },
  { name: 'effusion', label: 'pleural effusion', assessed: true, probability: 0.52, threshold: 0.47 },
  { name: 'edema', label: 'pulmonary edema', assessed: true, probability: 0.22, threshold: 0.4 },
  { name: 'atelectasis', label: 'atelectasis', assessed: true, probability: 0.31, threshold: 0.38 },
  { name: 'pneumothorax', label: 'pneumothorax', assessed: true, probability: 0.04, threshold: 0.35 },
  { name: 'mass', label: 'mass', assessed: false, probability: null, threshold: null },
  { name: 'nodule', label: 'nodule', assessed: false, probability: null, threshold: null },
  { name: 'hernia', label: 'hernia', assessed: false, probability: null, threshold: null },
];

async function filmOf(bytes: Uint8Array, image: number): Promise<Film> {
  const grey = sharp(bytes).greyscale().resize(1024, 1024, { fit: 'inside', withoutEnlargement: true });
  const { data, info } = await grey.png().toBuffer({ resolveWithObject: true });
  const glow = `<svg width="${info.width}" height="${info.height}"><defs><radialGradient id="g"><stop offset="0" stop-color="#ff7a1a"/><stop offset="1" stop-color="#ff7a1a" stop-opacity="0"/></radialGradient></defs><ellipse cx="${info.width * 0.6}" cy="${info.height * 0.62}" rx="${info.width * 0.22}" ry="${info.height * 0.18}" fill="url(#g)"/></svg>`;
  const overlay = await sharp(Buffer.from(glow)).png().toBuffer();
  return { image, png: new Uint8Array(data), overlay: new Uint8Array(overlay), findings: scriptedFindings };
}

export function createScriptedCore(adapter: () => Adapter): ScriptedCore {
  const films = new Map<string, number>();
  const running = new Map<string, AbortController>();
  let work: Promise<unknown> = Promise.resolve();

  const core: ScriptedCore = {
    events: [],
    pace: 60,
    script: [],
    refuseNext: null,
    keepsPlace: false,
    async idle() {
      await work;
    },
    async receive(event) {
      const refusal = core.refuseNext;
      core.refuseNext = null;
      if (refusal) throw refusal;
      core.events.push(event);
      if (event.kind === 'message' || event.kind === 'command') {
        const bytes = [];
        for (const attachment of event.attachments) {
          const options = { maxBytes: 50_000_000, signal: new AbortController().signal };
          bytes.push(await adapter().read(attachment, options));
        }
        work = answerAll(event, bytes);
      } else if (event.kind === 'action') work = act(event);
      work.catch(() => {});
      return 'accepted';
    },
  };

  async function answerAll(event: Extract<InboundEvent, { kind: 'message' | 'command' }>, files: Uint8Array[]) {
    if (event.kind === 'command') {
      const reply = await adapter().reply(event.place, {
        key: event.id,
        answers: event.id,
        privateTo: event.author.id,
      });
      if (event.name !== 'forget') return reply.finish({ text: `You asked for /${event.name}.` });
      return reply.finish({ text: 'Forgotten.', ...(core.keepsPlace ? { keepsPlace: true } : {}) });
    }
    for (const [index, bytes] of files.entries()) await answer(event, `${event.id}:${index}`, bytes);
    if (files.length === 0) await answer(event, event.id, null);
  }

  async function answer(event: InboundEvent, key: string, bytes: Uint8Array | null): Promise<void> {
    const reply = await adapter().reply(event.place, { key, answers: event.id });
    const abort = new AbortController();
    running.set(event.place.thread, abort);
    try {
      let film: Film | undefined;
      if (bytes) {
        await reply.update('Reading the film …', stopControls);
        const image = films.get(event.place.thread) ?? 0;
        film = await filmOf(bytes, image).catch((cause: unknown) => {
          throw new CxrError('image-unsupported', 'This is no image that can be read here.', { cause });
        });
        films.set(event.place.thread, image + 1);
      }
      const text = core.script.shift() ?? (bytes ? stockReport : 'Congestive heart failure is the most likely cause.');
      const words = text.split(/(?<=\s)/);
      let said = '';
      for (const word of words) {
        if (abort.signal.aborted) break;
        said += word;
        await reply.update(said, stopControls);
        await sleep(1000 / core.pace);
      }
      if (abort.signal.aborted) said += '\n\n(Stopped here.)';
      await reply.finish({ text: said, controls: reportControls, isDraft: true, ...(film ? { film } : {}) });
    } catch (error) {
      await reply.fail(toCxrError(error).message);
    } finally {
      running.delete(event.place.thread);
    }
  }

  async function act(event: Extract<InboundEvent, { kind: 'action' }>): Promise<void> {
    if (event.action === 'stop') return running.get(event.place.thread)?.abort();
    const reply = await adapter().reply(event.place, { key: event.id, answers: event.id });
    if (event.action === 'confirm') return reply.finish({ text: `- ${event.value ?? 'all'}: **yes** (84 %)` });
    if (event.action === 'again') return answer(event, event.id, null);
    await reply.finish({ text: 'Thank you, that was noted.' });
  }

  return core;
}
