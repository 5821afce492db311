import { describe, expect, it } from '@jest/globals';
import type { Account, Limit } from '../../../src/budget/account.js';
import { recordOutcome, type CallOutcome } from '../../../src/budget/call-outcome.js';
import { account, conditions, limit, running, slot, windowMs } from '../../support/account-parts.js';

const now = 100_000;
const grantedAt = now - 4_000;
const answered: CallOutcome = { kind: 'answered' };
const failed = (isAnswered: boolean, wantsRetry = false): CallOutcome => ({
  kind: 'failed',
  isAnswered,
  wantsRetry,
});
const throttled = (pauseMs: number, named: Limit | null = null): CallOutcome => ({
  kind: 'throttled',
  pauseMs,
  named,
});
const unknown: CallOutcome = { kind: 'unknown' };
const givenUp: CallOutcome = { kind: 'given-up' };
const unused: CallOutcome = { kind: 'unused' };
const unreached: CallOutcome = { kind: 'unreached', wantsRetry: true };

/** The account after the running call `s` has ended. */
function after(outcome: CallOutcome, before: Partial<Account> = {}): Account {
  const changed = account({ slots: [running('s', grantedAt, { key: 'k' })], ...before });
  recordOutcome(changed, 's', outcome, conditions(now), 'i0');
  return changed;
}

describe('the slot of an ended call', () => {
  it.each<[string, CallOutcome, number, string]>([
    ['counts from the end after an answer', answered, now, 'k'],
    ['counts from the end after a failure that HSS answered', failed(true), now, 'k'],
    ['counts from as far ahead as the call took when given up', failed(false), now + 4_000, 'k'],
    ['counts from the end after a 429', throttled(1_000), now, 'k'],
    ['counts from the end and frees its key when the end is unknown', unknown, now, ''],
    ['counts so and frees its key when the stop broke it off', givenUp, now + 4_000, ''],
    ['frees its key for a repetition', failed(true, true), now, ''],
  ])('%s', (_, outcome, from, key) => {
    expect(after(outcome).slots).toEqual([{ id: 's', instance: 'i0', key, grantedAt, from, endedAt: now }]);
  });

  it('becomes free again when the call was never sent', () => {
    expect(after(unused).slots).toEqual([]);
    expect(after(unreached).slots).toEqual([]);
    expect(after(unreached, { slots: [] }).slots).toEqual([]);
  });

  it('counts from now when the account has lost it', () => {
    expect(after(answered, { slots: [] }).slots).toEqual([slot('s', now, { key: '' })]);
    expect(after(unused, { slots: [] }).slots).toEqual([]);
  });

  it('is recorded once, however often the change runs', () => {
    const changed = after(throttled(1_000));
    expect(recordOutcome(changed, 's', failed(false, true), conditions(now + 500), 'i0')).toBe(false);
    expect(changed).toEqual(after(throttled(1_000)));
  });
});

describe('the average duration', () => {
  it.each<[string, CallOutcome, number]>([
    ['moves by a fifth with an answer', answered, 500 + (4_000 - 500) / 5],
    ['stays after a failure', failed(true), 500],
    ['stays after a 429', throttled(1_000), 500],
  ])('%s', (_, outcome, callMs) => {
    expect(after(outcome).callMs).toBe(callMs);
  });
});

describe('the pause after a 429', () => {
  it.each<[string, number, number]>([
    ['lasts as long as HSS named', 0, now + 10_000],
    ['never becomes shorter', now + 30_000, now + 30_000],
  ])('%s', (_, pausedUntil, expected) => {
    expect(after(throttled(10_000), { pausedUntil }).pausedUntil).toBe(expected);
  });
});

describe('the pause that a failing HSS asks for', () => {
  it('lasts as long as HSS named', () => {
    const asked: CallOutcome = { kind: 'failed', isAnswered: true, wantsRetry: false, pauseMs: 10_000 };
    expect(after(asked).pausedUntil).toBe(now + 10_000);
    expect(after(failed(true)).pausedUntil).toBe(0);
  });
});

