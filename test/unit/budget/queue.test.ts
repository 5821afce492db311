import { describe, expect, it } from '@jest/globals';
import type { Account, Ticket } from '../../../src/budget/account.js';
import {
  forgetOldTickets,
  inOrder,
  isPromised,
  leaveBehind,
  leftBehindMs,
  promisedTickets,
  TicketIndex,
  turnAway,
  usefulFrom,
  type TicketRequest,
} from '../../../src/budget/queue.js';
import { account, limit, ticket } from '../../support/account-parts.js';

const now = 100_000;
const request = (parts: Partial<TicketRequest> = {}): TicketRequest => ({
  id: 'new',
  key: 'k',
  instance: 'i0',
  consumers: ['a'],
  priority: 'waiting',
  waitMs: 15_000,
  ...parts,
});
/** The ticket `new` after the request was queued. */
function queued(before: Partial<Account>, parts: Partial<TicketRequest> = {}): Ticket | undefined {
  const changed = account(before);
  new TicketIndex(changed).enqueue(request(parts), now);
  return changed.tickets.find(({ id }) => id === 'new');
}
const ids = (tickets: readonly Ticket[]) => tickets.map(({ id }) => id);

describe('the place of a new ticket', () => {
  it.each<[string, Partial<Account>, Partial<TicketRequest>, number]>([
    ['is one after the ticket granted last', { order: 7 }, {}, 8],
    ["is one after its consumer's last ticket", { order: 1, tickets: [ticket('x', { order: 9 })] }, {}, 10],
    [
      "does not depend on other consumers' tickets",
      { tickets: [ticket('x', { consumer: 'b', order: 9 })] },
      {},
      1,
    ],
    [
      'is the best of its consumers',
      { tickets: [ticket('x', { consumer: 'a', order: 9 }), ticket('y', { consumer: 'b', order: 3 })] },
      { consumers: ['a', 'b'] },
      4,
    ],
    [
      'is the place of an older ticket with its key',
      { order: 5, tickets: [ticket('x', { key: 'k', consumer: 'b', order: 2 })] },
      {},
      2,
    ],
  ])('%s', (_, before, parts, order) => {
    expect(queued(before, parts)?.order).toBe(order);
  });

  it('replaces work left behind with its key and keeps the promise', () => {
    const left = ticket('left', { key: 'k', priority: 'left-behind', order: 2, promisedAt: now + 3_000 });
    const changed = account({ order: 5, tickets: [left] });
    new TicketIndex(changed).enqueue(request(), now);
    expect(changed.tickets).toEqual([
      ticket('new', { key: 'k', order: 2, since: now, until: now + 15_000, promisedAt: now + 3_000 }),
    ]);
  });

  it('leaves a waiting ticket of another load with its key in the queue', () => {
    const changed = account({ tickets: [ticket('x', { key: 'k', instance: 'i1' })] });
    new TicketIndex(changed).enqueue(request(), now);
    expect(ids(changed.tickets)).toEqual(['x', 'new']);
  });
});

describe('a ticket that is queued again', () => {
  const own = ticket('new', { key: 'k', consumer: 'greedy', order: 9, promisedAt: now + 1 });

  it.each<[string, Partial<TicketRequest>, Partial<Ticket>]>([
    ['keeps its place for the same consumer', { consumers: ['greedy'] }, { order: 9, consumer: 'greedy' }],
    [
      'takes the better place of a joining consumer',
      { consumers: ['greedy', 'b'] },
      { order: 4, consumer: 'b' },
    ],
    [
      'takes the new priority',
      { consumers: ['greedy'], priority: 'revalidation' },
      { priority: 'revalidation' },
    ],
    ['takes the new end of the wait', { consumers: ['greedy'], waitMs: 70_000 }, { until: now + 70_000 }],
    ['keeps its promise', {}, { promisedAt: now + 1 }],
    ['takes the time for which its answer serves', { servesForMs: 9 }, { servesForMs: 9 }],
  ])('%s', (_, parts, expected) => {
    expect(queued({ order: 3, tickets: [{ ...own }] }, parts)).toMatchObject(expected);
  });
});

