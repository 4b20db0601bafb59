// Token buckets per caller: how often one person or address may do something.
export interface RateLimit {
  /** Takes one token; false when the caller has to wait. */
  allow(caller: string): boolean;
}

const maxCallers = 10_000;

/** `burst` at once, refilled evenly over `perMs`. */
export function createRateLimit(burst: number, perMs: number): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    allow(caller) {
      const now = Date.now();
      const bucket = buckets.get(caller) ?? { tokens: burst, at: now };
      buckets.delete(caller);
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / perMs) * burst);
      bucket.at = now;
      buckets.set(caller, bucket);
      const oldest = buckets.keys().next().value;
      if (buckets.size > maxCallers && oldest !== undefined) buckets.delete(oldest);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
