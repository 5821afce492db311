import { describe, expect, it } from '@jest/globals';
import { FleetClock } from '../../../src/redis/fleet-clock.js';
import type { Clock } from '../../../src/time/clock.js';
import { TestClock } from '../../support/test-clock.js';

const hourMs = 3_600_000;

/** A host whose wall clock is off, beside a Redis whose clock can be set. */
function setUp() {
  const host = { offMs: 0 };
  const redis = { offMs: 0, isAway: false };
  const time = TestClock.still();
  const own: Clock = { ...time, now: () => time.now() + host.offMs };
  const clock = new FleetClock(own);
  const set: number[] = [];
  clock.onSet((byMs) => set.push(byMs));
  const follow = () =>
    clock.follow(() =>
      redis.isAway ? Promise.reject(new Error('away')) : Promise.resolve(time.now() + redis.offMs),
    );
  /** Lets time pass, and the reading that is due then. */
  const pass = async (ms: number) => {
    time.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { host, redis, time, clock, set, follow, pass };
}

describe('the clock of the fleet', () => {
  it("is the host's until Redis has told its time", async () => {
    const { host, redis, time, clock, set, follow, pass } = setUp();
    host.offMs = hourMs;
    redis.isAway = true;
    await follow();
    expect(clock.now()).toBe(time.now() + hourMs);
    host.offMs = -hourMs;
    expect(clock.now()).toBe(time.now() - hourMs);
    redis.isAway = false;
    await pass(100);
    expect(clock.now()).toBe(time.now());
    expect(set).toEqual([hourMs]);
  });

  it("does not move with the host's clock, even while Redis is away", async () => {
    const { host, redis, time, clock, set, follow, pass } = setUp();
    await follow();
    for (const offMs of [hourMs, -hourMs, 5 * hourMs]) {
      host.offMs = offMs;
      await pass(10_000);
      expect(clock.now()).toBe(time.now());
      redis.isAway = true;
    }
    expect(set).toEqual([]);
  });

  it.each([hourMs, -hourMs])("moves with Redis's clock, and tells by how much: %i ms", async (offMs) => {
    const { redis, time, clock, set, follow, pass } = setUp();
    await follow();
    redis.offMs = offMs;
    await pass(1_000);
    expect(clock.now()).toBe(time.now() + offMs);
    expect(set).toEqual([offMs]);
  });

  it('never goes back by a reading that took longer', async () => {
    const time = TestClock.still();
    const clock = new FleetClock(time);
    await clock.follow(() => Promise.resolve(time.now()));
    // Only the readings below take place.
    clock.stop();
    let before = clock.now();
    for (let reading = 0; reading < 20; reading += 1) {
      await clock.follow(() => {
        const redisMs = time.now();
        time.advance(40);
        return Promise.resolve(redisMs);
      });
      expect(clock.now()).toBeGreaterThanOrEqual(before);
      before = clock.now();
    }
  });

  it('asks no more after its end', async () => {
    const { time, clock, follow } = setUp();
    await follow();
    clock.stop();
    expect(time.pendingTimers).toBe(0);
  });
});
