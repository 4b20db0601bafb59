// A shorter endurance run in every test run: faults, redeliveries and restarts lose and double nothing (the long one is `npm run bench:core`).
import { expect, test } from 'vitest';
import { runEndurance } from '../support/core-endurance.ts';

test('30 threads of 5 turns with faults, redeliveries and a restart: zero lost, zero doubled', {
  timeout: 300_000,
}, async () => {
  const result = await runEndurance({ threads: 30, turns: 5, restarts: 1 });
  expect(result).toMatchObject({ turns: 150, lost: 0, doubled: 0 });
  expect(result.faults).toBeGreaterThan(10);
});
