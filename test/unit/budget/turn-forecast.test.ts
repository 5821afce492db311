import { describe, expect, it } from '@jest/globals';
import type { Account, Ticket } from '../../../src/budget/account.js';
import type { BudgetConditions } from '../../../src/budget/budget-conditions.js';
import { limitsNow } from '../../../src/budget/slots.js';
import { TurnForecast } from '../../../src/budget/turn-forecast.js';
import type { Verdict } from '../../../src/budget/verdict.js';
import { account, conditions, limit, slot, ticket, windowMs } from '../../support/account-parts.js';

const now = 1_000_000;
const marginMs = 25;
const callMs = 500;
/** The slots of the full window become free at this time. */
const freeAt = now - 30_000 + windowMs + marginMs;
const nextWindowAt = freeAt + windowMs + marginMs;
const full = Array.from({ length: limit.limit }, (_, index) => slot(`s${index}`, now - 30_000));
const patient = { until: now + 3_600_000 };
const hasty = { until: now + 1_000 };

/** The forecast for the tickets of i0 in a full window, and the account after it. */
function forecast(before: Partial<Account>, given: Partial<BudgetConditions> = {}, underWay: string[] = []) {
  const changed = account({ slots: full, callMs, ...before });
  const known = conditions(now, given);
  const limits = limitsNow(changed, known.configuredLimit, now, known.reserved);
  const verdicts = new TurnForecast(changed, limits, known, new Set(underWay), 'i0').verdicts();
  return { changed, verdicts, of: (id: string) => verdicts.find((verdict) => verdict.ticket === id) };
}

const crowd = (count: number, parts: Partial<Ticket> = {}) =>
  Array.from({ length: count }, (_, index) =>
    ticket(`x${index}`, { ...patient, order: 1 + index, ...parts }),
  );
const left = (id: string, promisedAt = 0, parts: Partial<Ticket> = {}) =>
  ticket(id, { priority: 'left-behind', promisedAt, ...patient, ...parts });
const breaker = { failures: {}, openUntil: now + 5_000, only: null, backoffMs: 5_000, trial: null };

describe('the expected turn of a waiting ticket', () => {
  const mine = ticket('t', { ...patient, order: 99 });

  it.each<[string, number, Partial<Account>, Partial<BudgetConditions>, string[]]>([
    ['is now when a slot is free', now, { slots: [] }, {}, []],
    ['is the time of the next free slot', freeAt, {}, {}, []],
    ['is that of the same window after four tickets', freeAt, { tickets: crowd(4) }, {}, []],
    ['is one window later after five tickets', nextWindowAt, { tickets: crowd(5) }, {}, []],
    [
      'is behind the tickets of other instances',
      nextWindowAt,
      { tickets: crowd(5, { instance: 'i1' }) },
      {},
      [],
    ],
    [
      'is behind promises that come first',
      nextWindowAt,
      { tickets: [1, 2, 3, 4, 5].map((n) => left(`l${n}`, freeAt - n)) },
      {},
      [],
    ],
    [
      'is before later promises',
      freeAt,
      { tickets: [1, 2, 3, 4, 5].map((n) => left(`l${n}`, freeAt + n)) },
      {},
      [],
    ],
    [
      'is before work left behind without a promise',
      freeAt,
      { tickets: crowd(9, { priority: 'left-behind' }) },
      {},
      [],
    ],
    ['is before refreshes', freeAt, { tickets: crowd(9, { priority: 'revalidation' }) }, {}, []],
    ['comes after a pause', now + 90_000, { pausedUntil: now + 90_000 }, {}, []],
    ['comes after the time in which calls are unknown', now + 90_000, { blockedUntil: now + 90_000 }, {}, []],
    [
      'comes when all HSS users leave room',
      now + 90_000,
      {},
      { totalRoom: 0, totalFreeAt: now + 90_000 },
      [],
    ],
    [
      'keeps to a lower limit of HSS',
      nextWindowAt,
      { tickets: crowd(1), learned: { limit: 1, windowMs, until: now + 1 } },
      {},
      [],
    ],
    ['is the end of a call for its key', now + callMs, { tickets: crowd(9) }, {}, ['t']],
  ])('%s', (_, expectedAt, before, given, underWay) => {
    const tickets = [...(before.tickets ?? []), mine];
    expect(forecast({ ...before, tickets }, given, underWay).of('t')).toMatchObject({ expectedAt });
  });
});

describe('a waiting ticket', () => {
  it.each<[string, Partial<Ticket>, Partial<Verdict>]>([
    [
      'waits when its answer comes just in time',
      { until: freeAt + 2 * callMs },
      { expectedAt: freeAt, answerMs: 2 * callMs },
    ],
    [
      'is refused when its answer comes too late',
      { until: freeAt + 2 * callMs - 1 },
      { refusedUntil: freeAt, because: 'budget', place: 'new' },
    ],
    [
      'keeps its promised time when it is refused again',
      { ...hasty, promisedAt: now + 40_000 },
      { refusedUntil: now + 40_000, place: 'kept' },
    ],
  ])('%s', (_, parts, expected) => {
    expect(forecast({ tickets: [ticket('t', parts)] }).of('t')).toMatchObject(expected);
  });

  it('is refused while the breaker is open, and leaves the queue', () => {
    const { changed, verdicts } = forecast({ tickets: [ticket('t', patient)], breaker });
    expect(verdicts).toMatchObject([{ refusedUntil: now + 5_000, because: 'breaker', place: 'none' }]);
    expect(changed.tickets).toEqual([]);
  });

  it('becomes work left behind with the time that its consumer is told', () => {
    const { changed } = forecast({ tickets: [ticket('t', hasty)] });
    expect(changed.tickets).toMatchObject([{ id: 't', priority: 'left-behind', promisedAt: freeAt }]);
  });

  it('of another instance gets no verdict', () => {
    expect(forecast({ tickets: [ticket('t', { ...hasty, instance: 'i1' })] }).verdicts).toEqual([]);
  });
});

