// Short stable names for things whose platform ids must not be kept in the clear or are too long for a store key.
import { createHash } from 'node:crypto';

/** 32 hex digits that name `parts`; equal parts give equal names. */
export function nameOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
