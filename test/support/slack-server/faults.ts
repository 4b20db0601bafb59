// Faults that the local Slack plays on request: once, several times, or at random over a long run.

export type FaultKind =
  | 'rate-limit'
  | 'server-error'
  /** Answers late. */
  | 'slow'
  /** Breaks the connection before anything was done. */
  | 'disconnect'
  /** Does what was asked and breaks the connection instead of answering. */
  | 'disconnect-after'
  /** Does what was asked and answers 500. */
  | 'error-after'
  /** An HTML page with status 200. */
  | 'html'
  /** A file that breaks off in the middle. */
  | 'truncate';

export interface FaultRule {
  kind: FaultKind;
  /** Web API method, `file-download` or `file-upload`; any where left out. */
  method?: string | RegExp;
  times?: number;
  retryAfterSeconds?: number;
  delayMs?: number;
}

export interface Faults {
  add(rule: FaultRule): void;
  /** Plays one of `kinds` with this probability on every request, from a fixed seed. */
  random(options: { probability: number; kinds: readonly FaultKind[]; seed: number } | null): void;
  next(method: string): FaultRule | null;
  played(): Readonly<Record<string, number>>;
  clear(): void;
}

export function createFaults(): Faults {
  const rules: FaultRule[] = [];
  const counts: Record<string, number> = {};
  let chance: { probability: number; kinds: readonly FaultKind[]; seed: number } | null = null;

  function uniform(): number {
    if (chance === null) return 1;
    chance.seed = (Math.imul(chance.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return chance.seed / 2 ** 32;
  }

  function pick(method: string): FaultRule | null {
    const index = rules.findIndex((rule) => rule.method === undefined || method.match(rule.method) !== null);
    const rule = rules[index];
    if (rule !== undefined) {
      const left = (rule.times ?? 1) - 1;
      if (left <= 0) rules.splice(index, 1);
      else rule.times = left;
      return rule;
    }
    if (chance === null || uniform() >= chance.probability) return null;
    const kind = chance.kinds[Math.floor(uniform() * chance.kinds.length)];
    return kind === undefined ? null : { kind, retryAfterSeconds: 1, delayMs: 200 };
  }

  return {
    add: (rule) => void rules.push({ ...rule }),
    random(options) {
      chance = options === null ? null : { ...options };
    },
    next(method) {
      const rule = pick(method);
      if (rule !== null) counts[rule.kind] = (counts[rule.kind] ?? 0) + 1;
      return rule;
    },
    played: () => ({ ...counts }),
    clear() {
      rules.length = 0;
      chance = null;
    },
  };
}
