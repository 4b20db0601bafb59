// First contact: the bundle's intended use is told once in each channel, with the first reply there, also if that reply is repeated after a crash.
import type { Place } from './contract.ts';
import { nameOf } from './identity.ts';
import type { StateStore } from './store.ts';

export interface Contact {
  /** True for the reply that tells it. */
  isFirst(adapter: string, place: Place, reply: string): Promise<boolean>;
}

export function createContact(store: StateStore): Contact {
  const kept = store.namespace('contact', null);
  return {
    async isFirst(adapter, place, reply) {
      const key = nameOf('contact', adapter, place.space, place.channel);
      const mine = nameOf('reply', place.thread, reply);
      const first = await kept.get<string>(key);
      if (first !== undefined) return first === mine;
      await kept.set(key, mine);
      return true;
    },
  };
}
