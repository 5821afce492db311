/** Jest 30 over SWC, as native ES modules: run it through `npm test`, which finds a Redis first. */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1', '^#emulator$': '<rootDir>/emulator/emulator.ts' },
  testEnvironment: '<rootDir>/test/support/jest-environment.mjs',
  testSequencer: '<rootDir>/test/support/in-given-order.mjs',
  // For what hangs: how long anything takes is up to the machine.
  testTimeout: 240_000,
  injectGlobals: false,
  // More than cores: much of the time the tests wait for windows and leases to pass.
  maxWorkers: 3,
};
