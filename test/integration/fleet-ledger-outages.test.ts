import { describe, expect, it } from '@jest/globals';
import { systemClock, type Clock } from '../../src/time/clock.js';
import { LedgerFleet, patienceMs } from '../support/ledger-fleet.js';
import { until } from '../support/until.js';

/** The tests wait more than they work, so they run side by side, each with a Redis of its own. */
describe('the account that a fleet shares, while Redis is away', () => {
  const inFleet = (title: string, test: (fleet: LedgerFleet) => Promise<void>) =>
    it.concurrent(title, () => LedgerFleet.inOne(test));

  for (const byMs of [3_600_000, -3_600_000])
    inFleet(`counts calls made without Redis by a clock that is off by ${byMs} ms`, async (fleet) => {
      const off: Clock = { ...systemClock, now: () => Date.now() + byMs };
      fleet.redis.pause();
      const a = await fleet.join('a', off, false);
      expect(await a.call(5, patienceMs)).toBe(5);
      fleet.redis.resume();
      await until(() => a.link.isUp);
      // It tells with its next beat at the latest. Who never heard of it cannot wait for that.
      await a.budget.snapshot();
      const b = await fleet.join('b');
      expect(await Promise.all([a.call(3, patienceMs), b.call(3, patienceMs)])).toEqual([3, 3]);
      expect(fleet.busiest).toBeLessThanOrEqual(5);
    });

  inFleet('makes a call at once without Redis, and never more than its share', async (fleet) => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    expect(await a.call(1, patienceMs)).toBe(1);
    await fleet.haveSpareSlots(2);
    await fleet.redis.kill();
    expect(await Promise.all([a.call(4, patienceMs), b.call(4, patienceMs)])).toEqual([4, 4]);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  inFleet('does not treat a full Redis as a fleet that is gone', async (fleet) => {
    const members = await Promise.all([fleet.join('a'), fleet.join('b'), fleet.join('c')]);
    await fleet.haveSpareSlots(3);
    await fleet.redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    const called = await Promise.all(members.map((member) => member.call(2, patienceMs)));
    expect(called).toEqual([2, 2, 2]);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  inFleet('learns of calls made without Redis before it grants after an outage', async (fleet) => {
    const [a, b, c] = await Promise.all([fleet.join('a'), fleet.join('b'), fleet.join('c')]);
    await fleet.haveSpareSlots(3);
    await fleet.redis.kill();
    expect(await Promise.all([b.call(2, patienceMs), c.call(2, patienceMs)])).toEqual([2, 2]);
    await fleet.redis.start();
    await until(() => a.link.isUp);
    expect(await a.call(6, patienceMs)).toBe(6);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });
});
