// What consumers of the catalog see of changes in HSS that no scan comes with, at the real rate of calls.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { longCalls, pass, passUntil } from '../support/catalog/passing.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const stepMs = 2 * second;

describe('a change that no scan comes with', () => {
  let clock: TestClock;
  let emulator: Emulator;
  let service: TestService;

  beforeEach(() => {
    clock = new TestClock();
  });

  afterEach(async () => {
    await service.close();
    await emulator.close();
  });

  async function start(options: Parameters<typeof startEmulator>[0] = {}): Promise<void> {
    emulator = await startEmulator({ clock, registryImages: 210, localImages: 110, ...options });
    const env = { CATALOG: 'on', HSS_RATE: '5/60s', ...longCalls };
    service = await startService({ emulator, clock, env });
    await passUntil(clock, emulator, async () => (await status()).complete === true, { stepMs });
  }

  const status = async () => (await service.get('/v1/catalog/status')).body;
  const lookUp = async (ref: string) =>
    (await service.get(`/v1/images/lookup?ref=${encodeURIComponent(ref)}&include=image`)).body;
  const within = (ms: number, holds: () => Promise<boolean>) =>
    passUntil(clock, emulator, holds, { stepMs, mostMs: ms });
  const scannedRow = () =>
    emulator.data.registryImages.find(
      ({ row }) =>
        row.scan_status === 'success' &&
        row.namespace &&
        row.image_type === 'private_image' &&
        row.image_digest,
    )!.row;

  it.each(['moved tag', 'failed scan', 'new image'])(
    'shows after 75 s where a time moves: %s',
    async (kind) => {
      await start();
      const row = scannedRow();
      const { namespace, image_name, image_version } = row;
      const update = { latest_update_time: clock.now() };
      if (kind === 'moved tag') {
        emulator.data.moveTag({ id: row.id }, { changes: update });
        const digest = emulator.data.registryImages.find(({ row: { id } }) => id === row.id)!.row
          .image_digest;
        const shown = async () => (await lookUp(`${namespace}/${image_name}:${image_version}`)).image?.digest;
        await within(75 * second, async () => (await shown()) === digest);
      } else if (kind === 'failed scan') {
        emulator.data.changeRegistryImages({ id: row.id }, { scan_status: 'failed', ...update });
        const ref = `${namespace}/${image_name}:${image_version}`;
        await within(75 * second, async () => (await lookUp(ref)).image?.scan.status === 'failed');
      } else {
        const added = emulator.data.addRegistryImage({ scan_status: 'unscan', ...update }).row;
        const shown = async () => (await lookUp(added.image_digest!)).image?.digest;
        await within(75 * second, async () => (await shown()) === added.image_digest);
      }
    },
  );

  it('shows after one walk and one call when an image has left its hosts', async () => {
    await start();
    // Long after a walk, and long before the next one.
    await pass(clock, emulator, 5 * minute, stepMs);
    const { row } = emulator.data.localImages[0]!;
    const before = (await status()).local.rows;
    emulator.data.removeLocalImages({ image_id: row.image_id! });
    emulator.journal.clear();
    await within(4 * minute, async () => (await status()).local.rows < before);
    const { local } = (await status()).catalog.lists;
    expect(Date.parse(local.countedAt)).toBeGreaterThan(clock.now() - 2 * minute);
    expect(emulator.journal.calls('ShowImageAssetStatistics').length).toBeLessThanOrEqual(5);
  });

  it('reads deltas in time while a walk takes all other calls', async () => {
    // A busy machine must not add its own seconds to the pauses.
    clock = TestClock.still();
    await start({ registryImages: 3_000, localImages: 20 });
    // This row has no update time: it is left to a walk.
    emulator.data.removeRegistryImages({ image_name: 'bare-row' });
    await within(10 * minute, async () => (await status()).registry.walk !== null);
    emulator.journal.clear();
    await pass(clock, emulator, 5 * minute, stepMs);
    const calls = emulator.journal.calls('ListRegistryImages');
    // A delta reads the last minutes, a search for the removed row reads long ago.
    const isSearch = ({ query, clockMs }: (typeof calls)[number]) =>
      Number(query['start_latest_update_time']) < clockMs - 10 * minute;
    const updates = calls.filter((call) => 'start_latest_update_time' in call.query && !isSearch(call));
    const pauses = updates.slice(1).map(({ clockMs }, at) => clockMs - updates[at]!.clockMs);
    expect(Math.max(...pauses)).toBeLessThan(75 * second);
    // Other work gets a call after two deltas at the latest.
    const isOther = calls.map(
      (call) => call.query['offset'] !== '0' || 'severity_level' in call.query || isSearch(call),
    );
    expect(isOther.filter(Boolean).length).toBeGreaterThan(4);
    expect(isOther.some((_, at) => at > 2 && !isOther.slice(at - 3, at).includes(true))).toBe(false);
  });

  it('costs one call a day where HSS does not publish the count', async () => {
    await start({ assetStatistics: false, registryImages: 40, localImages: 20 });
    await pass(clock, emulator, 10 * minute, 10 * second);
    expect(emulator.journal.calls('ShowImageAssetStatistics')).toHaveLength(1);
    expect(await status()).toMatchObject({
      complete: true,
      lastError: null,
      catalog: { lists: { local: { countedAt: expect.any(String) } } },
    });
    emulator.data.addLocalImage({ latest_update_time: clock.now() });
    const rows = async (): Promise<number> => (await status()).local.rows;
    const before = await rows();
    await within(75 * second, async () => (await rows()) === before + 1);
    clock.advance(24 * hour);
    await within(5 * minute, () =>
      Promise.resolve(emulator.journal.calls('ShowImageAssetStatistics').length > 1),
    );
    await pass(clock, emulator, 10 * minute, 10 * second);
    expect(emulator.journal.calls('ShowImageAssetStatistics')).toHaveLength(2);
  });

  it('tells for each list up to when each kind of change shows', async () => {
    await start({ registryImages: 40, localImages: 20 });
    await pass(clock, emulator, 20 * minute, 10 * second);
    const most = { walkedAt: 16, deltaAt: 1, updatesAt: 1.25, countedAt: 1.25, risksAt: 16 };
    const ages = async () => {
      const { registry, local } = (await service.get('/v1/images?limit=1')).body.catalog.lists;
      const now = clock.now();
      return [registry, local].map((list) =>
        Object.entries(list).map(([kind, at]): [string, number] => [kind, now - Date.parse(String(at))]),
      );
    };
    for (const list of await ages()) expect(list.map(([kind]) => kind)).toEqual(Object.keys(most));
    // On a busy machine a call that is under way takes longer than a step of the clock.
    await within(2 * minute, async () =>
      (await ages()).flat().every(([kind, ms]) => ms < most[kind as keyof typeof most] * minute),
    );
  });
});
