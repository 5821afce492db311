import TestSequencer from '@jest/test-sequencer';

/** What takes half a minute, mostly waiting: begun last, a file of these would go on alone. */
const long = ['budget-fleet', 'cache-fleet', 'redis-refusals', 'cache-processes'];

const isLong = ({ path }) => long.some((name) => path.endsWith(`/${name}.test.ts`));

/** Jest's own order, but for those files. */
export default class extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}
