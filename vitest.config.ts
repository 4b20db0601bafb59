// How the tests are run; what is slow or flaky is mended in the test, not here.
import { defineConfig } from 'vitest/config';

// Two cores and native add-ons: test files run one after another in child processes, and a slow machine is no failure.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
