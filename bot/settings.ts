// What a channel may choose: prompt, language of buttons and notices, whether every image is read; kept until changed.
import { z } from 'zod';
import { CxrError } from '../engine/error.ts';
import { PROMPT_NAMES, type PromptName } from '../prompts/paper.ts';
import type { Place } from './contract.ts';
import { nameOf } from './identity.ts';
import { LANGUAGES, type Language } from './phrases.ts';
import type { StateStore } from './store.ts';

const READ_MODES = ['every', 'mentioned'] as const;

export interface ChannelSettings {
  prompt: PromptName;
  language: Language;
  /** `every`: each image in the channel is read; `mentioned`: only with a mention of the bot. */
  read: (typeof READ_MODES)[number];
}

export interface Settings {
  of(adapter: string, place: Place): Promise<ChannelSettings>;
  /** `argument` as typed: `prompt basic`, `language de`, `read mentioned`. Throws `usage` with the choices. */
  change(adapter: string, place: Place, argument: string): Promise<ChannelSettings>;
}

const shape = z.object({
  prompt: z.enum(PROMPT_NAMES),
  language: z.enum(LANGUAGES),
  read: z.enum(READ_MODES),
});

export function createSettings(store: StateStore, defaults: ChannelSettings): Settings {
  const kept = store.namespace('settings', null);
  const keyOf = (adapter: string, place: Place): string => nameOf('settings', adapter, place.space, place.channel);

  async function of(adapter: string, place: Place): Promise<ChannelSettings> {
    const stored = shape.partial().safeParse((await kept.get(keyOf(adapter, place))) ?? {});
    return { ...defaults, ...(stored.success ? (stored.data as Partial<ChannelSettings>) : {}) };
  }

  return {
    of,
    async change(adapter, place, argument) {
      const [name = '', value = '', ...rest] = argument
        .trim()
        .toLowerCase()
        .split(/[\s=:]+/);
      const next = shape.safeParse({ ...(await of(adapter, place)), [name]: value });
      if (!(name in shape.shape) || !next.success || rest.length > 0) {
        throw new CxrError('usage', 'That is no setting that I know.');
      }
      await kept.set(keyOf(adapter, place), next.data);
      return next.data;
    },
  };
}
