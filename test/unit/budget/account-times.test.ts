import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../../src/budget/account.js';
import { clampTimes, shiftTimes } from '../../../src/budget/account-times.js';
import { account, running, slot, ticket, windowMs } from '../../support/account-parts.js';

/** An account in which every time is `at`. */
function at(time: number): Account {
  return account({
    blockedUntil: time,
    pausedUntil: time,
    lastConsumerAt: time,
    lastBackgroundAt: time,
    retries: [time],
    slots: [slot('ended', time), running('runs', time, { from: time })],
    tickets: [ticket('t', { since: time, until: time, promisedAt: time })],
    learned: { limit: 1, windowMs, until: time },
    breaker: {
      failures: { i0: 1 },
      failedAt: { i0: time },
      openUntil: time,
      only: null,
      backoffMs: 5_000,
      trial: null,
    },
  });
}

describe('the times of an account', () => {
  it('all move with the clock, in a copy', () => {
    const before = at(100_000);
    expect(shiftTimes(before, 7_000)).toEqual(at(107_000));
    expect(before).toEqual(at(100_000));
  });

  it('stay 0 where 0 means never', () => {
    const never = account({ tickets: [ticket('t', { since: 1, until: 2 })] });
    const shifted = shiftTimes(never, 7_000);
    expect(shifted).toEqual({ ...never, tickets: [ticket('t', { since: 7_001, until: 7_002 })] });
  });

  it('stay as they are when the rules can have set them', () => {
    const now = 100_000;
    const possible = at(now);
    clampTimes(possible, { now, windowMs, longestCallMs: 25_000 });
    expect(possible).toEqual(at(now));
  });

  it('all come back from an impossible future', () => {
    const now = 100_000;
    const minutes = 60_000;
    const changed = at(now + 1e9);
    clampTimes(changed, { now, windowMs, longestCallMs: 25_000 });
    const from = now + 25_000;
    const expected = {
      ...at(now),
      blockedUntil: now + windowMs,
      pausedUntil: now + 15 * minutes,
      slots: [slot('ended', now, { from }), running('runs', now, { from })],
      tickets: [ticket('t', { since: now, until: now + 20 * minutes, promisedAt: now + 10 * minutes })],
      learned: { limit: 1, windowMs, until: now + 15 * minutes },
    };
    expect(changed).toEqual({ ...expected, breaker: { ...expected.breaker, openUntil: now + 30_000 } });
  });
});
