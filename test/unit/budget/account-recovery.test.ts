import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../../src/budget/account.js';
import { recoverAccount, type FoundAccount, type Remembered } from '../../../src/budget/account-recovery.js';
import { marginMs } from '../../../src/budget/slots.js';
import { account, running, slot, windowMs } from '../../support/account-parts.js';

const now = 100_000;
const longestCallMs = 25_000;
/** A call that was granted just before the loss has certainly stopped counting. */
const awaitingUntil = now + longestCallMs + windowMs + marginMs;
/** Live instances report within this time. */
const openAt = now + 5_000;

function recover(found: Partial<FoundAccount>, remembered: Partial<Remembered> = {}): Account {
  const before = structuredClone(found.account);
  return recoverAccount(
    {
      home: 'home',
      instance: 'i0',
      now,
      windowMs,
      longestCallMs,
      newEpoch: () => 'new',
      graceMs: 0,
      isLive: (name) => name !== 'gone',
      ...found,
      account: before,
    },
    { account: undefined, isRestarted: false, others: [], ...remembered },
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
    ['waits for other instances when the account is gone', {}, { others: ['i1'] }, openAt, ['i1']],
    [
      'waits for other instances when the account is another',
      { account: other },
      { account: known, others: ['i1'] },
      openAt,
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
      'is made again when the clock was set',
      { account: account() },
      { account: known, isRestarted: true, others: ['i1'] },
      openAt,
      ['i1'],
    ],
    [
      'is used when another instance has made it again after the clock was set',
      { account: account({ epoch: 'other' }) },
      { account: known, isRestarted: true },
      now,
      null,
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
      'waits longer for an instance that does not report',
      { account: account({ awaiting: ['i1'], blockedUntil: now, awaitingUntil }) },
      { account: known },
      awaitingUntil,
      ['i1'],
    ],
    [
      'ends the wait after a window',
      { account: account({ awaiting: ['i1'], blockedUntil: now, awaitingUntil: now }) },
      { account: known },
      now,
      null,
    ],
  ])('%s', (_, found, remembered, blockedUntil, awaiting) => {
    expect(recover(found, remembered)).toMatchObject({ blockedUntil, awaiting });
  });

  it.each<[string, Partial<Remembered>, number]>([
    ['a known one for a window if others may have called', { account: account(), others: ['i1'] }, openAt],
    ['a known one not at all if no other may have called', { account: account() }, now],
    ['an unknown one for a window', {}, openAt],
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
      'ends a call that ended without Redis',
      { slots: [running('mine', now - 2_000)] },
      { slots: [mine] },
      { slots: [mine] },
    ],
    [
      'restores the calls of a silent instance to a lost account',
      { epoch: 'other' },
      { slots: [slot('theirs', now, { instance: 'gone' }), foreign] },
      { slots: [slot('theirs', now, { instance: 'gone' })] },
    ],
    [
      'restores shares and spare slots to a lost account',
      { epoch: 'other', owners: { i0: { share: 1, spare: 1 } } },
      { owners: { i0: { share: 2, spare: 0 }, gone: { share: 1, spare: 1 } } },
      { owners: { i0: { share: 1, spare: 1 }, gone: { share: 1, spare: 1 } } },
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
