import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/resilience/clock.js';
import { TestLoad } from '../support/fleet-simulation.js';
import { TestClock } from '../support/test-clock.js';
import { api, LedgerFleet, limit } from '../support/ledger-fleet.js';
import { until } from '../support/until.js';

describe('the account that a fleet shares', () => {
  let fleet: LedgerFleet;

  beforeAll(async () => {
    fleet = await LedgerFleet.start();
  });

  beforeEach(() => fleet.beginAnew());

  afterEach(() => fleet.leaveAll());

  afterAll(() => fleet.redis.stop());

  it('grants the rate once, whoever asks', async () => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    await Promise.all([a.call(5, 1_000), b.call(5, 1_000)]);
    expect(fleet.calls).toHaveLength(5);
  });

  it.each([
    ['everything', ['FLUSHALL']],
    ['the account alone', ['DEL', `test:{budget}:account:user:${api}`]],
  ])(
    'counts what was called before Redis lost %s, even when one that never called asks first',
    async (_, command) => {
      const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
      expect(await a.call(5, 300)).toBe(5);
      await fleet.redis.cli(...command);
      const madeAt = fleet.calls[4]!;
      await b.call(5, 2_000);
      expect(fleet.busiest).toBe(5);
      expect(fleet.calls).toHaveLength(10);
      // What the other had called was told: it did not have to wait for a whole window since the loss.
      expect(fleet.calls[5]! - madeAt).toBeLessThan(limit.windowMs + 1_400);
    },
  );

  it('goes on after a restart of Redis, with what the members remember', async () => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    expect(await a.call(3, 200)).toBe(3);
    await fleet.redis.restart();
    await until(() => a.link.isUp && b.link.isUp);
    await b.call(5, 2_000);
    expect(fleet.busiest).toBe(5);
    expect(fleet.calls).toHaveLength(8);
  });

  it('grants nothing for a window after a failover that nobody can tell about', async () => {
    const a = await fleet.join('a');
    expect(await a.call(2, 300)).toBe(2);
    const key = `test:{budget}:account:user:${api}`;
    const dump = (await fleet.redis.cli('HGET', key, 'account')) as string;
    await fleet.redis.cli(
      'HSET',
      key,
      'account',
      dump.replace(/"home":"\w+"/, '"home":"another"'),
      'version',
      'x',
    );
    await a.leave();
    const askedAt = Date.now();
    const b = await fleet.join('b');
    await b.call(5, limit.windowMs + 1_000);
    expect(fleet.calls[2]! - askedAt).toBeGreaterThanOrEqual(limit.windowMs + 1_000);
    expect(fleet.busiest).toBeLessThanOrEqual(5);
  });

  it('remembers a pause that Redis has lost', async () => {
    const [a, b] = await Promise.all([fleet.join('a'), fleet.join('b')]);
    const grant = await a.lane.acquire(new TestLoad('throttled').ask(systemClock, 'a', 1_000));
    await grant.finish({ kind: 'throttled', pauseMs: 60_000, named: null });
    await fleet.redis.restart();
    await until(() => a.link.isUp && b.link.isUp);
    await Promise.all([a.call(3, 2_500), b.call(3, 2_500)]);
    expect(fleet.calls).toHaveLength(0);
    expect((await b.lane.snapshot()).pausedUntil).not.toBeNull();
  });

  it('does not take an emptied Redis for a new one when a new instance asks first', async () => {
    const a = await fleet.join('a');
    expect(await a.call(5, 300)).toBe(5);
    await fleet.redis.cli('FLUSHALL');
    const b = await fleet.join('b');
    await b.call(5, 2_000);
    expect(fleet.busiest).toBe(5);
  });

  it('leaves no timer behind', async () => {
    const clock = new TestClock();
    const a = await fleet.join('a', clock);
    await a.call(7, 500);
    await a.leave();
    await until(() => clock.pendingTimers === 0, 2_000);
  });
});
