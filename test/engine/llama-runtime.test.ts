// How threads are planned: tiny models one thread each and side by side, large ones all physical cores in one batch.
import { expect, test } from 'vitest';
import { planThreads } from '../../engine/llama-runtime.ts';

const TINY = 10e6;
const LARGE = 4e9;

test.each([
  [TINY, 2, false, undefined, { threads: 1, maxThreads: 4, sideBySide: true }],
  [LARGE, 2, false, undefined, { threads: 2, maxThreads: 2, sideBySide: false }],
  [LARGE, 16, false, undefined, { threads: 16, maxThreads: 16, sideBySide: false }],
  [LARGE, 16, false, 6, { threads: 6, maxThreads: 6, sideBySide: false }],
  [TINY, 2, false, 8, { threads: 8, maxThreads: 8, sideBySide: true }],
  [TINY, 2, true, undefined, { threads: 2, maxThreads: 2, sideBySide: false }],
  [LARGE, 0, false, undefined, { threads: 1, maxThreads: 1, sideBySide: false }],
])('%d bytes on %d cores (GPU: %s, wanted: %s)', (bytes, cores, onGpu, wanted, plan) => {
  expect(planThreads(bytes, cores, onGpu, wanted)).toEqual(plan);
});