describe('the order of tickets', () => {
  it.each<[string, Ticket[], string[]]>([
    ['is by number', [ticket('b', { order: 2 }), ticket('a', { order: 1 })], ['a', 'b']],
    ['is by age for equal numbers', [ticket('a', { since: 2 }), ticket('b', { since: 1 })], ['b', 'a']],
    ['is by id for equal age', [ticket('b'), ticket('a')], ['a', 'b']],
    ['has no other priorities', [ticket('a', { priority: 'background' }), ticket('b')], ['b']],
  ])('%s', (_, tickets, expected) => {
    expect(ids(inOrder(tickets, 'waiting'))).toEqual(expected);
  });

  it('of promises is by the promised time', () => {
    const tickets = [
      ticket('b', { promisedAt: now + 2 }),
      ticket('none'),
      ticket('a', { promisedAt: now + 1, order: 9 }),
    ];
    expect(ids(promisedTickets(tickets, now))).toEqual(['a', 'b']);
  });
});

describe('a promise', () => {
  it.each<[string, boolean, Partial<Ticket>]>([
    ['is none without a time', false, {}],
    ['counts before its time', true, { priority: 'left-behind', promisedAt: now + 1 }],
    ['counts for five seconds after its time', true, { priority: 'left-behind', promisedAt: now - 4_999 }],
    ['is over after five seconds', false, { priority: 'left-behind', promisedAt: now - 5_000 }],
    ['stays while the consumer is back and waits', true, { priority: 'waiting', promisedAt: now - 9_000 }],
  ])('%s', (_, counts, parts) => {
    expect(isPromised(ticket('t', parts), now)).toBe(counts);
  });

  it('turns a waiting ticket into work left behind until a minute after its time', () => {
    const waiting = ticket('t');
    leaveBehind(waiting, now + 60_000, now);
    expect(waiting).toMatchObject({
      priority: 'left-behind',
      until: now + 120_000,
      promisedAt: now + 60_000,
    });
  });
});

describe('a call for work left behind', () => {
  it.each<[string, number, Partial<Ticket>]>([
    ['is useful at once when the answer serves for ever', -Infinity, {}],
    [
      'is useful so late that the answer serves when the place is held no more',
      now - 49_000,
      { servesForMs: 54_000 },
    ],
    ['is useful at the promised time when the answer serves for less', now, { servesForMs: 4_000 }],
  ])('%s', (_, from, parts) => {
    expect(usefulFrom(ticket('t', { promisedAt: now, ...parts }))).toBe(from);
  });
});

describe('an old ticket', () => {
  it.each<[string, boolean, Partial<Ticket>]>([
    ['is kept before the end of its wait', true, { until: now + 1 }],
    ['goes at the end of its wait', false, { until: now }],
    ['goes with its lost instance', false, { instance: 'lost' }],
    [
      'is kept for a lost instance while its place is held',
      true,
      { instance: 'lost', promisedAt: now - 4_999 },
    ],
    [
      'goes with its lost instance when its place is held no more',
      false,
      { instance: 'lost', promisedAt: now - 5_000 },
    ],
  ])('%s', (_, isKept, parts) => {
    const changed = account({ tickets: [ticket('t', parts)] });
    forgetOldTickets(changed, (name) => name !== 'lost', now);
    expect(changed.tickets).toHaveLength(isKept ? 1 : 0);
  });
});

describe('the time named for work that is not kept', () => {
  const intervalMs = 12_000;

  it.each<[string, number, number]>([
    ['is the expected time at first', 0, now + 5_000],
    ['is one interval after the last time', now + 4_000, now + 4_000 + intervalMs],
    ['is the expected time if the last time was earlier', now - 50_000, now + 5_000],
    ['does not go beyond twenty minutes', now + 2 * leftBehindMs, now + 5_000],
  ])('%s', (_, last, expected) => {
    const changed = account({ turnedAway: last === 0 ? {} : { a: last } });
    expect(turnAway(changed, 'a', now + 5_000, limit, now)).toBe(expected);
    expect(changed.turnedAway['a']).toBe(expected);
  });

  it('is remembered for the 200 consumers with the latest times', () => {
    const times = Array.from({ length: 200 }, (_, index) => [`c${index}`, now + 1 + index] as const);
    const changed = account({ turnedAway: Object.fromEntries(times) });
    turnAway(changed, 'a', now + 5_000, limit, now);
    expect(Object.keys(changed.turnedAway)).toHaveLength(200);
    expect(changed.turnedAway).not.toHaveProperty('c0');
    expect(changed.turnedAway).toHaveProperty('a');
  });

  it('is forgotten when it has passed', () => {
    const changed = account({ turnedAway: { past: now, future: now + 1 } });
    forgetOldTickets(changed, () => true, now);
    expect(changed.turnedAway).toEqual({ future: now + 1 });
  });
});
