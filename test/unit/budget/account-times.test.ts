import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../../src/budget/account.js';
import { clampTimes, restartTimes } from '../../../src/budget/account-times.js';
import { marginMs } from '../../../src/budget/slots.js';
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
    owners: { i1: { share: 1, spare: 0, lost: { at: time, among: 2 } } },
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
  it('begin again on a clock that was set, except the length of a pause', () => {
    const before = at(100_000);
    const restarted = restartTimes(before, { byMs: 7_000, now: 108_000, longestCallMs: 25_000 });
    expect(restarted).toMatchObject({
      slots: [slot('ended', 108_000, { key: '' }), running('runs', 108_000)],
      pausedUntil: 107_000,
      learned: { until: 107_000 },
      breaker: { openUntil: 107_000 },
    });
    expect(before).toEqual(at(100_000));
  });

  it('stay 0 where 0 means never', () => {
    const restarted = restartTimes(account(), { byMs: 7_000, now: 108_000, longestCallMs: 25_000 });
    expect(restarted).toEqual(account());
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
      blockedUntil: now + 25_000 + windowMs + marginMs,
      pausedUntil: now + 15 * minutes,
      slots: [slot('ended', now, { from }), running('runs', now, { from })],
      tickets: [ticket('t', { since: now, until: now + 20 * minutes, promisedAt: now + 10 * minutes })],
      learned: { limit: 1, windowMs, until: now + 15 * minutes },
    };
    expect(changed).toEqual({ ...expected, breaker: { ...expected.breaker, openUntil: now + 30_000 } });
  });
});
