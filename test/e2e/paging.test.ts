// Pages of the lists that the service reads from HSS in blocks: which rows they show and which calls they cost.
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestAnswer } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

/** Rows of the emulator, before the tests add one image. */
const registryRows = 449;
const localRows = 320;
/** The files of this image fill several blocks. */
const manyFiles = { digest: `sha256:${'f17e5'.padEnd(64, '0')}`, count: 433 };
const filesPath =
  `/v1/images/${encodeURIComponent(manyFiles.digest)}/files` +
  '?type=private_image&namespace=added&name=many-files&tag=v1';
const afterTheFreshLife = 61_000;

describe('a wrapped list', () => {
  const clock = TestClock.still();
  const paging = useEmulatedService({
    clock,
    emulator: { registryImages: registryRows, localImages: localRows },
  });

  beforeAll(() => {
    const { data } = paging.emulator;
    const files = Array.from({ length: manyFiles.count }, (_, number) => ({
      file_name: `file-${number}`,
      file_path: '/opt/',
      size: number,
    }));
    const { digest } = manyFiles;
    data.addRegistryImage({ image_name: 'many-files', image_digest: digest }, { at: 'last' });
    data.rescan(digest, clock.now(), { files });
  });

  beforeEach(async () => {
    // Each test begins with an empty cache and an empty journal.
    clock.advance(15 * 86_400_000);
    await paging.service.purge();
    await paging.emulator.journal.settled();
    paging.emulator.journal.clear();
  });

  const calls = () => paging.emulator.journal.entries.length;

  async function page(path: string): Promise<TestAnswer['body']> {
    const { status, body } = await paging.service.get(path);
    expect(status).toBe(200);
    return body;
  }

  /** Follows `next` to the end and returns the pages. */
  async function walk(path: string, between: () => void = () => undefined): Promise<TestAnswer['body'][]> {
    const pages = [];
    for (let next: string | null = path; next !== null;) {
      if (pages.length > 500) throw new Error('the walk does not end');
      const body = await page(next);
      pages.push(body);
      next = body.next as string | null;
      between();
    }
    return pages;
  }

  const rowsOf = (pages: TestAnswer['body'][]): TestAnswer['body'][] => pages.flatMap(({ items }) => items);

  describe('in a walk', () => {
    it.each([7, 10, 150, 199, 200])(
      'shows 450 registry images in pages of %d, each once, with three calls',
      async (limit) => {
        const pages = await walk(`/v1/registry-images?limit=${limit}`);
        const expected = paging.emulator.data.registryImages.map(({ row }) =>
          row.id == null ? null : String(row.id),
        );
        expect(rowsOf(pages).map(({ entryId }) => entryId)).toEqual(expected);
        expect(pages).toHaveLength(Math.ceil(expected.length / limit));
        expect(pages.map(({ offset }) => offset)).toEqual(pages.map((_, number) => number * limit));
        expect(pages.every(({ total }) => total === expected.length)).toBe(true);
        expect(paging.emulator.journal.entries.map(({ query }) => query['offset'])).toEqual([
          '0',
          '200',
          '400',
        ]);
      },
    );

    it.each([9, 200])('shows local images in pages of %d, although HSS sends ten or more', async (limit) => {
      const pages = await walk(`/v1/local-images?limit=${limit}`);
      expect(rowsOf(pages)).toHaveLength(localRows);
      expect(pages.every(({ items }) => items.length <= limit)).toBe(true);
      expect(paging.emulator.journal.entries.map(({ query }) => query['limit'])).toEqual(['200', '200']);
    });

    it.each([7, 200])('shows the files of an image in pages of %d', async (limit) => {
      const pages = await walk(`${filesPath}&limit=${limit}`);
      const names = rowsOf(pages).map(({ name }) => name as string);
      expect(names).toEqual(Array.from({ length: manyFiles.count }, (_, number) => `file-${number}`));
      expect(paging.emulator.journal.calls('ListImageFiles')).toHaveLength(3);
    });

    it.each([
      [0, 1],
      [1, 1],
      [199, 1],
      [200, 1],
      [201, 2],
      [400, 2],
    ])('has no superfluous page for %d rows', async (count, expectedCalls) => {
      for (let row = 0; row < count; row += 1)
        paging.emulator.data.addRegistryImage({ namespace: `just-${count}`, image_name: `image-${row}` });
      for (const limit of [200, 64]) {
        const pages = await walk(`/v1/registry-images?namespace=just-${count}&limit=${limit}`);
        expect(rowsOf(pages)).toHaveLength(count);
        expect(pages).toHaveLength(Math.max(1, Math.ceil(count / limit)));
        expect(pages.at(-1)).toMatchObject({ total: count, next: null });
      }
      expect(calls()).toBe(expectedCalls);
      paging.emulator.data.removeRegistryImages({ namespace: `just-${count}` });
    });

    it('carries its filters as they were given in next', async () => {
      const query =
        'limit=1&enterpriseProjectId=0&updatedAfter=2020-01-01T00:00:00Z&hasVulnerabilities=false';
      const { next } = await page(`/v1/registry-images?${query}`);
      const { pathname, searchParams } = new URL(next as string, paging.service.url);
      expect(pathname).toBe('/v1/registry-images');
      const { walk: mark, ...others } = Object.fromEntries(searchParams);
      expect(others).toEqual({
        limit: '1',
        offset: '1',
        enterpriseProjectId: '0',
        updatedAfter: '2020-01-01T00:00:00Z',
        hasVulnerabilities: 'false',
      });
      expect(mark).toBeDefined();
    });

    it('asks for each block once, with an end of its own, while minutes pass', async () => {
      const pages = await walk('/v1/local-images?limit=100&updatedAfter=2020-01-01T00:00:00Z', () =>
        clock.advance(90_000),
      );
      expect(rowsOf(pages)).toHaveLength(localRows);
      const ends = paging.emulator.journal.entries.map(({ query }) =>
        Number(query['end_latest_update_time']),
      );
      expect(ends).toHaveLength(2);
      expect(ends[1]).toBeGreaterThan(ends[0]!);
    });

    it('costs one call for each block, even when the blocks become stale', async () => {
      const pages = await walk('/v1/registry-images?limit=30', () => clock.advance(afterTheFreshLife));
      expect(rowsOf(pages)).toHaveLength(registryRows + 1);
      expect(paging.emulator.journal.entries.map(({ query }) => query['offset'])).toEqual([
        '0',
        '200',
        '400',
      ]);
    });

    it('does not use blocks that are older than its first page', async () => {
      await page('/v1/registry-images?limit=1&offset=200');
      clock.advance(afterTheFreshLife);
      const { next } = await page('/v1/registry-images?limit=200');
      await page(next as string);
      expect(paging.emulator.journal.entries.map(({ query }) => query['offset'])).toEqual([
        '200',
        '0',
        '200',
      ]);
    });

    it('refreshes stale blocks in the background when another walk begins', async () => {
      await walk('/v1/registry-images?limit=200');
      await walk('/v1/registry-images?limit=200');
      expect(calls()).toBe(3);
      clock.advance(afterTheFreshLife);
      const [stale] = await walk('/v1/registry-images?limit=200');
      expect(Date.parse(stale.fetchedAt as string)).toBeLessThan(clock.now() - afterTheFreshLife + 1);
      await until(() => calls() === 4);
      await paging.emulator.journal.settled();
      // The first block is newer than the other blocks now. The walk's mark refuses the older blocks.
      await until(async () =>
        (await walk('/v1/registry-images?limit=200')).every(
          ({ fetchedAt }) => Date.parse(fetchedAt as string) > clock.now() - afterTheFreshLife,
        ),
      );
      expect(calls()).toBe(6);
    });

    it('continues to an empty block when HSS does not tell the total', async () => {
      paging.emulator.faults.schedule({ kind: 'missing-total' });
      const pages = await walk('/v1/registry-images?limit=60');
      expect(rowsOf(pages)).toHaveLength(registryRows + 1);
      expect(pages.every(({ total }) => total === null)).toBe(true);
      expect(calls()).toBe(4);
    });

    it('reads one empty block after full blocks without a total', async () => {
      for (let row = 0; row < 400; row += 1) paging.emulator.data.addRegistryImage({ namespace: 'full' });
      paging.emulator.faults.schedule({ kind: 'missing-total' });
      const pages = await walk('/v1/registry-images?namespace=full&limit=200');
      expect(pages.map(({ items }) => items.length)).toEqual([200, 200, 0]);
      expect(calls()).toBe(3);
      paging.emulator.data.removeRegistryImages({ namespace: 'full' });
    });

    it.each([
      ['an empty list', '[]', 0],
      ['a few rows', '[{"os_name":"a"},{"os_name":"b"},{"os_name":"c"}]', 3],
    ])('ends after %s, although the total is larger', async (_, list, count) => {
      const body = `{"total_num":1000000,"data_list":${list}}`;
      paging.emulator.faults.schedule({ kind: 'raw', body, times: 1 });
      paging.emulator.faults.schedule({ kind: 'raw', body: '{"total_num":1000000,"data_list":[]}' });
      const pages = await walk('/v1/registry-images?limit=200');
      expect(rowsOf(pages)).toHaveLength(count);
      expect(calls()).toBeLessThanOrEqual(2);
    });

    it('shows the rows of HSS even when the total is 0', async () => {
      const rows = Array.from({ length: 25 }, (_, number) => `{"id":${number}}`).join(',');
      paging.emulator.faults.schedule({ kind: 'raw', body: `{"total_num":0,"data_list":[${rows}]}` });
      const pages = await walk('/v1/registry-images?limit=10');
      expect(rowsOf(pages)).toHaveLength(25);
      expect(calls()).toBe(1);
    });
  });

  describe('in single pages', () => {
    it('shares the calls of equal and overlapping pages', async () => {
      for (const [offset, limit] of [
        [0, 10],
        [0, 10],
        [5, 10],
        [0, 200],
        [13, 187],
        [199, 1],
      ])
        await page(`/v1/registry-images?offset=${offset}&limit=${limit}`);
      expect(calls()).toBe(1);
      const { items } = await page('/v1/registry-images?offset=150&limit=200');
      expect(items).toHaveLength(200);
      expect(calls()).toBe(2);
    });

    it('can show one row, although HSS sends ten or more', async () => {
      for (const path of ['/v1/local-images?', `${filesPath}&`])
        expect((await page(`${path}limit=1&offset=3`)).items).toHaveLength(1);
    });

    it('shares one call between many parallel requests', async () => {
      const offsets = Array.from({ length: 50 }, (_, number) => number * 3);
      await Promise.all(offsets.map((offset) => page(`/v1/registry-images?offset=${offset}&limit=40`)));
      expect(calls()).toBe(1);
    });

    it('costs no call past the end of a list of known length', async () => {
      await page('/v1/registry-images');
      const { items, total, next } = await page('/v1/registry-images?offset=600&limit=200');
      expect({ items, total, next }).toEqual({ items: [], total: registryRows + 1, next: null });
      await page('/v1/registry-images?offset=2000000&limit=200');
      expect(calls()).toBe(1);
    });

    it('costs a call past the end when the blocks are stale', async () => {
      await page('/v1/registry-images');
      clock.advance(afterTheFreshLife);
      await page('/v1/registry-images?offset=600');
      expect(calls()).toBe(2);
    });

    it.each([
      ['1999999', 200],
      ['2000000', 200],
      ['2000000', 1],
    ])('reaches offset %s', async (offset, limit) => {
      const { items, next } = await page(`/v1/local-images?offset=${offset}&limit=${limit}`);
      expect({ items, next }).toEqual({ items: [], next: null });
      expect(Number(paging.emulator.journal.entries[0]?.query['offset'])).toBeLessThanOrEqual(2_000_000);
      expect(calls()).toBe(1);
    });

    it('has no next page when the next offset would be out of bounds', async () => {
      const rows = Array.from({ length: 200 }, (_, number) => `{"id":${number}}`).join(',');
      paging.emulator.faults.schedule({ kind: 'raw', body: `{"total_num":3000000,"data_list":[${rows}]}` });
      const { items, next } = await page('/v1/registry-images?offset=1999999&limit=2');
      expect(items).toHaveLength(2);
      expect(next).toBeNull();
      const last = await page('/v1/registry-images?offset=1999998&limit=2');
      expect(last.next).toContain('offset=2000000');
    });

    it.each(['limit=0', 'limit=201', 'limit=1.5', 'offset=-1', 'offset=2000001', 'walk=!', 'limit='])(
      'refuses %s without a call',
      async (query) => {
        const field = query.split('=')[0];
        for (const path of ['/v1/registry-images?', '/v1/local-images?', `${filesPath}&`]) {
          const { status, body } = await paging.service.get(path + query);
          expect(status).toBe(400);
          expect(body).toMatchObject({ code: 'invalid-request', errors: [{ field }] });
        }
        expect(calls()).toBe(0);
      },
    );

    it('tells when the oldest of its blocks was fetched', async () => {
      await page('/v1/registry-images');
      clock.advance(30_000);
      const answer = await paging.service.get('/v1/registry-images?offset=150&limit=100');
      expect(answer.headers.get('age')).toBe('30');
      expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
      expect(Date.parse(answer.body.fetchedAt as string)).toBeLessThanOrEqual(clock.now() - 30_000);
    });
  });
});
