import { afterEach, describe, expect, it } from '@jest/globals';
import { CatalogIndex } from '../../src/catalog/index/catalog-index.js';
import { isComplete } from '../../src/catalog/model/sync-state.js';
import { contentSource } from '../../src/catalog/model/content-source.js';
import { startEmulator } from '../../emulator/emulator.js';
import type { EmulatorOptions } from '../../emulator/options.js';
import { startInstance } from '../support/catalog/instance.js';
import { pass, passUntil } from '../support/catalog/passing.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;

describe('the content of images in the catalog', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** Starts an instance with the index of the application. */
  async function start(options: EmulatorOptions) {
    const clock = new TestClock();
    const emulator = await startEmulator({ ...options, clock, rate: 'off', totalRate: 'off' });
    closing.push(() => emulator.close());
    const store = await CatalogIndex.open({ clock });
    closing.push(() => store.close());
    const rate = { limit: 1000, windowMs: 60_000 };
    const instance = await startInstance({ emulator, clock, store, rate });
    closing.push(() => instance.close());
    const isCovered = () => {
      const { baseOs, files } = store.coverage();
      return isComplete(store.sync) && baseOs.known === baseOs.total && files.known === files.total;
    };
    return { ...instance, clock, emulator, isCovered };
  }

  it('covers every image that HSS knows, riskiest first, with one call per page', async () => {
    const { clock, emulator, store, sync, isCovered } = await start({ registryImages: 40, localImages: 30 });
    await passUntil(clock, emulator, isCovered);
    const { coverage } = sync.status();
    expect(coverage.files.total).toBeGreaterThan(10);
    expect(coverage.files.expectedEndAt).toBeNull();
    for await (const slice of store.documents())
      for (const { image, content } of slice) {
        const source = contentSource(image);
        const digest = image.entries.find(({ row }) => row.digest !== null)?.row.digest;
        if (!source || digest == null) continue;
        const files = emulator.data.files(digest);
        expect(content?.files?.rows).toHaveLength(files.length);
        expect(content?.baseOs?.rows).toHaveLength(emulator.data.basicImages(digest).length);
      }
    const asked = emulator.journal
      .calls('ListImageFiles')
      .map(({ imageId, query }) => `${imageId} ${query['offset']}`);
    expect(asked).toHaveLength(new Set(asked).size);
    // Calls that were made while the lists were still being read could not choose among all images.
    const read = (['ListRegistryImages', 'ListImageLocal'] as const).map(
      (api) => emulator.journal.calls(api)[0]!.seq,
    );
    const severities = emulator.journal
      .calls('ListImageBasicImage')
      .filter(({ seq }) => seq > Math.max(...read))
      .map(({ imageId }) => store.whole(store.keysOf(imageId!)[0]!)?.image.severity ?? null);
    const high = severities.lastIndexOf('high');
    // One more call may leave before the rows that were read are applied.
    expect(severities.slice(0, high).filter((severity) => severity === 'low').length).toBeLessThanOrEqual(1);
  });

  it('is taken from reads of consumers, and is read again after another scan', async () => {
    const { clock, emulator, store, service, isCovered } = await start({
      registryImages: 12,
      localImages: 4,
    });
    await passUntil(clock, emulator, () => isComplete(store.sync));
    const { row } = emulator.data.registryImages.find(
      (image) => image.row.scan_status === 'success' && image.row.image_type === 'private_image',
    )!;
    const id = row.image_digest!.replace('sha256:', '');
    const query = new URLSearchParams({
      type: row.image_type!,
      namespace: row.namespace!,
      name: row.image_name!,
      tag: row.image_version!,
    });
    expect((await service.get(`/v1/images/${row.image_id}/files?${query.toString()}&limit=200`)).status).toBe(
      200,
    );
    await passUntil(clock, emulator, isCovered);
    const pages = () =>
      emulator.journal
        .calls('ListImageFiles')
        .filter(({ imageId, query: asked }) => imageId === row.image_id && asked['offset'] === '0').length;
    expect(pages()).toBe(1);
    emulator.data.rescan(row.image_digest!, clock.now(), {
      files: 'new',
      basicImages: [{ os_name: 'Scanned', os_version: '2' }],
    });
    await passUntil(clock, emulator, () => isCovered() && pages() === 2, { stepMs: 1_000 });
    const [key] = store.keysOf(id);
    expect(store.content(key!)?.baseOs?.rows).toEqual([
      { osName: 'Scanned', osVersion: '2', layerDigest: null },
    ]);
    expect(store.content(key!)?.files?.rows).toHaveLength(emulator.data.files(row.image_digest!).length);
  });

  it('stays when a failing HSS says that it does not know the image', async () => {
    const { clock, emulator, store, service, isCovered } = await start({
      registryImages: 12,
      localImages: 0,
    });
    await passUntil(clock, emulator, isCovered);
    const { row } = emulator.data.registryImages.find(
      (image) => image.row.scan_status === 'success' && image.row.image_type === 'private_image',
    )!;
    const [key = ''] = store.keysOf(row.image_digest!.replace('sha256:', ''));
    const before = store.content(key)?.files?.rows;
    expect(before).toHaveLength(emulator.data.files(row.image_digest!).length);
    emulator.data.rescan(row.image_digest!, clock.now(), { files: 'new' });
    emulator.faults.schedule({ api: 'ListImageFiles', kind: 'status', status: 500, code: 'HSS.0011' });
    const failed = () =>
      emulator.journal
        .calls('ListImageFiles')
        .filter(({ imageId, outcome }) => imageId === row.image_id && outcome === 500).length;
    await passUntil(clock, emulator, () => failed() >= 2, { stepMs: 1_000 });
    const { rows, readAt } = store.content(key)!.files!;
    expect([rows, store.content(key)?.notKnown]).toEqual([before, undefined]);
    const { known, total } = store.coverage().files;
    expect(total - known).toBe(1);
    const { type, namespace, name, tag } = {
      type: row.image_type!,
      namespace: row.namespace!,
      name: row.image_name!,
      tag: row.image_version!,
    };
    const query = new URLSearchParams({ type, namespace, name, tag }).toString();
    const kept = await service.get(`/v1/images/${row.image_id}/files?${query}&limit=200`);
    expect([kept.status, kept.body.items]).toEqual([200, before]);
    emulator.faults.clear();
    await passUntil(clock, emulator, isCovered, { stepMs: 1_000 });
    expect(store.content(key)!.files!.readAt).toBeGreaterThan(readAt);
  });

  it('is given up after three tries for an image that HSS does not know', async () => {
    const { clock, emulator, store, sync } = await start({ registryImages: 12, localImages: 0 });
    emulator.faults.schedule({
      api: 'ListImageFiles',
      kind: 'status',
      status: 400,
      code: 'HSS.0011',
      times: 1_000_000,
    });
    await passUntil(clock, emulator, () => isComplete(store.sync));
    // One answer is enough to know that nobody waits for these files.
    await passUntil(clock, emulator, () => store.coverage().files.total === 0);
    expect(sync.status().coverage).toMatchObject({ files: { known: 0, total: 0, expectedEndAt: null } });
    expect(store.coverage().baseOs.total).toBeGreaterThan(0);
    // The sync waits ten minutes before each further try.
    for (let tries = 0; tries < 5; tries += 1) {
      await pass(clock, emulator, 2 * minute, 2_000);
      clock.advance(9 * minute);
    }
    const counts = new Map<string, number>();
    for (const { imageId } of emulator.journal.calls('ListImageFiles'))
      counts.set(imageId!, (counts.get(imageId!) ?? 0) + 1);
    expect([...new Set(counts.values())]).toEqual([3]);
    // The next question comes after a day, and finds what HSS knows by now.
    emulator.faults.clear();
    clock.advance(24 * 60 * minute);
    await passUntil(clock, emulator, () => {
      const { known, total } = store.coverage().files;
      return known === counts.size && total === known;
    });
  });
});
