import { describe, expect, it } from '@jest/globals';
import { RequestRate } from '../../../src/consumers/request-rate.js';

describe('the requests of a consumer', () => {
  it('are counted at once, over the rate too', () => {
    const requests = new RequestRate({ limit: 2, windowMs: 86_400_000 });
    expect(requests.used()).toEqual({ count: 0, leftMs: 0 });
    expect([1, 2, 3].map(() => requests.take().count)).toEqual([1, 2, 3]);
    const { count, leftMs } = requests.used();
    expect(count).toBe(3);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(86_400_000);
  });
});