describe('the times that refused consumers are told', () => {
  const windowsOf = ({ verdicts }: ReturnType<typeof forecast>) =>
    verdicts.map((verdict) =>
      'refusedUntil' in verdict ? Math.round((verdict.refusedUntil - freeAt) / windowMs) : NaN,
    );

  it.each<[string, Ticket[], number[]]>([
    ['are three in a window for one consumer', crowd(5, hasty), [0, 0, 0, 1, 1]],
    [
      'are four in a window for many consumers',
      crowd(6, hasty).map((each, n) => ({ ...each, consumer: `c${n}` })),
      [0, 0, 0, 0, 1, 1],
    ],
    [
      'leave out the promises of others',
      [
        ...[1, 2, 3, 4].map((n) => left(`l${n}`, freeAt + n, { instance: 'i1', consumer: 'b' })),
        ticket('t', hasty),
      ],
      [1],
    ],
  ])('%s', (_, tickets, windows) => {
    expect(windowsOf(forecast({ tickets }))).toEqual(windows);
  });
});

describe('the work of a refused ticket', () => {
  const many = (count: number, consumer: string) =>
    Array.from({ length: count }, (_, n) => left(`l${consumer}${n}`, 0, { instance: 'i1', consumer }));
  const crowded = ['b', 'c', 'd', 'e', 'f'].flatMap((consumer) => many(49, consumer));

  it.each<[string, boolean, Partial<Account>]>([
    ['stays as the 50th of its consumer', true, { tickets: many(49, 'a') }],
    ['goes as the 51st of its consumer', false, { tickets: many(50, 'a') }],
    ["does not count other consumers' work", true, { tickets: many(50, 'b') }],
    ['stays when its turn comes within ten minutes', true, { pausedUntil: now + 600_000 }],
    ['goes when its turn comes later', false, { pausedUntil: now + 600_001 }],
    ['goes when the account has no room', false, { tickets: crowded }],
  ])('%s', (_, stays, before) => {
    const tickets = [...(before.tickets ?? []), ticket('t', hasty)];
    const { changed, of } = forecast({ ...before, tickets });
    expect(of('t')).toMatchObject({ because: 'budget', place: stays ? 'new' : 'none' });
    expect(changed.tickets.some(({ id }) => id === 't')).toBe(stays);
    expect(changed.turnedAway).toEqual(
      stays ? {} : { a: (of('t') as { refusedUntil: number }).refusedUntil },
    );
  });
});

describe('the room for waiting tickets', () => {
  const many = (instance: string) => crowd(400, { instance, consumer: instance });
  const standing = (tickets: Ticket[]) =>
    forecast({ tickets }).changed.tickets.filter(({ priority }) => priority === 'waiting');

  it.each<[string, number, Ticket[]]>([
    ['ends after 213 tickets in front', 213, many('i0')],
    ["is left by other instances' tickets", 400, many('i1')],
  ])('%s', (_, count, tickets) => {
    expect(standing(tickets)).toHaveLength(count);
  });

  it('is given to a new ticket that comes before old ones', () => {
    const old = crowd(213, { instance: 'i1', order: 50 });
    const { of } = forecast({ tickets: [...old, ticket('t', { ...patient, consumer: 'b', order: 1 })] });
    expect(of('t')).toMatchObject({ expectedAt: freeAt });
  });

  it('is kept for a consumer that comes back in time', () => {
    const returned = ticket('t', { ...patient, order: 999, promisedAt: now });
    expect(forecast({ tickets: [...many('i1'), returned] }).of('t')).toMatchObject({ expectedAt: freeAt });
  });
});

describe('the expected turn of a ticket that no consumer waits for', () => {
  it.each<[string, number, Ticket, Partial<Account>, string[]]>([
    ['is the next turn for work left behind', freeAt, left('t'), {}, []],
    ['is the next turn for a refresh', freeAt, ticket('t', { priority: 'revalidation' }), {}, []],
    [
      "is an interval after a consumer's call for a refresh",
      now + 11_000,
      ticket('t', { priority: 'revalidation' }),
      { slots: [], lastConsumerAt: now - 1_000 },
      [],
    ],
    [
      'is an interval after a background call for the catalog',
      now + 11_000,
      ticket('t', { priority: 'background' }),
      { slots: [], lastBackgroundAt: now - 1_000 },
      [],
    ],
    [
      'is the time from which its answer serves',
      now + 7_000,
      left('t', now + 56_000, { servesForMs: 54_000 }),
      { slots: [] },
      [],
    ],
    ['is the end of the pause of the breaker', now + 5_000, left('t'), { slots: [], breaker }, []],
    ['is the end of a call for its key', now + callMs, left('t'), {}, ['t']],
  ])('%s', (_, expectedAt, one, before, underWay) => {
    expect(forecast({ tickets: [one], ...before }, {}, underWay).of('t')).toMatchObject({ expectedAt });
  });
});
