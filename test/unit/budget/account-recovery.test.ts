import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../../src/budget/account.js';
import { recoverAccount, type FoundAccount, type Remembered } from '../../../src/budget/account-recovery.js';
import { account, running, slot, windowMs } from '../../support/account-parts.js';

const now = 100_000;

function recover(found: Partial<FoundAccount>, remembered: Partial<Remembered> = {}): Account {
  const before = structuredClone(found.account);
  return recoverAccount(
    {
      home: 'home',
      instance: 'i0',
      now,
      windowMs,
      longestCallMs: 25_000,
      newEpoch: () => 'new',
      graceMs: 0,
      hasClockMoved: false,
      ...found,
      account: before,
    },
    { account: undefined, wasAway: false, others: [], ...remembered },
  );
}

describe('a reading of the account', () => {
  const known = account();
  const other = account({ epoch: 'other' });

  it.each<[string, Partial<FoundAccount>, Partial<Remembered>, number, string[] | null]>([
    ['is used at once when nothing was lost', { account: account() }, { account: known }, 0, null],
    ['is used at once when this instance knew none', { account: account() }, {}, 0, null],
    ['is empty at once when no other instance may have called', {}, {}, now, null],
    ['waits for reports when the account is gone', { graceMs: 500 }, {}, now + 500, null],
    ['waits for other instances when the account is gone', {}, { others: ['i1'] }, now + windowMs, ['i1']],
    [
      'waits for other instances when the account is another',
      { account: other },
      { account: known, others: ['i1'] },
      now + windowMs,
      ['i1'],
    ],
    [
      'is used at once when only this instance had to report',
      { account: other },
      { account: known },
      now,
      null,
    ],
    [
      'waits for other instances after a long absence',
      { account: account() },
      { account: known, wasAway: true, others: ['i1'] },
      now + windowMs,
      ['i1'],
    ],
    [
      'ends the wait when this instance reports last',
      { account: account({ awaiting: ['i0'], blockedUntil: now + 9 }) },
      { account: known },
      now,
      null,
    ],
    [
      'goes on waiting for the others',
      { account: account({ awaiting: ['i0', 'i1'], blockedUntil: now + 9 }) },
      { account: known },
      now + 9,
      ['i1'],
    ],
    [
      'ends the wait after a window',
      { account: account({ awaiting: ['i1'], blockedUntil: now }) },
      { account: known },
      now,
      null,
    ],
  ])('%s', (_, found, remembered, blockedUntil, awaiting) => {
    expect(recover(found, remembered)).toMatchObject({ blockedUntil, awaiting });
  });

  it.each<[string, Partial<Remembered>, number]>([
    [
      'a known one for a window if others may have called',
      { account: account(), others: ['i1'] },
      now + windowMs,
    ],
    ['a known one not at all if no other may have called', { account: account() }, now],
    ['an unknown one for a window', {}, now + windowMs],
  ])('after a failover blocks %s', (_, remembered, blockedUntil) => {
    const found = account({ home: 'former' });
    expect(recover({ account: found }, remembered)).toMatchObject({
      home: 'home',
      epoch: 'new',
      blockedUntil,
    });
  });
});

describe('the memory of this instance', () => {
  const mine = slot('mine', now - 1_000);
  const foreign = slot('foreign', now - 1_000, { instance: 'i1' });
  const breaker = { failures: {}, openUntil: now + 5_000, only: null, backoffMs: 5_000, trial: null };

  it.each<[string, Partial<Account>, Partial<Account>, Partial<Account>]>([
    ['restores its own calls', {}, { slots: [mine] }, { slots: [mine] }],
    ["does not restore other instances' calls", {}, { slots: [foreign] }, { slots: [] }],
    [
      'moves an ended call to the later time',
      { slots: [{ ...mine, from: now - 9_000 }] },
      { slots: [mine] },
      { slots: [mine] },
    ],
    [
      'keeps the time of a call that still runs',
      { slots: [{ ...mine, from: now - 9_000 }] },
      { slots: [running('mine', now)] },
      { slots: [{ ...mine, from: now - 9_000 }] },
    ],
    [
      'restores the later pause',
      { pausedUntil: now + 1 },
      { pausedUntil: now + 2 },
      { pausedUntil: now + 2 },
    ],
    ['keeps a later pause', { pausedUntil: now + 3 }, { pausedUntil: now + 2 }, { pausedUntil: now + 3 }],
    [
      'restores the later limit of HSS',
      { learned: { limit: 3, windowMs, until: now + 1 } },
      { learned: { limit: 2, windowMs, until: now + 2 } },
      { learned: { limit: 2, windowMs, until: now + 2 } },
    ],
    ['restores the breaker of a lost account', { epoch: 'other' }, { breaker }, { breaker }],
    ['does not reopen the breaker of the same account', {}, { breaker }, { breaker: account().breaker }],
  ])('%s', (_, found, known, expected) => {
    expect(recover({ account: account(found) }, { account: account(known) })).toMatchObject(expected);
  });
});

describe('after a step of the clock', () => {
  it('calls of other instances count from now on and free their keys', () => {
    const slots = [
      slot('mine', now - 9_000),
      slot('ended', now - 9_000, { instance: 'i1' }),
      running('runs', now - 9_000, { instance: 'i1' }),
    ];
    const recovered = recover({ account: account({ slots }), hasClockMoved: true });
    expect(recovered.slots).toEqual([
      slots[0],
      { ...slots[1], from: now, key: '' },
      { ...slots[2], from: now + 16_000 },
    ]);
  });
});
