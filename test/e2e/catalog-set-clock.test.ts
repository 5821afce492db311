// The clock that all instances follow is set back: the times that the catalog holds lie in the future from then on.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { asOf, isComplete } from '../../src/catalog/model/sync-state.js';
import type { Clock } from '../../src/time/clock.js';
import { startInstance, type CatalogInstance } from '../support/catalog/instance.js';
import { pass, passUntil } from '../support/catalog/passing.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;
const hour = 60 * minute;
const stepMs = 2_000;

describe('a catalog whose clock is set back by an hour', () => {
  let clock: TestClock;
  /** The wall clock of the service. HSS's clock is right. */
  let wall: Clock;
  let aheadMs: number;
  let emulator: Emulator;
  let instance: CatalogInstance;

  beforeEach(async () => {
    clock = TestClock.still();
    aheadMs = hour;
    wall = { ...clock, now: () => clock.now() + aheadMs, after: clock.after };
    emulator = await startEmulator({ clock, registryImages: 1_000, localImages: 20, totalRate: 'off' });
    for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
      emulator.faults.schedule({ kind: 'status', status: 500, api, times: Infinity });
    instance = await startInstance({ emulator, clock: wall, rate: { limit: 5, windowMs: minute } });
    await passUntil(clock, emulator, () => isComplete(instance.store.sync), { stepMs });
    await pass(clock, emulator, 4 * minute, stepMs);
    aheadMs = 0;
  });

  afterEach(async () => {
    await instance.close();
    await emulator.close();
  });

  const rowsOf = async () => {
    const rows = [];
    for await (const slice of instance.store.documents())
      for (const { image } of slice) for (const { row } of image.entries) rows.push(row);
    return rows;
  };

  it('shows new and changed rows as soon as ever', async () => {
    const { registryImages } = emulator.data;
    const { id } = registryImages[700]!.row;
    emulator.data.addRegistryImage({ image_name: 'came-after', latest_update_time: clock.now() });
    emulator.data.changeRegistryImages({ id }, { image_size: 4_711, latest_update_time: clock.now() });
    // The loop looks at the clock once a minute.
    await pass(clock, emulator, 2 * minute, stepMs);
    const rows = await rowsOf();
    expect(rows.filter(({ name }) => name === 'came-after')).toHaveLength(1);
    expect(rows.filter(({ sizeBytes }) => Number(sizeBytes) === 4_711)).toHaveLength(1);
    expect(asOf(instance.store.sync)).toBeLessThanOrEqual(clock.now());
  });

  it('finds a removed row as soon as ever', async () => {
    const { id } = emulator.data.registryImages
      .map(({ row }) => row)
      .find((row) => row.id && row.namespace && row.severity_level === 'Low')!;
    emulator.data.removeRegistryImages({ id });
    await passUntil(clock, emulator, () => instance.store.sync.registry.rows === 999, {
      stepMs,
      mostMs: 10 * minute,
    });
  });
});
