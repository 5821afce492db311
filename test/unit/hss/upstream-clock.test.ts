import { describe, expect, it } from '@jest/globals';
import { UpstreamClock } from '../../../src/hss/upstream-clock.js';
import { TestClock } from '../../support/test-clock.js';

const hour = 3_600_000;

/** Lets the clock learn from an answer that HSS gave at `hssTime`, shortly after the request was sent. */
function answerAt(upstream: UpstreamClock, clock: TestClock, hssTime: number): boolean {
  return upstream.learn(new Date(hssTime).toUTCString(), clock.now(), upstream.now());
}

describe("HSS's clock", () => {
  it('is our own clock until HSS sends a date', () => {
    const clock = TestClock.still();
    expect(new UpstreamClock(clock).now() - clock.now()).toBe(0);
  });

  it('learns from the Date header and reports a wrongly timed signature', () => {
    const clock = TestClock.still();
    const upstream = new UpstreamClock(clock);
    expect(answerAt(upstream, clock, clock.now() - hour)).toBe(true);
    expect(Math.abs(upstream.now() - (clock.now() - hour))).toBeLessThan(1_000);
    expect(answerAt(upstream, clock, clock.now() - hour)).toBe(false);
  });

  it('reports each of several calls sent together by a wrong clock', () => {
    const clock = TestClock.still();
    const upstream = new UpstreamClock(clock);
    const [sentAt, signedAt] = [clock.now(), upstream.now()];
    const date = new Date(clock.now() - hour).toUTCString();
    expect([1, 2, 3].map(() => upstream.learn(date, sentAt, signedAt))).toEqual([true, true, true]);
  });

  it('ignores differences below two seconds', () => {
    const clock = TestClock.still();
    const upstream = new UpstreamClock(clock);
    expect(answerAt(upstream, clock, clock.now() - 1_000)).toBe(false);
    expect(upstream.now() - clock.now()).toBe(0);
  });

  it('corrects a jump of our wall clock with the next answer', () => {
    const clock = TestClock.still();
    const upstream = new UpstreamClock(clock);
    const hssTime = clock.now();
    clock.advance(hour);
    expect(answerAt(upstream, clock, hssTime)).toBe(true);
    expect(Math.abs(upstream.now() - hssTime)).toBeLessThan(2_000);
  });

  it.each([null, '', 'garbage 5', '1.5', '2001', 'Sat, 99 Nov 2026 10:00:00 GMT', '+275760-09-13T00:00:00Z'])(
    'learns nothing from what is no HTTP date: %p',
    (date) => {
      const clock = TestClock.still();
      const upstream = new UpstreamClock(clock);
      expect(upstream.learn(date, clock.now(), upstream.now())).toBe(false);
      expect(upstream.now() - clock.now()).toBe(0);
    },
  );
});
