import { describe, expect, it } from '@jest/globals';
import { liveThrough } from '../../support/ledger-histories.js';

/** `npm run check:long budget` lives through a thousand. */
const histories = 4;

describe('a fleet that meets mishaps', () => {
  it('never makes more calls than the limit in any window', async () => {
    const exceeded = [];
    for (let seed = 1; seed <= histories; seed += 1) {
      const outcome = await liveThrough(seed);
      if (outcome.busiest > outcome.limit) exceeded.push(outcome);
    }
    expect(exceeded).toEqual([]);
  });
});
