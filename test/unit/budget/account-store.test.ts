import { describe, expect, it } from '@jest/globals';
import { AccountStore } from '../../../src/budget/account-store.js';
import { TurnForecast } from '../../../src/budget/turn-forecast.js';
import type { RedisLink } from '../../../src/redis/redis-link.js';
import { account, conditions, limit, slot, ticket } from '../../support/account-parts.js';
import { bounded } from '../../support/bounded.js';

const now = 1_800_000_000_000;
const text = JSON.stringify(account({ slots: [slot('s', now)], tickets: [ticket('t')] }));
const whole: unknown[] = [now, 'home', 1, 'v1', text, 1, String(now), 'i0', `${now} 5 Api`];

/** A Redis that answers every script with this reply. */
function storeOf(reply: unknown): AccountStore {
  const client = { eval: () => Promise.resolve(reply) };
  const link = { run: (command: (redis: unknown) => unknown) => command(client), key: () => 'key' };
  return new AccountStore(link as unknown as RedisLink, 'user', limit, 10_000);
}

/** The account of a reply in which the stored text is this. */
async function accountOf(stored: string | null) {
  const { account: found } = await storeOf(whole.toSpliced(4, 1, stored)).read('Api', null);
  return found;
}

const changed = (parts: object) => JSON.stringify({ ...(JSON.parse(text) as object), ...parts });

describe('the answer of Redis about an account', () => {
  it('is read as it was written', async () => {
    const found = await storeOf(whole).read('Api', null);
    expect(found).toMatchObject({ now, home: 'home', version: 'v1', totalUsed: 1, wasMember: true });
    expect(found.totalFreeAt).toBe(now + limit.windowMs);
    expect(found.members).toEqual([['i0', `${now} 5 Api`]]);
    expect(found.account).toEqual(JSON.parse(text));
  });

  it.each([
    ['ends early', whole.slice(0, 1)],
    ['ends before the total', whole.slice(0, 6)],
    ['has half a member', whole.slice(0, 8)],
    ['holds no time', whole.with(0, 'nan')],
    ['holds no number', whole.with(6, 'nan')],
    ['is no list', null],
  ])('is refused when it %s', async (_, reply) => {
    await expect(storeOf(reply).read('Api', null)).rejects.toThrow('cannot be read');
  });

  it.each([
    ['ends before a version', [now, 'home', 1, 'v1']],
    ['has half a member', [now, 'home', 1, 'v1', '', 'i0']],
    ['lacks a version', [now, 'home', 1, 'v1', null]],
    ['holds no time', ['nan', 'home', 1, 'v1', '']],
  ])('is refused as a look when it %s', async (_, reply) => {
    await expect(storeOf(reply).look(['Api', 'Other'], null)).rejects.toThrow('cannot be read');
  });

  it('counts a member of another form with the smallest share', async () => {
    const { members } = await storeOf([...whole, 'i1', `${now} share=5`, 'i2', 'x']).read('Api', null);
    expect(members.slice(1)).toEqual([
      ['i1', `${now} 1`],
      ['i2', '0 1'],
    ]);
  });
});

describe('an account in Redis', () => {
  it.each([
    ['no JSON', '{"epoch":'],
    ['no object', '[]'],
    ['empty', '{}'],
    ['of a form of a later release', changed({ form: 2 })],
    ['without slots', changed({ slots: undefined })],
    ['with half a slot', changed({ slots: [{ id: 's', instance: 'i0' }] })],
    ['with a slot without time', changed({ slots: [{ ...slot('s', now), from: null }] })],
    ['with an average of no calls', changed({ callMs: null })],
    ['with an infinite pause', text.replace('"pausedUntil":0', '"pausedUntil":1e999')],
    ['with a learned limit of nothing', changed({ learned: { limit: 0, windowMs: 1, until: 1 } })],
    ['without a breaker', changed({ breaker: undefined })],
    ['with a pause that no date can show', changed({ pausedUntil: 1e300 })],
    ['with calls of an endless average', changed({ callMs: 1e300 })],
    ['with a learned window without an end', changed({ learned: { limit: 1, windowMs: 1e300, until: 1 } })],
    ['with a learned window of no time', changed({ learned: { limit: 1, windowMs: 0, until: 1 } })],
    ['with a share below nothing', changed({ owners: { i1: { share: -5, spare: 0 } } })],
    ['with spare slots below nothing', changed({ owners: { i1: { share: 1, spare: -3 } } })],
    ['with a share above every rate', changed({ owners: { i1: { share: 1_000_001, spare: 0 } } })],
    ['with more spare slots than every rate', changed({ owners: { i1: { share: 1, spare: 9e15 } } })],
    ['with half a share', changed({ owners: { i1: { share: 0.5, spare: 0 } } })],
    ['with failures below nothing', changed({ breaker: { ...account().breaker, failures: { i1: -9 } } })],
    ['with owners in a list', changed({ owners: [] })],
    ['with words in the place of times', changed({ turnedAway: { a: 'soon' } })],
  ])('counts as the account of another server: %s', async (_, stored) => {
    expect(await accountOf(stored)).toMatchObject({ home: 'unreadable', slots: [], tickets: [] });
  });

  it('is none when Redis has none', async () => {
    expect(await accountOf(null)).toBeUndefined();
  });

  it('keeps fields of a later release', async () => {
    const later = { escrow: { i0: 1 }, slots: [{ ...slot('s', now), weight: 2 }] };
    expect(await accountOf(changed(later))).toMatchObject(later);
  });

  it('loses a ticket that cannot be read, and no other one', async () => {
    const tickets = [{ id: 'x' }, ticket('t'), { ...ticket('u'), priority: 'later' }, null];
    expect((await accountOf(changed({ tickets })))?.tickets).toEqual([ticket('t')]);
  });
});

describe('the forecast of turns', () => {
  it('ends even when a time is not a number', () => {
    const odd = conditions(now, { totalRoom: Number.NaN, totalFreeAt: Number.NaN });
    const waiting = account({ tickets: [ticket('t', { until: now + 1_000 })] });
    expect(bounded(() => new TurnForecast(waiting, [limit], odd, new Set(), 'i0').verdicts())).toHaveLength(
      1,
    );
  });
});
