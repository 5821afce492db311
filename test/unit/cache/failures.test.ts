import { describe, expect, it } from '@jest/globals';
import { Failures } from '../../../src/cache/failures.js';
import { TestClock } from '../../support/test-clock.js';

const down = new Error('HSS is down');

describe('failed loads', () => {
  it('have a hold-off of 1 s, doubling to 30 s', () => {
    const clock = TestClock.still();
    const failures = new Failures(clock);
    for (const holdOffMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const { until } = failures.add('key', down);
      expect(until - clock.monotonic()).toBe(holdOffMs);
      expect(failures.current('key')?.error).toBe(down);
      expect(failures.current('another')).toBeUndefined();
      clock.advance(holdOffMs);
      expect(failures.current('key')).toBeUndefined();
    }
  });

  it('are counted from one again after a success or a long time', () => {
    const clock = TestClock.still();
    const failures = new Failures(clock);
    failures.add('key', down);
    expect(failures.add('key', down).count).toBe(2);
    failures.forget('key');
    expect(failures.current('key')).toBeUndefined();
    expect(failures.add('key', down).count).toBe(1);
    clock.advance(5 * 60_000 + 1_000);
    expect(failures.add('key', down).count).toBe(1);
  });

  it('of other instances count like our own, by the rest of the hold-off', () => {
    const clock = TestClock.still();
    const failures = new Failures(clock);
    failures.learn('key', down, 3, 2_500);
    expect(failures.isOver('key', 3)).toBe(false);
    clock.advance(2_400);
    expect(failures.current('key')).toMatchObject({ error: down, count: 3 });
    clock.advance(200);
    expect(failures.current('key')).toBeUndefined();
    expect([2, 3, 4].map((count) => failures.isOver('key', count))).toEqual([true, true, false]);
    expect(failures.isOver('another', 1)).toBe(false);
    expect(failures.add('key', down).count).toBe(4);
  });

  it('of other instances have no longer hold-off than our own', () => {
    const clock = TestClock.still();
    const failures = new Failures(clock);
    failures.learn('key', down, 1, 1e300);
    clock.advance(30_000);
    expect(failures.current('key')).toBeUndefined();
  });

  it('have the same hold-off when the wall clock is set back', () => {
    const clock = TestClock.still();
    let setBackMs = 0;
    const now = () => clock.now() - setBackMs;
    const failures = new Failures({ ...clock, now });
    failures.add('key', down);
    setBackMs = 3_600_000;
    expect(failures.current('key')?.error).toBe(down);
    clock.advance(1_000);
    expect(failures.current('key')).toBeUndefined();
    expect(failures.isOver('key', 1)).toBe(true);
  });
});
