// HSS, or something before HSS, gives fewer rows a call than asked. Nothing that the service reads may end early.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../emulator/emulator.js';
import { isComplete } from '../../src/catalog/model/sync-state.js';
import { useCleanUp } from '../support/clean-up.js';
import { startInstance } from '../support/catalog/instance.js';
import { passUntil } from '../support/catalog/passing.js';
import { differences, shapeOf, truth } from '../support/catalog/truth.js';
import type { TestAnswer } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

type Body = TestAnswer['body'];

describe('a wrapped list in pages shorter than asked', () => {
  const clock = TestClock.still();
  const story = useEmulatedService({ clock, emulator: { registryImages: 450, localImages: 320 } });
  const manyFiles = `sha256:${'f17e5'.padEnd(64, '0')}`;
  const filesPath =
    `/v1/images/${encodeURIComponent(manyFiles)}/files` +
    '?type=private_image&namespace=added&name=many-files&tag=v1';

  beforeAll(() => {
    const { data } = story.emulator;
    data.addLocalImage({ image_name: 'many-files', image_digest: manyFiles });
    data.addRegistryImage(
      { image_name: 'many-files', image_digest: manyFiles },
      { enterpriseProjectId: '0' },
    );
    const files = Array.from({ length: 433 }, (_, number) => ({ file_name: `file-${number}`, size: number }));
    data.changeContent(manyFiles, { files });
  });

  beforeEach(async () => {
    clock.advance(15 * 86_400_000);
    await story.service.purge();
    story.emulator.journal.clear();
  });

  const offsets = () => story.emulator.journal.entries.map(({ query }) => Number(query['offset']));
  const shorten = (maxRows: number, totalNum?: number | null) =>
    story.emulator.faults.schedule({
      kind: 'short-page',
      maxRows,
      ...(totalNum !== undefined && { totalNum }),
    });

  async function walk(path: string): Promise<Body[]> {
    const pages: Body[] = [];
    for (let next: string | null = path; next !== null;) {
      if (pages.length > 500) throw new Error('the walk does not end');
      const { status, body } = await story.service.get(next);
      expect(status).toBe(200);
      pages.push(body);
      next = body.next as string | null;
    }
    return pages;
  }

  const rowsOf = (pages: readonly Body[]): Body[] => pages.flatMap(({ items }) => items as Body[]);
  const expectedIds = () => story.emulator.data.registryImages.map(({ row }) => String(row.id));
  const idsOf = (pages: readonly Body[]) => rowsOf(pages).map(({ entryId }) => String(entryId));

  it.each([
    [7, 100],
    [100, 100],
    [150, 100],
    [200, 100],
    [200, 64],
    [30, 150],
    [200, 150],
  ])('shows every row once in pages of %d, from calls of %d rows', async (limit, maxRows) => {
    shorten(maxRows);
    const pages = await walk(`/v1/registry-images?limit=${limit}`);
    expect(idsOf(pages)).toEqual(expectedIds());
    expect(pages.slice(0, -1).every(({ items }) => items.length === limit)).toBe(true);
    expect(pages.every(({ total }) => total === 451)).toBe(true);
    // Each block is in the cache: no row is asked for twice by equal calls.
    expect(offsets()).toHaveLength(new Set(offsets()).size);
  });

  it('costs one call for each hundred rows where HSS gives a hundred', async () => {
    shorten(100);
    await walk('/v1/registry-images?limit=200');
    await walk('/v1/registry-images?limit=10');
    expect(offsets()).toEqual([0, 100, 200, 300, 400]);
  });

  it('costs no more calls than blocks where HSS gives full pages', async () => {
    await walk('/v1/registry-images?limit=200');
    expect(offsets()).toEqual([0, 200, 400]);
  });

  it('asks for no more of a short block than a page shows', async () => {
    shorten(100);
    const { body } = await story.service.get('/v1/registry-images?limit=100');
    expect([body.items.length, offsets()]).toEqual([100, [0]]);
    expect(String(body.next)).toContain('offset=100');
    const { body: middle } = await story.service.get('/v1/registry-images?limit=20&offset=90');
    expect([middle.items.length, offsets()]).toEqual([20, [0, 100]]);
  });

  it('goes on after one short page among full ones', async () => {
    story.emulator.faults.schedule({ kind: 'short-page', maxRows: 37, skip: 1, times: 1 });
    expect(idsOf(await walk('/v1/registry-images?limit=200'))).toEqual(expectedIds());
    expect(offsets()).toEqual([0, 200, 237, 400]);
  });

  it.each([9, 200])('shows all local images and all files in pages of %d', async (limit) => {
    shorten(100);
    const local = await walk(`/v1/local-images?limit=${limit}`);
    expect(rowsOf(local)).toHaveLength(321);
    const files = await walk(`${filesPath}&limit=${limit}`);
    const expected = Array.from({ length: 433 }, (_, number) => `file-${number}`);
    expect(rowsOf(files).map(({ name }) => name as string)).toEqual(expected);
  });

  it('ends at an empty page when the total is too high', async () => {
    shorten(100, 100_000);
    const pages = await walk('/v1/registry-images?limit=200');
    expect(idsOf(pages)).toEqual(expectedIds());
    expect(offsets()).toEqual([0, 100, 200, 300, 400, 451]);
  });

  it('goes on to an empty page when the total is missing', async () => {
    shorten(100, null);
    const pages = await walk('/v1/registry-images?limit=200');
    expect(idsOf(pages)).toEqual(expectedIds());
    expect(pages.at(-1)).toMatchObject({ items: [], next: null });
  });

  it('answers an error when the rest of a block cannot be read', async () => {
    story.emulator.faults.schedule({ kind: 'short-page', maxRows: 100, times: 1 });
    story.emulator.faults.schedule({ kind: 'status', status: 500 });
    const { status, body } = await story.service.get('/v1/registry-images?limit=200');
    expect([status, body.code]).toEqual([503, 'upstream-unavailable']);
  });
});

