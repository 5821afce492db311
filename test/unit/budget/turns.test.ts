import { describe, expect, it } from '@jest/globals';
import type { Account, Ticket } from '../../../src/budget/account.js';
import type { BudgetConditions } from '../../../src/budget/budget-conditions.js';
import { grantTurns } from '../../../src/budget/turns.js';
import { account, conditions, limit, running, slot, ticket, windowMs } from '../../support/account-parts.js';

const now = 1_000_000;
const intervalMs = 12_000;
const longestCallMs = 25_000;
const instance = 'i0';
/** Conditions in which the instance `gone` is lost. */
const usual = { isLive: (name: string) => name !== 'gone' };

/** Calls that leave this number of slots free. */
const free = (slots: number) =>
  Array.from({ length: limit.limit - slots }, (_, index) => slot(`s${index}`, now - 30_000));

/** One round of the instance. @returns the account after it and the ids of the granted tickets. */
function round(before: Partial<Account>, given: Partial<BudgetConditions> = {}) {
  const changed = account(before);
  let slots = 0;
  const newSlotId = () => `new${(slots += 1)}`;
  const verdicts = grantTurns(changed, conditions(now, { ...usual, ...given }), {
    instance,
    newSlotId,
    longestCallMs,
  });
  const granted = verdicts.flatMap((verdict) => ('granted' in verdict ? [verdict.ticket] : []));
  return { changed, granted };
}

const waiting = (id: string, parts: Partial<Ticket> = {}) => ticket(id, { order: 2, ...parts });
const left = (id: string, parts: Partial<Ticket> = {}) => ticket(id, { priority: 'left-behind', ...parts });
const refresh = (id: string, parts: Partial<Ticket> = {}) =>
  ticket(id, { priority: 'revalidation', ...parts });
const catalog = (id: string, parts: Partial<Ticket> = {}) => ticket(id, { priority: 'background', ...parts });

describe('the only free turn goes to', () => {
  const keyed = { key: 'busy' };

  it.each<[string, string[], Ticket[], Partial<Account>]>([
    ['a waiting ticket before work left behind', ['w'], [left('l'), waiting('w')], {}],
    ['work left behind before a refresh', ['l'], [refresh('r'), left('l')], {}],
    ['a refresh before the catalog', ['r'], [catalog('c'), refresh('r')], {}],
    ['the catalog when nothing else waits', ['c'], [catalog('c')], {}],
    ['the ticket with the lowest number', ['w1'], [waiting('w2', { order: 3 }), waiting('w1')], {}],
    [
      'nobody when another instance is first',
      [],
      [waiting('w', { instance: 'i1', order: 1 }), waiting('x')],
      {},
    ],
    [
      'the next ticket when the first is of a lost instance',
      ['x'],
      [waiting('w', { instance: 'gone', order: 1 }), waiting('x')],
      {},
    ],
    [
      'the next ticket when a call for the first is under way',
      ['x'],
      [waiting('w', { ...keyed, order: 1 }), waiting('x')],
      { slots: [...free(2), running('s', now - 1_000, keyed)] },
    ],
    [
      'the first ticket when the call for it is lost',
      ['w'],
      [waiting('w', { ...keyed, order: 1 }), waiting('x')],
      { slots: [...free(2), running('s', now - 1_000, { ...keyed, instance: 'gone' })] },
    ],
    [
      'a promised ticket that cannot wait for the next turn',
      ['l'],
      [left('l', { promisedAt: now + 1_000 }), waiting('w')],
      {},
    ],
    [
      'a waiting ticket when the promised one can wait',
      ['w'],
      [left('l', { promisedAt: now + 30_000 }), waiting('w')],
      {},
    ],
    [
      'a waiting ticket when the promise is over',
      ['w'],
      [left('l', { promisedAt: now - 5_000 }), waiting('w')],
      {},
    ],
    [
      'nobody when the promise of a lost instance needs the turn',
      [],
      [left('l', { promisedAt: now, instance: 'gone' }), waiting('w')],
      {},
    ],
    [
      'a waiting ticket before a refresh passed over 19 times',
      ['w'],
      [refresh('r'), waiting('w')],
      { passedOver: { revalidation: 19 } },
    ],
    [
      'a refresh passed over 20 times',
      ['r'],
      [refresh('r'), waiting('w')],
      { passedOver: { revalidation: 20 } },
    ],
    [
      'the catalog passed over 20 times',
      ['c'],
      [catalog('c'), refresh('r'), waiting('w')],
      { passedOver: { background: 20 } },
    ],
    [
      'the catalog passed over 20 times when no refresh waits',
      ['c'],
      [catalog('c'), waiting('w')],
      { passedOver: { revalidation: 99, background: 20 } },
    ],
    [
      "no refresh within an interval of a consumer's call",
      [],
      [refresh('r')],
      { lastConsumerAt: now - intervalMs + 1 },
    ],
    [
      'no refresh within an interval of a background call',
      [],
      [refresh('r')],
      { lastBackgroundAt: now - intervalMs + 1 },
    ],
    [
      'a refresh after an interval',
      ['r'],
      [refresh('r')],
      { lastConsumerAt: now - intervalMs, lastBackgroundAt: now - intervalMs },
    ],
    [
      'work left behind when the answer serves until its consumer is back',
      ['l'],
      [left('l', { promisedAt: now + 49_000, servesForMs: 54_000 })],
      {},
    ],
    [
      'the catalog when the answer to work left behind would be too old',
      ['c'],
      [left('l', { promisedAt: now + 49_001, servesForMs: 54_000 }), catalog('c')],
      {},
    ],
    ['work left behind at once', ['l'], [left('l')], { lastConsumerAt: now - 1 }],
  ])('%s', (_, granted, tickets, parts) => {
    expect(round({ slots: free(1), tickets, ...parts }).granted).toEqual(granted);
  });
});

