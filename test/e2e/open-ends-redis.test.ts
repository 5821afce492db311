// What a question with an open end, and the deltas of the catalog's sync, leave in Redis.
import { describe, expect, it } from '@jest/globals';
import { afterFreshLifeMs, isRefreshed, useThreeInstances } from '../support/cache-fleet.js';
import { until } from '../support/until.js';

const polled = '/v1/registry-images?scannedAfter=2024-01-01T00:00:00Z';

describe('a question with an open end, polled on three instances', () => {
  const fleet = useThreeInstances();
  const entries = async () =>
    ((await fleet.redis.cli('KEYS', '*:value')) as string[]).filter((key) => key.includes('cache')).sort();

  it('has one entry in Redis and one refresh for all instances', async () => {
    const { everywhere, pass, calls } = fleet;
    await everywhere(polled, 2);
    const before = await entries();
    for (let refreshes = 1; refreshes <= 3; refreshes += 1) {
      await pass(afterFreshLifeMs);
      await everywhere(polled, 2);
      await until(async () => (await everywhere(polled, 1)).every(isRefreshed));
      expect(calls()).toBe(1 + refreshes);
    }
    // Purged entries of other tests may leave Redis meanwhile.
    expect((await entries()).filter((key) => !before.includes(key))).toEqual([]);
    const ends = fleet.emulator.journal.calls().map(({ query }) => Number(query['end_latest_scan_time']));
    for (const [at, end] of ends.slice(1).entries())
      expect(end - ends[at]!).toBeGreaterThan(afterFreshLifeMs);
  });
});
