// How the catalog finds rows that have left HSS, and what that costs, at the real rate of calls.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { isComplete, type CatalogList } from '../../src/catalog/model/sync-state.js';
import { startInstance, type CatalogInstance } from '../support/catalog/instance.js';
import { pass, passUntil } from '../support/catalog/passing.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;
const stepMs = 2_000;
const rate = { limit: 5, windowMs: minute };

describe('a row that has left a list of HSS', () => {
  let clock: TestClock;
  let emulator: Emulator;
  let instance: CatalogInstance;

  beforeEach(() => {
    clock = TestClock.still();
  });

  afterEach(async () => {
    await instance.close();
    await emulator.close();
  });

  type Options = Parameters<typeof startEmulator>[0] & { beforeStart?: () => void };

  async function start({ beforeStart, ...options }: Options = {}): Promise<void> {
    emulator = await startEmulator({
      clock,
      registryImages: 1_000,
      localImages: 20,
      totalRate: 'off',
      ...options,
    });
    beforeStart?.();
    for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
      emulator.faults.schedule({ kind: 'status', status: 500, api, times: Infinity });
    instance = await startInstance({ emulator, clock, rate });
    await passUntil(clock, emulator, () => isComplete(instance.store.sync), { stepMs });
    // Long after the walk, and before the next one.
    await pass(clock, emulator, 6 * minute, stepMs);
    emulator.journal.clear();
  }

  const rows = (list: CatalogList) => instance.store.sync[list].rows;
  const removed = (list: CatalogList, mostMs: number, left: number) =>
    passUntil(clock, emulator, () => rows(list) === left, { stepMs, mostMs });
  /** Rows that no round over the risky rows reads. */
  const mildRows = () =>
    emulator.data.registryImages
      .map(({ row }) => row)
      .filter((row) => row.id && row.namespace && row.severity_level === 'Low');

  /** Calls since the start, by what they are for: a delta reads the last minutes, the search reads long ago. */
  function calls(api: 'ListRegistryImages' | 'ListImageLocal') {
    const all = emulator.journal.calls(api);
    const isSearch = ({ query, clockMs }: (typeof all)[number]) =>
      'start_latest_update_time' in query &&
      Number(query['start_latest_update_time']) < clockMs - 10 * minute;
    return {
      search: all.filter(isSearch).length,
      lookups: all.filter(({ query }) => 'image_name' in query).length,
      walk: all.filter(
        ({ query }) => query['offset'] !== '0' && !('severity_level' in query || 'has_container' in query),
      ).length,
    };
  }

  it('is found by totals, and no walk begins', async () => {
    await start();
    emulator.data.removeRegistryImages({ id: mildRows()[150]!.id });
    await removed('registry', 7 * minute, 999);
    const { search, lookups, walk } = calls('ListRegistryImages');
    expect({ lookups, walk }).toEqual({ lookups: 1, walk: 0 });
    expect(search).toBeLessThanOrEqual(6);
    await pass(clock, emulator, 3 * minute, stepMs);
    expect(calls('ListRegistryImages')).toEqual({ search, lookups, walk });
  });

  it('is found on hosts, where the statistics count', async () => {
    await start({ registryImages: 20, localImages: 1_000 });
    const before = rows('local');
    emulator.data.removeLocalImages({ image_id: emulator.data.localImages[300]!.row.image_id! });
    await removed('local', 7 * minute, before - 1);
    const { search, walk } = calls('ListImageLocal');
    expect(walk).toBe(0);
    expect(search).toBeLessThanOrEqual(6);
  });

  it('is found with another one that left at the same time', async () => {
    await start({ registryImages: 2_000 });
    const { walkedAt } = instance.store.sync.registry;
    for (const at of [50, 300]) emulator.data.removeRegistryImages({ id: mildRows()[at]!.id });
    await removed('registry', 12 * minute, 1_998);
    const { search, lookups, walk } = calls('ListRegistryImages');
    expect({ lookups, walk }).toEqual({ lookups: 2, walk: 0 });
    expect(instance.store.sync.registry).toMatchObject({ walk: null, walkedAt });
    expect(search).toBeLessThanOrEqual(13);
  });

  it('is found while another row comes', async () => {
    await start();
    const { id } = mildRows()[150]!;
    emulator.data.removeRegistryImages({ id });
    emulator.data.addRegistryImage({ latest_update_time: clock.now() });
    const isGone = async () => {
      for await (const slice of instance.store.documents())
        for (const { image } of slice)
          if (image.entries.some(({ rowKey }) => rowKey === `registry/${String(id)}`)) return false;
      return true;
    };
    await passUntil(clock, emulator, isGone, { stepMs, mostMs: 9 * minute });
    expect([rows('registry'), calls('ListRegistryImages').walk]).toEqual([1_000, 0]);
  });

  it.each<[string, () => void, () => object]>([
    ['its update time is not known', () => undefined, () => ({ image_name: 'bare-row' })],
    [
      'all rows share one update time',
      () => emulator.data.changeRegistryImages({}, { latest_update_time: clock.now() - 90 * minute }),
      () => ({ id: mildRows()[150]!.id }),
    ],
  ])('is left to the walk where %s', async (_title, beforeStart, which) => {
    await start({ beforeStart });
    emulator.data.removeRegistryImages(which());
    await removed('registry', 25 * minute, 999);
    const { search, walk } = calls('ListRegistryImages');
    expect(walk).toBeGreaterThanOrEqual(4);
    // One search to the end, and two that end after one call.
    expect(search).toBeLessThanOrEqual(7);
  });

  it('is left to the walk where many have left', async () => {
    await start();
    const some = mildRows().slice(0, 100);
    for (const { id } of some) emulator.data.removeRegistryImages({ id });
    await passUntil(clock, emulator, () => instance.store.sync.registry.walk !== null, { stepMs });
    await pass(clock, emulator, minute, stepMs);
    expect(calls('ListRegistryImages')).toMatchObject({ search: 0, lookups: 0 });
  });

  it('is searched only where a count tells that rows are gone', async () => {
    await start({ registryImages: 20, localImages: 1_000, assetStatistics: false });
    const before = rows('local');
    emulator.data.removeLocalImages({ image_id: emulator.data.localImages[300]!.row.image_id! });
    await pass(clock, emulator, 5 * minute, stepMs);
    expect([rows('local'), calls('ListImageLocal')]).toEqual([before, { search: 0, lookups: 0, walk: 0 }]);
  });
});
