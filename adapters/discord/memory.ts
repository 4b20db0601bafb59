// What the adapter keeps across restarts: how far it has heard, which direct conversations it is in, where a private answer belongs, and the forms of its buttons.
import type Keyv from 'keyv';
import type { Form, Log, Place } from '../../bot/contract.ts';

export interface DiscordMemory {
  /** Everything up to this message was heard; null before the first. */
  newest(): Promise<string | null>;
  /** Direct conversations, those with the newest message first: Discord does not list them. */
  directs(): Promise<readonly string[]>;
  /** The core was given this message. Written within a second; a kill before that costs a look at messages that are known already. */
  heard(message: string): void;
  /** Something was written in this direct conversation. */
  metIn(direct: string): void;
  /** Until `key` is released nothing from this message on counts as heard; null: how far was heard stays as it is in the store. */
  hold(key: string, message: string | null): void;
  release(key: string): void;
  /**
   * The place of what does not itself say where it belongs: a private answer in a direct conversation (`what` is the reply's post), a question in answer to
   * ours in a channel (the message's id). Null if none was kept.
   */
  placeOf(what: string): Promise<Place | null>;
  keepPlace(what: string, place: Place): Promise<void>;
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

const smaller = (a: bigint | null, b: bigint): bigint => (a !== null && a < b ? a : b);
const largest = (ids: readonly (string | null)[]): string | null =>
  ids.reduce((a, b) => (a === null || (b !== null && BigInt(b) > BigInt(a)) ? b : a), null);

export function createMemory(store: Keyv, log: Log): DiscordMemory {
  let loading: Promise<Heard> | null = null;
  /** What came in this process. */
  let fresh: Heard = { newest: null, directs: [] };
  const holds = new Map<string, bigint | null>();
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

  async function current(): Promise<Heard> {
    const kept = await load();
    const directs = [...new Set([...fresh.directs, ...kept.directs])].slice(0, MAX_DIRECTS);
    const newest = largest([kept.newest, fresh.newest]);
    const held = [...holds.values()].filter((each) => each !== null).reduce(smaller, null);
    const isHeld = newest !== null && held !== null && held <= BigInt(newest);
    return { newest: isHeld ? String(held - 1n) : newest, directs };
  }

  async function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if ([...holds.values()].includes(null)) return;
    try {
      await store.set(HEARD, await current());
    } catch (error) {
      log.warn({ err: error }, 'how far was heard could not be kept');
    }
  }

  function writeSoon(): void {
    timer ??= setTimeout(() => void write(), WRITE_AFTER_MS).unref();
  }

  return {
    newest: async () => (await current()).newest,
    directs: async () => (await current()).directs,
    heard(message) {
      fresh = { ...fresh, newest: largest([fresh.newest, message]) };
      writeSoon();
    },
    metIn(direct) {
      const others = fresh.directs.filter((id) => id !== direct);
      fresh = { ...fresh, directs: [direct, ...others].slice(0, MAX_DIRECTS) };
      writeSoon();
    },
    hold(key, message) {
      holds.set(key, message === null ? null : smaller(holds.get(key) ?? null, BigInt(message)));
    },
    release(key) {
      if (holds.delete(key)) writeSoon();
    },
    placeOf: async (what) => (await store.get<Place>(`place-${what}`)) ?? null,
    keepPlace: async (what, place) => void (await store.set(`place-${what}`, place)),
    formOf: async (button) => (await store.get<Form>(`form-${button}`)) ?? null,
    keepForm: async (button, form) => void (await store.set(`form-${button}`, form)),
    async flush() {
      if (timer !== null) await write();
    },
  };
}