describe('a limit that HSS names', () => {
  const hour = 3_600_000;
  const day = 24 * hour;

  it.each<[string, Limit, Limit | null]>([
    ['is learned if it has fewer calls', { limit: 2, windowMs }, { limit: 2, windowMs }],
    [
      'is learned if it is slower in a longer window',
      { limit: 200, windowMs: hour },
      { limit: 200, windowMs: hour },
    ],
    [
      'is learned in part if its calls would fill the account',
      { limit: 3_001, windowMs: day },
      { limit: 272, windowMs: Math.ceil(day / 11) },
    ],
    ['is learned for a day at most', { limit: 5, windowMs: 999_999 * day }, { limit: 5, windowMs: day }],
    ['is not learned if it is ours', limit, null],
    ['is not learned if it allows more', { limit: 10, windowMs }, null],
  ])('%s', (_, named, expected) => {
    const learned = expected && { ...expected, until: now + 15 * 60_000 };
    expect(after(throttled(1_000, named)).learned).toEqual(learned);
    expect(after({ kind: 'answered', hint: { remain: named.limit - 1, named } }).learned).toEqual(learned);
  });
});

describe('calls of somebody else with the same HSS user', () => {
  it.each<[string, number, Limit, number]>([
    ['are none when our log explains the remaining calls', 4, limit, 0],
    ['count when fewer calls remain than our log explains', 2, limit, 2],
    ['are never more than our limit', 0, { limit: 100, windowMs }, 4],
    ['are not known from another window', 0, { limit: 5, windowMs: 1_000 }, 0],
  ])('%s', (_, remain, named, foreign) => {
    const { slots } = after({ kind: 'answered', hint: { remain, named } });
    expect(slots.filter(({ id }) => id.startsWith('foreign-'))).toHaveLength(foreign);
    expect(slots.every(({ from }) => from === now)).toBe(true);
  });

  it('are never more than our limit without Redis', () => {
    const alone = account({ slots: [running('s', grantedAt)] });
    const hint = { remain: 0, named: { limit: 999_999, windowMs } };
    recordOutcome(alone, 's', { kind: 'answered', hint }, conditions(now, { othersShare: 4 }), 'i0');
    expect(alone.slots).toHaveLength(1 + limit.limit);
  });
});

describe('a call that never left', () => {
  it('counts for the breaker', () => {
    expect(after(unreached).breaker.failures).toEqual({ i0: 1 });
  });
});

describe('a call that the end of its instance broke off', () => {
  it('is no failure for the breaker, and leaves the trial to another instance', () => {
    const trial = { ...account({}).breaker, openUntil: now - 1, trial: 's' };
    expect(after(givenUp, { breaker: trial }).breaker).toEqual({ ...trial, trial: null });
  });
});

describe('a failed call', () => {
  const calls = (count: number) =>
    Array.from({ length: count }, (_, index) => slot(`old${index}`, now - 1_000));
  const open = { failures: {}, openUntil: now + 1, only: null, backoffMs: 5_000, trial: null };

  it.each<[string, boolean, CallOutcome, Partial<Account>]>([
    ['may be repeated once per window', true, failed(true, true), {}],
    ['may be repeated when it never left', true, unreached, {}],
    ['may not be repeated often when it never left', false, unreached, { retries: [now - 1_000] }],
    ['may not be repeated if it does not want to', false, failed(true), {}],
    ['may not be repeated twice per window', false, failed(true, true), { retries: [now - 1_000] }],
    [
      'may be repeated when the last repetition is a window ago',
      true,
      failed(true, true),
      { retries: [now - windowMs] },
    ],
    ['may be repeated for each ten calls', true, failed(true, true), { retries: [now], slots: calls(20) }],
    ['may not be repeated beyond a tenth', false, failed(true, true), { retries: [now], slots: calls(18) }],
    ['may not be repeated while the breaker is open', false, failed(true, true), { breaker: open }],
    ['may not be repeated after a 429', false, throttled(1_000), {}],
  ])('%s', (_, mayRetry, outcome, before) => {
    const changed = account({ slots: [], ...before });
    changed.slots.push(running('s', grantedAt));
    expect(recordOutcome(changed, 's', outcome, conditions(now), 'i0')).toBe(mayRetry);
  });
});
