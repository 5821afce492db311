import { beforeEach, describe, expect, it } from '@jest/globals';
import { LastHour, type Counters } from '../../../src/admin/last-hour.js';
import { TestClock } from '../../support/test-clock.js';

const minuteMs = 60_000;

describe('the last hour', () => {
  let clock: TestClock;
  let counters: Counters;
  let lastHour: LastHour;
  let begunAt: number;

  beforeEach(() => {
    clock = TestClock.still();
    begunAt = clock.now();
    counters = { hits: 1_000, loads: 100, stale: 10, staleSeconds: 600 };
    lastHour = new LastHour(() => ({ ...counters }), clock);
  });

  it('does not count what was before it', () => {
    expect(lastHour.minutes).toEqual([{ at: begunAt, ms: 0, hits: 0, loads: 0, stale: 0, staleSeconds: 0 }]);
  });

  it('tells the minute that runs', () => {
    counters.hits += 7;
    clock.advance(30_000);
    expect(lastHour.minutes).toEqual([
      { at: begunAt, ms: 30_000, hits: 7, loads: 0, stale: 0, staleSeconds: 0 },
    ]);
  });

  it('gives each minute what happened in it', () => {
    counters.hits += 7;
    clock.advance(minuteMs);
    counters.loads += 2;
    counters.stale += 1;
    counters.staleSeconds += 90;
    clock.advance(minuteMs);
    counters.hits += 1;
    expect(lastHour.minutes).toEqual([
      { at: begunAt, ms: minuteMs, hits: 7, loads: 0, stale: 0, staleSeconds: 0 },
      { at: begunAt + minuteMs, ms: minuteMs, hits: 0, loads: 2, stale: 1, staleSeconds: 90 },
      { at: begunAt + 2 * minuteMs, ms: 0, hits: 1, loads: 0, stale: 0, staleSeconds: 0 },
    ]);
  });

  it('keeps sixty minutes', () => {
    for (let minute = 1; minute <= 200; minute += 1) {
      counters.hits += minute;
      clock.advance(minuteMs);
    }
    const { minutes } = lastHour;
    expect([minutes.length, minutes[0]?.hits, minutes.at(-2)?.hits]).toEqual([60, 142, 200]);
  });

  it('forgets an hour in which the process stood still', () => {
    counters.hits += 7;
    clock.advance(minuteMs);
    clock.advance(2 * 60 * minuteMs);
    clock.advance(2 * 60 * minuteMs);
    expect(lastHour.minutes.map(({ hits }) => hits)).toEqual([0, 0]);
  });

  it('leaves no timer behind', () => {
    lastHour.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
