import { describe, expect, it } from '@jest/globals';
import type { Slot } from '../../../src/budget/account.js';
import { holdingIn, loneTerms, shareOf, surely, type Holding } from '../../../src/budget/lone-share.js';
import { marginMs } from '../../../src/budget/slots.js';
import { account, limit, slot, windowMs } from '../../support/account-parts.js';

const now = 1_000_000;
const noticedAt = now + 1_000;
const settledAt = now + 90_000;
const end = (from: number) => from + windowMs + marginMs;

/** A call that the shared account holds, with the age of its end, and one that it does not hold. */
const shared = (ageMs: number) => slot(`shared-${ageMs}`, now - ageMs);
const alone = (ageMs: number) => slot(`alone-${ageMs}`, now - ageMs);

function terms(share: number, spare: number, slots: Slot[], at = now): [limit: number, opensInMs: number] {
  const ends = slots
    .filter(({ id }) => id.startsWith('shared'))
    .map(({ id, from }) => [id, end(from)] as const);
  const holding: Holding = { share, spare, ends: new Map(ends) };
  const { limit: found, opensAt } = loneTerms(
    account({ slots }),
    { limit, holding, noticedAt, settledAt },
    at,
  );
  return [found.limit, Math.max(0, opensAt - at)];
}

describe('an instance without Redis', () => {
  it.each<[string, number, number, Slot[], [number, number]]>([
    ['uses its spare slot at once', 1, 1, [], [1, 0]],
    ['uses its spare slot beside its own calls', 1, 1, [shared(100), shared(200)], [3, 0]],
    ['waits for the end of the call that used the spare slot', 1, 1, [alone(100)], [1, 0]],
    ['may follow its own call when it has stopped counting', 1, 0, [shared(100)], [1, 0]],
    ['may follow as many of its calls as its share', 2, 0, [shared(100), shared(200), shared(300)], [2, 0]],
    ['may not follow a call that others may follow first', 1, 0, [shared(windowMs - 500)], [1, 90_000]],
    ['waits for the calls of the others without a slot', 1, 0, [], [1, 90_000]],
    ['asks again after a window without a share', 0, 0, [], [1, windowMs]],
  ])('%s', (_, share, spare, slots, expected) => {
    expect(terms(share, spare, slots)).toEqual(expected);
  });

  it('has its whole share when the calls of the others have stopped counting', () => {
    expect(terms(3, 1, [alone(-settledAt)], settledAt)).toEqual([3, 0]);
  });
});

describe('what is surely held', () => {
  it('is read from the account', () => {
    const slots = [slot('mine', now), slot('other', now, { instance: 'i1' })];
    const found = account({ slots, owners: { i0: { share: 2, spare: 1 } } });
    expect(holdingIn(found, 'i0', limit)).toEqual({
      share: 2,
      spare: 1,
      ends: new Map([['mine', end(now)]]),
    });
  });

  it('is the lesser part of two possible states', () => {
    const a = {
      share: 2,
      spare: 0,
      ends: new Map([
        ['one', 5],
        ['two', 5],
      ]),
    };
    const b = { share: 1, spare: 1, ends: new Map([['one', 4]]) };
    expect(surely(a, b)).toEqual({ share: 1, spare: 0, ends: new Map([['one', 4]]) });
  });
});

describe('a fixed share', () => {
  it.each<[number, number, number]>([
    [1, 5, windowMs],
    [2, 2, windowMs],
    [8, 1, 96_000],
  ])('of %i instances is a whole number of calls', (sharers, calls, ms) => {
    expect(shareOf(limit, sharers)).toEqual({ limit: calls, windowMs: ms });
  });
});
