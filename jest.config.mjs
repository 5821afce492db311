/** Jest 30 over SWC, as native ES modules: run it through `npm test`, which finds a Redis first. */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironment: 'node',
  testTimeout: 20_000,
  injectGlobals: false,
  // Two cores, and one suite that mostly waits for windows to pass.
  maxWorkers: 3,
};