describe('the number of granted turns', () => {
  const crowd = Array.from({ length: 8 }, (_, index) => waiting(`w${index}`));
  const breaker = { failures: {}, openUntil: now + 1, only: null, backoffMs: 5_000, trial: null };

  it.each<[string, number, Partial<Account>, Partial<BudgetConditions>]>([
    ['is the limit in an empty window', 5, {}, {}],
    ['is that of the free slots', 2, { slots: free(2) }, {}],
    ['is 0 in a full window', 0, { slots: free(0) }, {}],
    [
      'counts a call until its window and the margin are over',
      0,
      { slots: [...free(1), slot('s', now - windowMs - 24)] },
      {},
    ],
    ['does not count a call after that', 1, { slots: [...free(1), slot('s', now - windowMs - 25)] }, {}],
    ['is that of a lower limit of HSS', 2, { learned: { limit: 2, windowMs, until: now + 1 } }, {}],
    ['leaves the share of lost instances', 3, {}, { reserved: 2 }],
    ['is at least one beside lost instances', 1, {}, { reserved: 9 }],
    ['keeps to the room of all HSS users', 1, {}, { totalRoom: 1 }],
    ['is 0 during a pause', 0, { pausedUntil: now + 1 }, {}],
    ['is 0 while calls are unknown', 0, { blockedUntil: now + 1 }, {}],
    ['is 0 while the breaker is open', 0, { breaker }, {}],
    ['is 0 while the breaker is open for this instance', 0, { breaker: { ...breaker, only: 'i0' } }, {}],
    ['is the limit while the breaker is open for another', 5, { breaker: { ...breaker, only: 'i1' } }, {}],
    ['is 1 while the breaker is half-open', 1, { breaker: { ...breaker, openUntil: now - 1 } }, {}],
    ['is 1 for background calls', 1, { tickets: [refresh('a'), refresh('b'), catalog('c')] }, {}],
    [
      'is 1 for tickets with the same key',
      1,
      { tickets: [waiting('a', { key: 'k' }), waiting('b', { key: 'k' })] },
      {},
    ],
  ])('%s', (_, count, parts, given) => {
    expect(round({ tickets: structuredClone(crowd), ...parts }, given).granted).toHaveLength(count);
  });
});

describe('a granted turn', () => {
  it.each<[string, Ticket, Partial<Account>]>([
    ['of a consumer', waiting('t', { order: 9 }), { lastConsumerAt: now, lastBackgroundAt: 7, order: 9 }],
    ['of work left behind', left('t'), { lastConsumerAt: now, lastBackgroundAt: 7, order: 5 }],
    [
      'of a refresh',
      refresh('t'),
      { lastConsumerAt: 7, lastBackgroundAt: now, passedOver: { revalidation: 0, background: 3 } },
    ],
    [
      'of the catalog',
      catalog('t'),
      { lastConsumerAt: 7, lastBackgroundAt: now, passedOver: { revalidation: 3, background: 0 } },
    ],
  ])('%s is noted', (_, next, expected) => {
    const passedOver = { revalidation: 3, background: 3 };
    const before = { tickets: [next], order: 5, lastConsumerAt: 7, lastBackgroundAt: 7, passedOver };
    const { changed } = round(before);
    expect(changed).toMatchObject(expected);
    expect(changed.tickets).toEqual([]);
    expect(changed.slots).toEqual([
      { id: 'new1', instance, key: 't', grantedAt: now, from: now + longestCallMs, endedAt: null },
    ]);
  });

  it('counts against each low priority that waits', () => {
    const { changed } = round({ slots: free(1), tickets: [waiting('w'), refresh('r')] });
    expect(changed.passedOver).toEqual({ revalidation: 1, background: 0 });
  });
});

describe('a waiting ticket whose callers have left', () => {
  const expired = (id: string) => waiting(id, { until: now });

  it('becomes work left behind', () => {
    const { changed } = round({ slots: free(0), tickets: [expired('w')] });
    expect(changed.tickets).toMatchObject([{ id: 'w', priority: 'left-behind', promisedAt: now }]);
  });

  it('leaves the queue when there is no room for more work', () => {
    const work = Array.from({ length: 400 }, (_, index) => left(`l${index}`));
    const { changed } = round({ slots: free(0), tickets: [...work, expired('w')] });
    expect(changed.tickets.map(({ id }) => id)).not.toContain('w');
  });
});
