import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisLink } from '../../src/redis/redis-link.js';
import { FleetLedger } from '../../src/resilience/budget/fleet-ledger.js';
import { Lane } from '../../src/resilience/budget/lane.js';
import { BudgetRefused, Unwanted } from '../../src/resilience/budget/refusals.js';
import { systemClock, type Clock } from '../../src/resilience/clock.js';
import { TestLoad } from '../support/fleet-simulation.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const limit = { limit: 5, windowMs: 1_000 };
const api = 'ListImageLocal';

interface Instance {
  lane: Lane;
  ledger: FleetLedger;
  link: RedisLink;
  /** Calls for as many as it may until `waitMs` are over; @returns how many it was granted. */
  call(count: number, waitMs: number): Promise<number>;
  leave(): Promise<void>;
}

describe('the account that a fleet shares', () => {
  let redis: RedisProcess;
  let instances: Instance[];
  let calls: number[];

  beforeAll(async () => {
    redis = await startRedis();
  });

  beforeEach(async () => {
    if (!redis.running) await redis.start();
    await redis.cli('FLUSHALL');
    instances = [];
    calls = [];
  });

  afterEach(async () => {
    for (const instance of instances) await instance.leave();
  });

  afterAll(() => redis.stop());

  async function join(name: string, clock: Clock = systemClock): Promise<Instance> {
    const log = pino({ level: 'silent' });
    const client = new Redis(redis.url, {
      lazyConnect: true,
      retryStrategy: () => 50,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    const link = new RedisLink(client, 'test', clock, log);
    await link.connect(1_000);
    const ledger = new FleetLedger(link, clock, log, {
      instance: name,
      user: 'user',
      limit,
      total: { limit: 1_000, windowMs: 1_000 },
      fleetSize: 1,
      longestCallMs: 2_000,
    });
    const lane = new Lane(api, ledger, clock, {
      instance: name,
      longestCallMs: 2_000,
      longestPreparationMs: 1_000,
      onLearned: () => undefined,
    });
    let turn = 0;
    const one = async (waitMs: number): Promise<number> => {
      try {
        const grant = await lane.acquire(new TestLoad(`${name}-${(turn += 1)}`).ask(clock, name, waitMs));
        calls.push(Date.now());
        await grant.finish({ kind: 'answered' });
        return 1;
      } catch (error) {
        if (error instanceof BudgetRefused || error instanceof Unwanted) return 0;
        throw error;
      }
    };
    const instance: Instance = {
      lane,
      ledger,
      link,
      call: async (count, waitMs) => {
        // A load whose callers were refused stays in the queue: it is not waited for.
        let granted = 0;
        for (let index = 0; index < count; index += 1) void one(waitMs).then((made) => (granted += made));
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        return granted;
      },
      leave: async () => {
        lane.close();
        await ledger.close();
        await link.close();
      },
    };
    instances.push(instance);
    // For as long as a new member, on an empty Redis, waits for others that may know what that has lost.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    return instance;
  }

  const busiest = () =>
    Math.max(0, ...calls.map((at) => calls.filter((c) => c >= at && c < at + limit.windowMs).length));

  it('grants the rate once, whoever asks', async () => {
    const [a, b] = await Promise.all([join('a'), join('b')]);
    await Promise.all([a.call(5, 1_000), b.call(5, 1_000)]);
    expect(calls).toHaveLength(5);
  });

  it.each([
    ['everything', ['FLUSHALL']],
    ['the account alone', ['DEL', `test:{budget}:account:user:${api}`]],
  ])(
    'counts what was called before Redis lost %s, even when one that never called asks first',
    async (_, command) => {
      const [a, b] = await Promise.all([join('a'), join('b')]);
      expect(await a.call(5, 300)).toBe(5);
      await redis.cli(...command);
      const madeAt = calls[4]!;
      await b.call(5, 2_000);
      expect(busiest()).toBe(5);
      expect(calls).toHaveLength(10);
      // What the other had called was told: it did not have to wait for a whole window since the loss.
      expect(calls[5]! - madeAt).toBeLessThan(limit.windowMs + 1_400);
    },
  );

  it('goes on after a restart of Redis, with what the members remember', async () => {
    const [a, b] = await Promise.all([join('a'), join('b')]);
    expect(await a.call(3, 200)).toBe(3);
    await redis.restart();
    await until(() => a.link.isUp && b.link.isUp);
    await b.call(5, 2_000);
    expect(busiest()).toBe(5);
    expect(calls).toHaveLength(8);
  });

  it('grants nothing for a window after a failover that nobody can tell about', async () => {
    const a = await join('a');
    expect(await a.call(2, 300)).toBe(2);
    const key = `test:{budget}:account:user:${api}`;
    const dump = (await redis.cli('HGET', key, 'account')) as string;
    await redis.cli('HSET', key, 'account', dump.replace(/"home":"\w+"/, '"home":"another"'), 'version', 'x');
    await a.leave();
    const askedAt = Date.now();
    const b = await join('b');
    await b.call(5, limit.windowMs + 1_000);
    expect(calls[2]! - askedAt).toBeGreaterThanOrEqual(limit.windowMs + 1_000);
    expect(busiest()).toBeLessThanOrEqual(5);
  });

  it.each([3_600_000, -3_600_000])(
    'counts calls made without Redis by a clock that is off by %d ms',
    async (byMs) => {
      const off: Clock = { ...systemClock, now: () => Date.now() + byMs };
      redis.pause();
      const a = await join('a', off);
      expect(await a.call(5, 300)).toBe(5);
      redis.resume();
      await until(() => a.link.isUp, 15_000);
      // It tells with its next beat at the latest. Who never heard of it cannot wait for that.
      await a.lane.snapshot();
      const b = await join('b');
      await Promise.all([a.call(3, 2_500), b.call(3, 2_500)]);
      expect(busiest()).toBeLessThanOrEqual(5);
      expect(calls.length).toBeGreaterThanOrEqual(10);
    },
  );

  it('keeps still without Redis until the others must have noticed, then keeps to its share', async () => {
    const [a, b] = await Promise.all([join('a'), join('b')]);
    expect(await a.call(2, 300)).toBe(2);
    expect(await b.call(2, 300)).toBe(2);
    const lostAt = Date.now();
    await redis.kill();
    await Promise.all([a.call(9, 5_500), b.call(9, 5_500)]);
    const later = calls.slice(4);
    expect(Math.min(...later) - lostAt).toBeGreaterThan(limit.windowMs);
    expect(later.length).toBeGreaterThanOrEqual(4);
    expect(busiest()).toBeLessThanOrEqual(5);
  });

  it('does not take a full Redis for a fleet that has gone', async () => {
    const [a, b, c] = await Promise.all([join('a'), join('b'), join('c')]);
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await Promise.all([a.call(9, 6_000), b.call(9, 6_000), c.call(9, 6_000)]);
      expect(busiest()).toBeLessThanOrEqual(5);
      expect(calls.length).toBeGreaterThanOrEqual(3);
    } finally {
      await redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  it('hears who called without Redis before it grants again after a long outage', async () => {
    const [a, b, c] = await Promise.all([join('a'), join('b'), join('c')]);
    await redis.kill();
    await Promise.all([b.call(9, 5_500), c.call(9, 5_500)]);
    const before = calls.length;
    expect(before).toBeGreaterThan(0);
    await redis.start();
    await until(() => a.link.isUp, 5_000);
    await a.call(9, 2_500);
    expect(busiest()).toBeLessThanOrEqual(5);
    expect(calls.length).toBeGreaterThan(before);
  });

  it('remembers a pause that Redis has lost', async () => {
    const [a, b] = await Promise.all([join('a'), join('b')]);
    const grant = await a.lane.acquire(new TestLoad('throttled').ask(systemClock, 'a', 1_000));
    await grant.finish({ kind: 'throttled', pauseMs: 60_000, named: null });
    await redis.restart();
    await until(() => a.link.isUp && b.link.isUp);
    await Promise.all([a.call(3, 2_500), b.call(3, 2_500)]);
    expect(calls).toHaveLength(0);
    expect((await b.lane.snapshot()).pausedUntil).not.toBeNull();
  });

  it('does not take an emptied Redis for a new one when a new instance asks first', async () => {
    const a = await join('a');
    expect(await a.call(5, 300)).toBe(5);
    await redis.cli('FLUSHALL');
    const b = await join('b');
    await b.call(5, 2_000);
    expect(busiest()).toBe(5);
  });

  it('leaves no timer behind', async () => {
    const clock = new TestClock();
    const a = await join('a', clock);
    await a.call(7, 500);
    await a.leave();
    instances = [];
    await until(() => clock.pendingTimers === 0, 2_000);
  });
});