describe('the catalog in pages shorter than asked', () => {
  const closeLater = useCleanUp();
  const clock = new TestClock();

  const startFilled = async (maxRows: number, totalNum?: number | null) => {
    const emulator = closeLater(await startEmulator({ clock, rate: 'off' }), (each) => each.close());
    const fault = { kind: 'short-page', maxRows, ...(totalNum !== undefined && { totalNum }) } as const;
    for (const api of ['ListRegistryImages', 'ListImageLocal'] as const)
      emulator.faults.schedule({ api, ...fault });
    const rate = { limit: 10, windowMs: 60_000 };
    const instance = closeLater(await startInstance({ emulator, clock, rate }), (each) => each.close());
    await passUntil(clock, emulator, () => isComplete(instance.store.sync));
    return { emulator, ...instance };
  };
  const walked = (offset: string | undefined) => Number(offset);

  it('has all rows when it says that it is complete', async () => {
    const { emulator, store, sync } = await startFilled(100);
    expect(differences(await shapeOf(store), truth(emulator))).toEqual([]);
    const { registry, local } = sync.status();
    expect([registry.rows, local.rows]).toEqual([450, 320]);
    const asked = emulator.journal.calls('ListRegistryImages').map(({ query }) => walked(query['offset']));
    expect(asked).toEqual([0, 100, 200, 300, 400]);
  });

  it('has all rows when no page tells the total', async () => {
    const { emulator, store } = await startFilled(100, null);
    expect(differences(await shapeOf(store), truth(emulator))).toEqual([]);
  });

  it('ends its walk although the total is too high', async () => {
    const { emulator, store } = await startFilled(100, 500);
    expect(differences(await shapeOf(store), truth(emulator))).toEqual([]);
  });
});

describe('hosts of an image in pages shorter than asked', () => {
  const story = useEmulatedService({ emulator: { registryImages: 1, localImages: 1 } });
  const digest = `sha256:${'ab'.repeat(32)}`;

  afterEach(() => story.emulator.faults.clear());

  it('are all found', async () => {
    const { data } = story.emulator;
    data.addRegistryImage({ image_name: 'wide', image_digest: digest });
    for (let number = 0; number < 30; number += 1)
      data.addLocalImage({ image_name: 'wide', image_digest: digest });
    story.emulator.faults.schedule({ api: 'ListImageLocal', kind: 'short-page', maxRows: 10 });
    const coordinates = 'type=private_image&namespace=added&name=wide&tag=v1';
    const { body } = await story.service.get(
      `/v1/images/${encodeURIComponent(digest)}?${coordinates}&include=hosts`,
    );
    expect(body.hosts.items).toHaveLength(30);
    const asked = story.emulator.journal.calls('ListImageLocal').map(({ query }) => query['offset']);
    expect(asked).toEqual(['0', '10', '20']);
  });
});
