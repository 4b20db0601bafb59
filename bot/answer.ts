// Streams one answer of the engine into a reply: every text that becomes visible has passed the safety filters.
import type { AnswerStream, Conversation, Turn } from '../engine/engine.ts';
import type { Control, Reply } from './contract.ts';
import { seedOf } from './conversations.ts';
import type { Parts, Work } from './parts.ts';
import type { Phrases } from './phrases.ts';
import { settleAborted, throwIfTakenAway } from './redo.ts';
import { createDraft } from './replies.ts';
import { neutralText } from './safety/neutral-text.ts';
import { withoutPriors } from './safety/priors.ts';

export interface ShownAnswer {
  /** As stored by the engine. */
  turn: Turn;
  /** As people may see it. */
  text: string;
  /** Notes that belong below it: stopped, cut short, sentences left out. */
  notes: string[];
}

export interface Question {
  conversation: Conversation;
  text: string;
  /** Key of the turn. */
  key: string;
  /** Index of the film that enters the dialogue with this question. */
  image?: number;
  reply: Reply;
  /** Stands above the answer while it grows. */
  heading: string;
}

/** Asks (or finds the recorded answer of this key), shows it as it grows, resolves with the whole. Throws what the engine throws. */
export async function ask(parts: Parts, work: Work, question: Question): Promise<ShownAnswer> {
  const { entry, phrases, signal } = work;
  const { conversation, key, image, reply, heading } = question;
  await settleAborted(conversation, entry, key);
  const stream = conversation.ask(question.text, {
    key,
    seed: seedOf(key),
    signal,
    ...(image === undefined ? {} : { image }),
  });
  const shown = await showAnswer(stream, {
    reply,
    phrases,
    heading,
    mayCompare: conversation.images.length > 1,
    started: () => parts.stage('streaming', entry),
    draftFailed: (error) => parts.log.warn({ err: error, id: entry.id }, 'draft could not be shown'),
  });
  throwIfTakenAway(signal);
  parts.metrics.answer(shown.turn.tokensPerSecond);
  return shown;
}

interface AnswerView {
  reply: Reply;
  phrases: Phrases;
  heading: string;
  /** The conversation holds two films or more: comparing them is not an invention. */
  mayCompare: boolean;
  started(): Promise<void> | void;
  draftFailed(error: unknown): void;
}

/** What people may see of `text`. */
export function shownText(text: string, mayCompare: boolean): { text: string; dropped: number } {
  const neutral = neutralText(text);
  return mayCompare ? { text: neutral, dropped: 0 } : withoutPriors(neutral);
}

export function stopControl(phrases: Phrases): Control[] {
  return [{ action: 'stop', label: phrases.stop, style: 'danger' }];
}

async function showAnswer(stream: AnswerStream, view: AnswerView): Promise<ShownAnswer> {
  const { phrases, mayCompare } = view;
  const draft = createDraft(view.reply, stopControl(phrases), view.draftFailed);
  let said = '';
  try {
    for await (const piece of stream) {
      if (said === '') await view.started();
      said += piece;
      const { text } = shownText(said, mayCompare);
      if (text !== '') draft.show(`${view.heading}${text}`);
    }
  } finally {
    await draft.settle();
  }
  const turn = await stream.turn;
  const { text, dropped } = shownText(turn.answer, mayCompare);
  const notes: string[] = [];
  if (turn.stopReason === 'aborted') notes.push(phrases.stoppedEarly);
  if (turn.stopReason === 'length') notes.push(phrases.cutShort);
  if (dropped > 0) notes.push(phrases.priorsDropped(dropped));
  return { turn, text, notes };
}
