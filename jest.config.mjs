/** Jest 30 over SWC, as native ES modules: run it through `npm test`, which finds a Redis first. */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironment: '<rootDir>/test/support/jest-environment.mjs',
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // No test needs a fifth of it: it ends what hangs, and must not end what a busy machine does slowly.
  testTimeout: 120_000,
  injectGlobals: false,
  // Two cores, and much that waits for windows and leases to pass.
  maxWorkers: 3,
};
