import { describe, expect, it } from '@jest/globals';
import type { Account, Breaker } from '../../../src/budget/account.js';
import {
  breakerState,
  mayTry,
  openForAllUntil,
  recordFailure,
  recordSuccess,
  recordTrial,
  releaseTrial,
  type BreakerState,
} from '../../../src/budget/breaker.js';
import { account, conditions, running } from '../../support/account-parts.js';

const now = 100_000;
const closed: Breaker = { failures: {}, openUntil: 0, only: null, backoffMs: 0, trial: null };
const breaker = (parts: Partial<Breaker>): Account => account({ breaker: { ...closed, ...parts } });
/** Open before, and the back-off is over. */
const halfOpen = { openUntil: now - 1, backoffMs: 5_000 };

/** The breaker after failures of these instances, one after the other. The instance `gone` is lost. */
function afterFailures(instances: readonly string[], live: number, before: Partial<Breaker> = {}): Breaker {
  const changed = breaker(before);
  const isLive = (name: string) => name !== 'gone';
  for (const instance of instances)
    recordFailure(changed, 's', instance, conditions(now, { liveInstances: live, isLive }));
  return changed.breaker;
}

describe('the state of the breaker', () => {
  it.each<[BreakerState, string, Partial<Breaker>]>([
    ['closed', 'before any failure', {}],
    ['open', 'until its time', { openUntil: now + 1 }],
    ['half-open', 'after its time', { openUntil: now }],
    ['open', 'for the only instance', { openUntil: now + 1, only: 'i0' }],
    ['closed', 'for the other instances', { openUntil: now + 1, only: 'i1' }],
  ])('is %s %s', (state, _, parts) => {
    expect(breakerState(breaker(parts), 'i0', now)).toBe(state);
  });

  it('forbids turns for all only when it is open for all', () => {
    expect(openForAllUntil(breaker({ openUntil: now + 1 }))).toBe(now + 1);
    expect(openForAllUntil(breaker({ openUntil: now + 1, only: 'i0' }))).toBe(0);
  });
});

describe('failures', () => {
  const a3 = ['i0', 'i0', 'i0'];
  const a2b2 = ['i0', 'i0', 'i1', 'i1'];

  it.each<[string, readonly string[], number, Partial<Breaker>]>([
    ['keep a lone instance closed below three', ['i0', 'i0'], 1, { openUntil: 0 }],
    ['open for all after three of a lone instance', a3, 1, { openUntil: now + 5_000, only: null }],
    ['open for one instance after three of it in a fleet', a3, 2, { openUntil: now + 5_000, only: 'i0' }],
    ['open for all after two of each of two instances', a2b2, 2, { openUntil: now + 5_000, only: null }],
    ['stay with one instance after one of another', [...a3, 'i1'], 2, { only: 'i0' }],
    ['open for all when a second instance agrees', [...a3, 'i1', 'i1'], 2, { only: null }],
  ])('%s', (_, instances, live, expected) => {
    expect(afterFailures(instances, live)).toMatchObject(expected);
  });

  it.each<[string, number, number]>([
    ['doubles', 5_000, 10_000],
    ['ends at thirty seconds', 20_000, 30_000],
  ])('the back-off after a failed trial %s', (_, backoffMs, nextMs) => {
    const expected = { openUntil: now + nextMs, backoffMs: nextMs, trial: null };
    expect(afterFailures(['i0'], 1, { ...halfOpen, backoffMs, trial: 's' })).toMatchObject(expected);
  });

  const alone = { openUntil: now + 5_000, only: 'i0' };

  it.each<[string, Partial<Breaker>, Partial<Breaker>]>([
    ['of a lost instance do not agree', { failures: { gone: 9, i0: 1 } }, { openUntil: 0 }],
    [
      'of a minute ago do not agree',
      { failures: { i1: 9, i0: 1 }, failedAt: { i1: now - 60_000, i0: now - 1 } },
      { openUntil: 0 },
    ],
    [
      'of less than a minute ago agree',
      { failures: { i1: 2, i0: 1 }, failedAt: { i1: now - 59_999, i0: now - 1 } },
      { openUntil: now + 5_000, only: null },
    ],
    [
      'of the same instance begin anew after a minute',
      { failures: { i0: 2 }, failedAt: { i0: now - 60_000 } },
      { openUntil: 0, failures: { i0: 1 }, failedAt: { i0: now } },
    ],
    [
      'without a time, by the release before, count',
      { failures: { i1: 2, i0: 1 } },
      { openUntil: now + 5_000, only: null, failedAt: { i1: now, i0: now } },
    ],
    [
      'open it for another instance when the only one is lost',
      { ...alone, only: 'gone', failures: { i0: 2 } },
      alone,
    ],
    [
      'open it for another instance a minute after the only one',
      { ...halfOpen, openUntil: now - 60_000, only: 'i1', failures: { i0: 2 } },
      alone,
    ],
  ])('%s', (_, before, expected) => {
    expect(afterFailures(['i0'], 2, before)).toMatchObject(expected);
  });

  it('leave nothing of a lost instance behind', () => {
    const before = { failures: { gone: 2 }, failedAt: { gone: now - 1 } };
    expect(afterFailures(['i0'], 2, before)).toMatchObject({ failures: { i0: 1 }, failedAt: { i0: now } });
  });

  it('while it is open change nothing unless the trial failed', () => {
    const before = { openUntil: now + 9, backoffMs: 5_000, trial: 'another' };
    expect(afterFailures(['i0', 'i0', 'i0'], 1, before)).toMatchObject(before);
  });
});

