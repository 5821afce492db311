import { describe, expect, it } from '@jest/globals';
import { RedisTime } from '../../../src/redis/redis-time.js';

/** Redis's clock is this much ahead of our monotonic clock. */
const offsetMs = 1_000_000;

/** A reading that took `tookMs`; Redis looked at its clock in the middle. */
function read(time: RedisTime, askedAt: number, tookMs = 0, stepMs = 0): number {
  return time.learn({
    redisMs: offsetMs + stepMs + askedAt + tookMs / 2,
    askedAt,
    heardAt: askedAt + tookMs,
  });
}

describe("Redis's time", () => {
  it('is a guess before the first reading, and its correction counts as a step', () => {
    const time = new RedisTime(5);
    expect(time.offsetMs).toBe(5);
    expect(read(time, 100)).toBe(offsetMs - 5);
    expect(time.offsetMs).toBe(offsetMs);
  });

  it('becomes more exact with a faster reading and stays so after a slow one', () => {
    const time = new RedisTime(offsetMs);
    const errors = [40, 10, 40].map((tookMs, index) => {
      read(time, index, tookMs);
      return offsetMs - time.offsetMs;
    });
    expect(errors[0]).toBe(20);
    expect(errors[1]).toBe(5);
    expect(errors[2]).toBeLessThan(5.1);
  });

  it.each<[string, number, number]>([
    ['notices a step forward', 5_000, 5_000],
    ['notices a step back', -5_000, -5_000],
    ['takes 50 ms for no step', 50, 0],
  ])('%s', (_, stepMs, moved) => {
    const time = new RedisTime(offsetMs);
    read(time, 0);
    expect(read(time, 1_000, 0, stepMs)).toBe(moved);
    expect(read(time, 2_000, 0, stepMs)).toBe(0);
  });

  it('becomes less exact in a long silence, since clocks drift', () => {
    const time = new RedisTime(offsetMs);
    read(time, 0);
    read(time, 60_000, 1_000);
    // A thousandth of the 61 s since the exact reading.
    expect(offsetMs - time.offsetMs).toBeCloseTo(61, 5);
  });

  it('follows a slow drift without a step', () => {
    const time = new RedisTime(offsetMs);
    const moved = Array.from({ length: 100 }, (_, index) => read(time, index * 1_000, 0, index * 0.9));
    expect(moved.every((ms) => ms === 0)).toBe(true);
    expect(time.offsetMs).toBeCloseTo(offsetMs + 99 * 0.9, 0);
  });
});
