// Slash commands, shortcuts and their typed forms: help, status, settings, forget, read.
import { CxrError, toCxrError } from '../engine/error.ts';
import { PROMPT_NAMES } from '../prompts/paper.ts';
import { answerAction } from './action-turn.ts';
import type { CommandEvent } from './contract.ts';
import { answerMessage } from './message-turn.ts';
import type { Parts, Work } from './parts.ts';
import { phrasesOf } from './phrases.ts';
import type { ChannelSettings } from './settings.ts';

export async function answerCommand(parts: Parts, work: Work<CommandEvent>): Promise<string> {
  const { event, phrases } = work;
  switch (event.name) {
    case 'help':
    case '':
      return answerAction(parts, work, 'help', null);
    case 'stop':
    case 'again':
    case 'confirm':
    case 'forget':
      return answerAction(parts, work, event.name, event.target ?? null);
    case 'status':
      return tell(parts, work, await statusText(parts, work));
    case 'settings':
      return settings(parts, work);
    case 'read':
      if (event.attachments.length === 0) return tell(parts, work, phrases.noImageYet);
      return answerMessage(parts, { ...work, settings: settingsFor(work) });
    default:
      return tell(parts, work, phrases.unknownCommand(event.name.slice(0, 30).replace(/[^\w-]/g, '')));
  }
}

/** `/cxr read` may name the prompt for this film; otherwise it is the channel's. */
function settingsFor({ event, settings }: Work<CommandEvent>): ChannelSettings {
  const named = PROMPT_NAMES.find((name) => event.argument.toLowerCase().split(/\s+/).includes(name));
  return named === undefined ? settings : { ...settings, prompt: named };
}

async function tell(parts: Parts, { entry, event }: Work<CommandEvent>, text: string): Promise<string> {
  const key = parts.replies.keyOf(entry);
  await parts.replies.begin(entry, key, { privateTo: event.author.id });
  await parts.replies.finish(entry, key, { text });
  return event.name;
}

async function statusText(parts: Parts, { entry, event, phrases }: Work<CommandEvent>): Promise<string> {
  const { bundle } = await parts.engine();
  const state = await parts.threads.get(entry.adapter, event.place.thread);
  const { running, waiting } = parts.queue.size();
  return phrases.status({
    bundle: bundle.name,
    version: bundle.version,
    hash: bundle.hash.slice(0, 8),
    running,
    waiting,
    films: state?.films.length ?? 0,
    turns: state?.turns.length ?? 0,
  });
}

async function settings(parts: Parts, work: Work<CommandEvent>): Promise<string> {
  const { entry, event, phrases } = work;
  if (event.argument.trim() === '') {
    const { prompt, language, read } = work.settings;
    return tell(parts, work, `${phrases.settings(prompt, language, read)}\n\n${phrases.settingsUsage}`);
  }
  try {
    parts.access.checkAdmin(event.author);
    const changed = await parts.settings.change(entry.adapter, event.place, event.argument);
    const next = phrasesOf(changed.language);
    return await tell(
      parts,
      work,
      `${next.settingsSaved}\n\n${next.settings(changed.prompt, changed.language, changed.read)}`,
    );
  } catch (error) {
    const refusal = toCxrError(error);
    if (refusal.code !== 'usage') throw error;
    throw new CxrError('usage', `${refusal.message} ${phrases.settingsUsage}`);
  }
}