describe('a success', () => {
  it.each<[string, Partial<Breaker>, Partial<Breaker>]>([
    ['closes it', { ...halfOpen, failures: { i0: 3 }, trial: 's' }, closed],
    ["keeps other instances' failures", { failures: { i0: 2, i1: 1 } }, { failures: { i1: 1 } }],
    ['closes it for the only instance', { ...halfOpen, only: 'i0' }, closed],
    ['leaves it open for another instance', { ...halfOpen, only: 'i1' }, { ...halfOpen, only: 'i1' }],
  ])('%s', (_, before, expected) => {
    const changed = breaker(before);
    recordSuccess(changed, 'i0');
    expect(changed.breaker).toMatchObject(expected);
  });
});

describe('a trial', () => {
  const may = (trial: string | null, slots = [running('t', now - 1_000, { instance: 'i1' })], live = true) =>
    mayTry({ ...breaker({ ...halfOpen, trial }), slots }, 'i0', () => live, now);

  it.each<[string, boolean, boolean]>([
    ['may go out when there is no other', true, may(null)],
    ['may not go out beside another', false, may('t')],
    ['may go out when the other has no slot any more', true, may('t', [])],
    ['may go out when the instance with the other is lost', true, may('t', undefined, false)],
    ['may go out when the other took longer than a call can', true, may('t', [running('t', 0)])],
  ])('%s', (_, expected, isAllowed) => {
    expect(isAllowed).toBe(expected);
  });

  it.each<[string, Partial<Breaker>, boolean]>([
    ['is needed by no call while it is closed', {}, true],
    ['is forbidden while it is open', { openUntil: now + 1 }, false],
  ])('%s', (_, parts, expected) => {
    expect(mayTry(breaker(parts), 'i0', () => true, now)).toBe(expected);
  });

  it('is noted only while it is half-open', () => {
    const [open, half] = [breaker({}), breaker(halfOpen)];
    for (const changed of [open, half]) recordTrial(changed, 's', 'i0', now);
    expect([open.breaker.trial, half.breaker.trial]).toEqual([null, 's']);
  });

  it('that showed nothing makes room for the next', () => {
    const [own, other] = [breaker({ ...halfOpen, trial: 's' }), breaker({ ...halfOpen, trial: 't' })];
    for (const changed of [own, other]) releaseTrial(changed, 's');
    expect([own.breaker.trial, other.breaker.trial]).toEqual([null, 't']);
  });
});
