import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../../src/budget/account.js';
import { GrantCheck } from '../../../src/budget/grant-check.js';
import { account } from '../../support/account-parts.js';
import { TestClock } from '../../support/test-clock.js';

const breaker = { failures: {}, openUntil: 0, only: null, backoffMs: 5_000, trial: null };

describe('a grant', () => {
  const open = (now: number): Partial<Account> => ({ breaker: { ...breaker, openUntil: now + 5_000 } });
  const paused = (now: number): Partial<Account> => ({ pausedUntil: now + 5_000 });

  /** Each step is a reading of the account, or a pause that this instance alone knows, in ms. */
  it.each<[string, (now: number) => (Partial<Account> | number)[], boolean]>([
    ['is good while nothing forbids calls', () => [{}], true],
    ['is void while the breaker is open', (now) => [open(now)], false],
    ['is void during a pause', (now) => [paused(now)], false],
    ['is void during a pause that the account lacks', () => [5_000, {}], false],
    ['is good again when a call has closed the breaker', (now) => [open(now), {}], true],
  ])('%s', async (_, steps, isValid) => {
    const clock = TestClock.still();
    const check = new GrantCheck(clock, 'i0', 10_000);
    for (const step of steps(clock.now()))
      if (typeof step === 'number') check.shut(step);
      else check.observe(account(step), clock.now());
    expect(await check.isValid(check.moment(), () => Promise.resolve())).toBe(isValid);
  });
});
