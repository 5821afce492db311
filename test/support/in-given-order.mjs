import TestSequencer from '@jest/test-sequencer';

/** By name: the groups of a whole run have names in the order in which they should begin (scripts/test-groups.mjs). */
export default class extends TestSequencer {
  sort(tests) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
