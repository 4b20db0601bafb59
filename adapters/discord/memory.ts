// What the adapter keeps across restarts: how far it has heard, which direct conversations it is in, where a private answer belongs, and the forms of its buttons.
import type Keyv from 'keyv';
import type { Form, Log, Place } from '../../bot/contract.ts';

export interface DiscordMemory {
  /** The newest message that the core was given; null before the first. */
  newest(): Promise<string | null>;
  /** Direct conversations, those with the newest message first: Discord does not list them. */
  directs(): Promise<readonly string[]>;
  /** Written within a second; a kill before that costs a look at messages that are known already. */
  heard(message: string, direct: string | null): Promise<void>;
  /** The place that a private answer belongs to although it stands in a direct conversation; null if it was none. */
  placeOf(message: string): Promise<Place | null>;
  keepPlace(message: string, place: Place): Promise<void>;
  /** The form of the button with this id; null if it is not known any more. */
  formOf(button: string): Promise<Form | null>;
  keepForm(button: string, form: Form): Promise<void>;
  flush(): Promise<void>;
}

interface Heard {
  newest: string | null;
  directs: readonly string[];
}

const HEARD = 'heard';
const MAX_DIRECTS = 100;
const WRITE_AFTER_MS = 1_000;

export function createMemory(store: Keyv, log: Log): DiscordMemory {
  let loading: Promise<Heard> | null = null;
  let timer: NodeJS.Timeout | null = null;

  function load(): Promise<Heard> {
    loading ??= store
      .get<Heard>(HEARD)
      .then((kept) => kept ?? { newest: null, directs: [] })
      .catch((error: unknown) => {
        loading = null;
        throw error;
      });
    return loading;
  }

  async function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    await store.set(HEARD, await load());
  }

  return {
    newest: async () => (await load()).newest,
    directs: async () => (await load()).directs,
    async heard(message, direct) {
      const { newest, directs } = await load();
      const isNewer = newest === null || BigInt(message) > BigInt(newest);
      loading = Promise.resolve({
        newest: isNewer ? message : newest,
        directs: direct === null ? directs : [direct, ...directs.filter((id) => id !== direct)].slice(0, MAX_DIRECTS),
      });
      timer ??= setTimeout(() => {
        write().catch((error: unknown) => log.warn({ err: error }, 'how far was heard could not be kept'));
      }, WRITE_AFTER_MS).unref();
    },
    placeOf: async (message) => (await store.get<Place>(`place-${message}`)) ?? null,
    keepPlace: async (message, place) => void (await store.set(`place-${message}`, place)),
    formOf: async (button) => (await store.get<Form>(`form-${button}`)) ?? null,
    keepForm: async (button, form) => void (await store.set(`form-${button}`, form)),
    async flush() {
      if (timer !== null) await write();
    },
  };
}
