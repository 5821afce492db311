import TestSequencer from '@jest/test-sequencer';

/** Runs files in the order of their names: groups of a whole run are named in that order (scripts/test-groups.mjs). */
export default class extends TestSequencer {
  sort(tests) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
