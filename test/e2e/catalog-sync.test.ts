// The sync of the catalog at HSS's real rate: walks, deltas, and the calls of consumers.
import { describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { catalogPace } from '../../src/catalog/catalog-settings.js';
import { isComplete } from '../../src/catalog/model/sync-state.js';
import type { EmulatorOptions } from '../../emulator/options.js';
import { useCleanUp } from '../support/clean-up.js';
import { startInstance, type InstanceOptions } from '../support/catalog/instance.js';
import type { MemoryCatalog } from '../support/catalog/memory-catalog.js';
import { pass, passUntil } from '../support/catalog/passing.js';
import { differences, shapeOf, truth } from '../support/catalog/truth.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const realRate = { limit: 5, windowMs: 60_000 };
const minute = 60_000;

describe('the sync of the catalog', () => {
  const closeLater = useCleanUp();
  const emulate = async (options: EmulatorOptions): Promise<Emulator> =>
    closeLater(await startEmulator(options), (emulator) => emulator.close());
  const start = async (options: InstanceOptions<MemoryCatalog>) =>
    closeLater(await startInstance(options), (instance) => instance.close());

  const offsets = (emulator: Emulator) =>
    (['ListRegistryImages', 'ListImageLocal'] as const).map((api) =>
      emulator.journal.calls(api).map(({ query }) => Number(query['offset'])),
    );

  it('reads 450 and 320 images with three and two calls at the real rate', async () => {
    const clock = new TestClock();
    const emulator = await emulate({ clock });
    const { sync, store } = await start({ emulator, clock, rate: realRate });
    await passUntil(clock, emulator, () => isComplete(store.sync));
    expect(offsets(emulator)).toEqual([
      [0, 200, 400],
      [0, 200],
    ]);
    expect(differences(await shapeOf(store), truth(emulator))).toEqual([]);
    const { registry, local } = sync.status();
    expect([registry.rows, registry.total, local.rows, local.total]).toEqual([450, 450, 320, 320]);
    // The time goes on until shortly before the first delta. The margin is wide: a busy machine may stand still for a
    // while after the last step.
    const { deltaEveryMs } = catalogPace({ listsMs: minute });
    const deltaAt = Math.min(store.sync.registry.deltaAt!, store.sync.local.deltaAt!) + deltaEveryMs.scans;
    await passUntil(clock, emulator, () => clock.now() > deltaAt - 10_000);
    expect(offsets(emulator).flat()).toHaveLength(5);
    expect(emulator.journal.calls().filter(({ outcome }) => outcome === 429)).toEqual([]);
  });

  it('finds three rescans with one call for each list', async () => {
    const clock = new TestClock();
    const emulator = await emulate({ clock });
    const { store } = await start({ emulator, clock, rate: realRate });
    await passUntil(clock, emulator, () => isComplete(store.sync));
    emulator.journal.clear();
    const digests = emulator.data.localImages
      .flatMap(({ row }) => row.image_digest ?? [])
      .filter((digest) => emulator.data.registryImages.some(({ row }) => row.image_digest === digest))
      .slice(0, 3);
    for (const digest of digests)
      emulator.data.rescan(digest, clock.now(), { severityLevel: 'High', vulNum: 4_711 });
    const since = clock.now();
    await passUntil(clock, emulator, () => {
      const { registry, local } = store.sync;
      return Math.min(registry.deltaAt ?? 0, local.deltaAt ?? 0) > since;
    });
    expect(offsets(emulator)).toEqual([[0], [0]]);
    expect(differences(await shapeOf(store), truth(emulator))).toEqual([]);
    const scanned = store.applied.flatMap(({ events }) => events).filter(({ kind }) => kind === 'scanned');
    expect(new Set(scanned.map(({ digest }) => digest))).toEqual(new Set(digests));
    for (const digest of digests) {
      const [key] = store.keysOf(digest);
      expect(store.whole(key!)?.image).toMatchObject({
        severity: 'high',
        findingCounts: { vulnerabilities: 4_711 },
      });
    }
  });

  it('finds added and removed images with calls for the rows that a walk missed', async () => {
    const clock = new TestClock();
    const emulator = await emulate({ clock });
    const { store } = await start({ emulator, clock, rate: realRate });
    await passUntil(clock, emulator, () => isComplete(store.sync));
    const removed = emulator.data.registryImages[4]!.row.image_digest!;
    const rows = emulator.data.removeRegistryImages({ image_digest: removed });
    for (let count = 0; count < rows; count += 1) emulator.data.addRegistryImage({}, { at: 'last' });
    emulator.data.addLocalImage();
    const since = clock.now();
    const isReconciled = () => {
      const { registry, local } = store.sync;
      return Math.min(registry.walkedAt ?? 0, local.walkedAt ?? 0) > since && !registry.walk && !local.walk;
    };
    await passUntil(clock, emulator, isReconciled, { stepMs: 2_000 });
    expect(differences(await shapeOf(store), truth(emulator))).toEqual([]);
    expect(clock.now() - since).toBeLessThan(20 * minute);
    const asked = emulator.journal.calls('ListRegistryImages').filter(({ query }) => query['image_name']);
    expect(asked.length).toBeGreaterThan(0);
    const events = store.applied.flatMap((changes) => changes.events);
    expect(new Set(events.map(({ kind }) => kind))).toEqual(
      new Set(['appeared', 'disappeared', 'came-to-host']),
    );
  });

  it('removes many rows in steps of a size that Redis accepts', async () => {
    const clock = new TestClock();
    const emulator = await emulate({
      clock,
      rate: 'off',
      totalRate: 'off',
      registryImages: 1_400,
      localImages: 200,
    });
    // This test is about lists only: reading the content of images would take most of the time.
    for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
      emulator.faults.schedule({ api, kind: 'status', status: 500 });
    const { store } = await start({ emulator, clock });
    await passUntil(clock, emulator, () => isComplete(store.sync));
    const names = new Set(emulator.data.registryImages.slice(50).map(({ row }) => row.image_name!));
    for (const name of names) emulator.data.removeRegistryImages({ image_name: name });
    await passUntil(clock, emulator, () => store.sync.registry.rows < 100, { stepMs: 3_000 });
    expect(Math.max(...store.applied.map(({ gone }) => gone.length))).toBeLessThan(700);
    expect(differences(await shapeOf(store), truth(emulator))).toEqual([]);
  });

  it('takes over the rows that a consumer reads, without another call', async () => {
    const clock = new TestClock();
    const emulator = await emulate({ clock, rate: 'off' });
    // At this rate the next walk, which would read all rows, is half a minute away.
    const { store, service } = await start({ emulator, clock, rate: { limit: 10, windowMs: 60_000 } });
    await passUntil(clock, emulator, () => isComplete(store.sync));
    const { row } = emulator.data.addRegistryImage();
    const asked = () =>
      emulator.journal.calls('ListRegistryImages').filter(({ query }) => query['image_name'] !== undefined);
    expect((await service.get(`/v1/registry-images?name=${row.image_name}`)).body.items).toHaveLength(1);
    await until(() => store.keysOf(row.image_digest!).length === 1);
    expect(asked()).toHaveLength(1);
    // The catalog does not take rows of another enterprise project.
    const other = emulator.data.addRegistryImage();
    await service.get(`/v1/registry-images?name=${other.row.image_name}&enterpriseProjectId=0`);
    await pass(clock, emulator, 1_000);
    expect(store.keysOf(other.row.image_digest!)).toEqual([]);
  });

  it('lets waiting consumers go first', async () => {
    const clock = new TestClock();
    const emulator = await emulate({ clock });
    // Longer than the consumer's wait: the clock moves on while the request is on its way.
    const env = { REQUEST_DEADLINE: '60s' };
    const { store, service } = await start({ emulator, clock, rate: realRate, env });
    const calls = () =>
      emulator.journal.calls('ListRegistryImages').map(({ query }) => query['image_name'] ?? 'walk');
    const ask = (name: string) => service.get(`/v1/registry-images?name=${name}`);
    // In small steps: the second block must not fall due while the first block is on its way.
    await passUntil(clock, emulator, () => store.sync.registry.walk !== null, { stepMs: 20 });
    // The walk waits for its second block. The service answers consumers at once meanwhile.
    for (const name of ['a', 'b', 'c', 'd']) expect((await ask(name)).status).toBe(200);
    expect(calls()).toEqual(['walk', 'a', 'b', 'c', 'd']);
    const begunAt = emulator.journal.calls('ListRegistryImages')[0]!.clockMs;
    await passUntil(clock, emulator, () => clock.now() > begunAt + 45_000);
    expect(calls()).toHaveLength(5);
    const [waiting] = await Promise.all([ask('e'), passUntil(clock, emulator, () => calls().length > 6)]);
    expect(waiting.status).toBe(200);
    expect(calls().slice(5, 7)).toEqual(['e', 'walk']);
    expect(emulator.journal.calls().filter(({ outcome }) => outcome === 429)).toEqual([]);
  });

  it('leaves nothing running', async () => {
    const clock = new TestClock();
    const emulator = await emulate({ clock });
    const instance = await startInstance({ emulator, clock, rate: realRate });
    await passUntil(clock, emulator, () => instance.store.sync.registry.walk !== null);
    await instance.close();
    // The calls that left before `close` arrive in this time.
    await pass(clock, emulator, 1_000);
    const { version } = instance.store;
    const calls = emulator.journal.entries.length;
    await pass(clock, emulator, 2 * minute, 1_000);
    expect(clock.pendingTimers).toBe(0);
    expect([instance.store.version, emulator.journal.entries.length]).toEqual([version, calls]);
  });
});
