import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../src/budget/account.js';
import { systemClock } from '../../src/time/clock.js';
import { TestLoad } from '../support/fleet-simulation.js';
import { TestClock } from '../support/test-clock.js';
import { api, LedgerFleet, limit, patienceMs } from '../support/ledger-fleet.js';
import { aWhile, until } from '../support/until.js';

const key = `test:{budget}:account:user:${api}`;

/** The tests wait more than they work, so they run side by side, each with a Redis of its own. */
describe('the account that a fleet shares', () => {
  const inFleet = (title: string, test: (fleet: LedgerFleet) => Promise<void>) =>
    it.concurrent(title, () => LedgerFleet.inOne(test));

  inFleet('grants the rate once, whichever instance asks', async (fleet) => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    expect(await Promise.all([a.call(5, patienceMs), b.call(5, patienceMs)])).toEqual([5, 5]);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  for (const [lost, command] of [
    ['everything', ['FLUSHALL']],
    ['the account alone', ['DEL', key]],
  ] as const)
    inFleet(`counts earlier calls after Redis has lost ${lost}`, async (fleet) => {
      const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
      // Instance b has never called and asks first. If a reports its calls in time, the account opens sooner than a whole
      // window after the loss. An instance that stalls on a busy machine may report too late, so not every turn must
      // see a report.
      let wasTold = false;
      for (let turn = 1; !wasTold; turn += 1) {
        expect(await a.call(5, patienceMs)).toBe(5);
        // The other instance learns with a beat that there were calls.
        await aWhile(300);
        const lostAt = Date.now();
        await fleet.redis.cli(...command);
        expect(await b.call(5, patienceMs)).toBe(5);
        expect(fleet.busiest).toBeLessThanOrEqual(5);
        expect(fleet.calls).toHaveLength(10 * turn);
        const account = JSON.parse((await fleet.redis.cli('HGET', key, 'account')) as string) as Account;
        wasTold = account.blockedUntil - lostAt < limit.windowMs;
      }
    });

  inFleet('goes on after a restart of Redis with the calls that members remember', async (fleet) => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    expect(await a.call(3, patienceMs)).toBe(3);
    await fleet.redis.restart();
    await until(() => a.link.isUp && b.link.isUp);
    expect(await b.call(5, patienceMs)).toBe(5);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  inFleet('grants no call for a window after a failover without a witness', async (fleet) => {
    const a = await fleet.join('a');
    expect(await a.call(2, patienceMs)).toBe(2);
    const dump = (await fleet.redis.cli('HGET', key, 'account')) as string;
    await a.leave();
    const failedOver = dump.replace(/"home":"\w+"/, '"home":"another"');
    await fleet.redis.cli('HSET', key, 'account', failedOver, 'version', 'x');
    const askedAt = Date.now();
    const b = await fleet.join('b');
    expect(await b.call(5, patienceMs)).toBe(5);
    expect(fleet.calls[2]! - askedAt).toBeGreaterThanOrEqual(limit.windowMs + 1_000);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  for (const [title, damage] of [
    ['without slots', (text: string) => text.replace('"slots"', '"places"')],
    ['of a later form', (text: string) => text.replace(/"form":\d+,/, '').replace('{', '{"form":99,')],
    ['that is no JSON', () => 'x'],
  ] as const)
    inFleet(`goes on with an account ${title}`, async (fleet) => {
      const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
      expect(await a.call(5, patienceMs)).toBe(5);
      // The other instance learns with a beat that there were calls.
      await aWhile(300);
      const text = (await fleet.redis.cli('HGET', key, 'account')) as string;
      await fleet.redis.cli('HSET', key, 'account', damage(text), 'version', 'x');
      expect(await b.call(5, patienceMs)).toBe(5);
      expect(fleet.busiest).toBeLessThanOrEqual(5);
      expect((await b.budget.snapshot()).shared).toBe(true);
    });

  inFleet('remembers a pause that Redis has lost', async (fleet) => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    const grant = await a.budget.acquire(new TestLoad('throttled').ask(systemClock, 'a', patienceMs));
    await grant.finish({ kind: 'throttled', pauseMs: 60_000, named: null });
    await fleet.redis.restart();
    await until(() => a.link.isUp && b.link.isUp);
    await Promise.all([a.call(3, 2_500), b.call(3, 2_500)]);
    expect(fleet.calls).toHaveLength(0);
    expect((await b.budget.snapshot()).pausedUntil).not.toBeNull();
  });

  inFleet('does not treat an emptied Redis as new when a new instance asks first', async (fleet) => {
    const a = await fleet.join('a');
    expect(await a.call(5, patienceMs)).toBe(5);
    await fleet.redis.cli('FLUSHALL');
    const b = await fleet.join('b');
    expect(await b.call(5, patienceMs)).toBe(5);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  inFleet('leaves no timer behind', async (fleet) => {
    const clock = new TestClock();
    const a = await fleet.join('a', clock);
    await a.call(7, 500);
    await a.leave();
    await until(() => clock.pendingTimers === 0);
  });
});
