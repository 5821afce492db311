import { describe, expect, it } from '@jest/globals';
import { loneAccount } from '../../../src/budget/lone-account.js';
import { account, limit, running, ticket, windowMs } from '../../support/account-parts.js';

const now = 100_000;
const lastContactAt = now - 1_000;
/** After this time the others have noticed that an instance is gone. */
const deadAfterMs = 4_000;
const staggerMs = windowMs / limit.limit;

describe('the account to go on with without Redis', () => {
  it.each<[string, string[], number, number]>([
    ['keeps its block when there are no others', [], now + 500, now + 500],
    ['is never blocked for more than a window without others', [], now + 1e9, now + windowMs],
    ['waits until others have noticed, plus a window', ['i2'], 0, lastContactAt + deadAfterMs + windowMs],
    ['waits longer by its rank', ['i0', 'i2'], 0, lastContactAt + deadAfterMs + windowMs + staggerMs],
  ])('%s', (_, others, blockedUntil, expected) => {
    const position = { instance: 'i1', others, limit, now, lastContactAt };
    expect(loneAccount(account({ blockedUntil }), position).blockedUntil).toBe(expected);
  });

  it('keeps all slots, but only its own tickets', () => {
    const known = account({
      slots: [running('a', now), running('b', now, { instance: 'i2' })],
      tickets: [ticket('own', { instance: 'i1' }), ticket('foreign', { instance: 'i2' })],
    });
    const before = structuredClone(known);
    const lone = loneAccount(known, { instance: 'i1', others: ['i2'], limit, now, lastContactAt });
    expect(lone.slots).toEqual(known.slots);
    expect(lone.tickets.map(({ id }) => id)).toEqual(['own']);
    expect(known).toEqual(before);
  });

  it('is new when no account is known', () => {
    const lone = loneAccount(undefined, { instance: 'i1', others: [], limit, now, lastContactAt: -Infinity });
    expect(lone).toMatchObject({ home: 'memory', slots: [], blockedUntil: 0 });
  });
});
