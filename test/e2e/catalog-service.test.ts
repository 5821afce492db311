// The catalog in the whole service as wired: the service fills it in the background, without any request.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { longCalls, passUntil } from '../support/catalog/passing.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

describe('the catalog of the service', () => {
  const clock = new TestClock();
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ clock });
    service = await startService({
      emulator,
      clock,
      env: { CATALOG: 'on', HSS_RATE: '5/60s', ...longCalls },
    });
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  const lists = () =>
    (['ListRegistryImages', 'ListImageLocal'] as const).map((api) => emulator.journal.calls(api).length);
  const get = async (path: string) => {
    const answer = await service.get(path);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.body;
  };

  it('is filled in the background with the fewest calls, and answers for all images', async () => {
    await passUntil(clock, emulator, async () => (await get('/v1/catalog/status')).complete);
    expect(lists()).toEqual([3, 2]);
    const { total, catalog } = await get('/v1/images?limit=1');
    expect(catalog).toMatchObject({ complete: true, asOf: expect.any(String) });
    const digests = new Set(
      [...emulator.data.registryImages, ...emulator.data.localImages].flatMap(
        ({ row }) => row.image_digest ?? [],
      ),
    );
    expect(total).toBeGreaterThanOrEqual(digests.size);
    const { registry, local, syncingInstance } = await get('/v1/catalog/status');
    expect([registry.rows, local.rows, typeof syncingInstance]).toEqual([450, 320, 'string']);
  });

  it('logs at the start that this instance syncs in memory', () => {
    expect(service.logText()).toContain('Catalog: this instance syncs in memory only');
  });

  it('tells the changes since the last request', async () => {
    const { nextSince } = await get(
      '/v1/catalog/changes?limit=200&since=' + new Date(clock.now()).toISOString(),
    );
    const [{ row }] = emulator.data.registryImages.filter((image) => image.row.scan_status === 'success') as [
      (typeof emulator.data.registryImages)[number],
    ];
    emulator.data.rescan(row.image_digest ?? '', clock.now(), { severityLevel: 'High', vulNum: 4_711 });
    const scanned = async () =>
      (await get(`/v1/catalog/changes?since=${nextSince}&limit=200`)).items.filter(
        ({ kind, digest }: Record<string, unknown>) => kind === 'scanned' && digest === row.image_digest,
      );
    // In small steps: the next delta must not fall due during the real time that the catalog needs for this delta.
    await passUntil(clock, emulator, async () => (await scanned()).length > 0, { stepMs: 200 });
    // One delta of the registry list, which shows the scan. A delta of the other list may come before.
    expect(lists()).toEqual([4, expect.any(Number)]);
    expect(lists()[1]).toBeLessThanOrEqual(3);
    const found = await get(`/v1/images?imageId=${row.image_digest}&fields=severity,findingCounts`);
    expect(found.items).toEqual([
      { severity: 'high', findingCounts: expect.objectContaining({ vulnerabilities: 4_711 }) },
    ]);
  });

  it('reads base OS and files, each once, without a throttled call', async () => {
    await passUntil(clock, emulator, async () => {
      const { baseOs, files } = (await get('/v1/catalog/status')).coverage;
      return baseOs.known > 3 && files.known > 3;
    });
    const calls = emulator.journal.calls('ListImageBasicImage');
    expect(new Set(calls.map(({ path }) => path)).size).toBe(calls.length);
    expect(emulator.journal.calls().filter(({ outcome }) => outcome === 429)).toEqual([]);
  });
});
