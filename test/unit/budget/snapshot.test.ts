import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../../src/budget/account.js';
import type { BudgetConditions } from '../../../src/budget/budget-conditions.js';
import { foreignId } from '../../../src/budget/slots.js';
import { snapshotOf } from '../../../src/budget/snapshot.js';
import { account, conditions, limit, running, slot, ticket, windowMs } from '../../support/account-parts.js';

const now = Date.parse('2026-11-21T10:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();
const marginMs = 25;
const callMs = 500;

const shown = (parts: Partial<Account>, given: Partial<BudgetConditions> = {}) =>
  snapshotOf('api', 'i0', account({ callMs, ...parts }), conditions(now, given), {
    revalidation: 0,
    background: 3,
  });

describe('the calls of a budget', () => {
  it.each<[string, Account['slots'], object[]]>([
    ['are none on an empty account', [], []],
    [
      'end to count one window after they arrived',
      [slot('a', now - 10_000)],
      [{ grantedAt: iso(now - 10_000), freeAt: iso(now - 10_000 + windowMs + marginMs), underWay: false }],
    ],
    [
      'under way are assumed to take the average time',
      [running('a', now - 100)],
      [
        {
          grantedAt: iso(now - 100),
          freeAt: iso(now - 100 + callMs + windowMs + marginMs),
          underWay: true,
          instance: 'i0',
        },
      ],
    ],
    [
      'of another program have no instance',
      [slot(foreignId(now, 0), now, { instance: 'i0' })],
      [{ instance: null }],
    ],
    [
      'stand with the oldest first',
      [slot('b', now - 1), slot('a', now - 2)],
      [{ grantedAt: iso(now - 2) }, { grantedAt: iso(now - 1) }],
    ],
    ['leave out those that do not count any more', [slot('a', now - windowMs - marginMs)], []],
  ])('%s', (_, slots, expected) => {
    expect(shown({ slots }).calls).toMatchObject(expected);
    expect(shown({ slots }).calls).toHaveLength(expected.length);
  });

  it('are the newest hundred of many', () => {
    const slots = Array.from({ length: 150 }, (_, index) => slot(`s${index}`, now - index));
    const { calls, used } = shown({ slots }, { configuredLimit: { limit: 200, windowMs } });
    expect([used, calls.length, calls.at(-1)?.grantedAt]).toEqual([150, 100, iso(now)]);
  });
});

describe('a budget', () => {
  it('tells what lost instances may still use, beside the limit', () => {
    expect(shown({}, { reserved: 2 })).toMatchObject({ limit: limit.limit - 2, reserved: 2 });
  });

  it('tells the promised turns that are still held, the next first', () => {
    const left = (id: string, promisedAt: number) => ticket(id, { priority: 'left-behind', promisedAt });
    const tickets = [left('b', now + 20_000), left('a', now + 10_000), left('never', 0), left('over', 1)];
    expect(shown({ tickets }).promisedAt).toEqual([iso(now + 10_000), iso(now + 20_000)]);
  });

  it('tells the longest wait of each priority', () => {
    const tickets = [
      ticket('a', { since: now - 5_000 }),
      ticket('b', { since: now - 9_000 }),
      ticket('c', { since: now - 70_000, priority: 'background' }),
    ];
    expect(shown({ tickets })).toMatchObject({
      queue: { waiting: 2, 'left-behind': 0, revalidation: 0, background: 4 },
      oldestWaitMs: 9_000,
      oldestWaitsMs: { waiting: 9_000, 'left-behind': null, revalidation: null, background: 70_000 },
    });
  });
});
