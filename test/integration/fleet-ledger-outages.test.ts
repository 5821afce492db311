import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, type Clock } from '../../src/resilience/clock.js';
import { LedgerFleet, limit } from '../support/ledger-fleet.js';
import { until } from '../support/until.js';

describe('the account that a fleet shares, while Redis is away', () => {
  let fleet: LedgerFleet;

  beforeAll(async () => {
    fleet = await LedgerFleet.start();
  });

  beforeEach(() => fleet.beginAnew());

  afterEach(() => fleet.leaveAll());

  afterAll(() => fleet.redis.stop());

  it.each([3_600_000, -3_600_000])(
    'counts fleet.calls made without Redis by a clock that is off by %d ms',
    async (byMs) => {
      const off: Clock = { ...systemClock, now: () => Date.now() + byMs };
      fleet.redis.pause();
      const a = await fleet.join('a', off);
      expect(await a.call(5, 300)).toBe(5);
      fleet.redis.resume();
      await until(() => a.link.isUp, 15_000);
      // It tells with its next beat at the latest. Who never heard of it cannot wait for that.
      await a.lane.snapshot();
      const b = await fleet.join('b');
      await Promise.all([a.call(3, 2_500), b.call(3, 2_500)]);
      expect(fleet.busiest).toBeLessThanOrEqual(5);
      expect(fleet.calls.length).toBeGreaterThanOrEqual(10);
    },
  );

  it('keeps still without Redis until the others must have noticed, then keeps to its share', async () => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    expect(await a.call(2, 300)).toBe(2);
    expect(await b.call(2, 300)).toBe(2);
    const lostAt = Date.now();
    await fleet.redis.kill();
    await Promise.all([a.call(9, 5_500), b.call(9, 5_500)]);
    const later = fleet.calls.slice(4);
    expect(Math.min(...later) - lostAt).toBeGreaterThan(limit.windowMs);
    expect(later.length).toBeGreaterThanOrEqual(4);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  it('does not take a full Redis for a fleet that has gone', async () => {
    const [a, b, c] = await Promise.all([fleet.join('a'), fleet.join('b'), fleet.join('c')]);
    await fleet.redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await Promise.all([a.call(9, 6_000), b.call(9, 6_000), c.call(9, 6_000)]);
      expect(fleet.busiest).toBeLessThanOrEqual(5);
      expect(fleet.calls.length).toBeGreaterThanOrEqual(3);
    } finally {
      await fleet.redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  it('hears who called without Redis before it grants again after a long outage', async () => {
    const [a, b, c] = await Promise.all([fleet.join('a'), fleet.join('b'), fleet.join('c')]);
    await fleet.redis.kill();
    await Promise.all([b.call(9, 5_500), c.call(9, 5_500)]);
    const before = fleet.calls.length;
    expect(before).toBeGreaterThan(0);
    await fleet.redis.start();
    await until(() => a.link.isUp, 5_000);
    await a.call(9, 2_500);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
    expect(fleet.calls.length).toBeGreaterThan(before);
  });
});
