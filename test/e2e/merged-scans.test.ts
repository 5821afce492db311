import { describe, expect, it } from '@jest/globals';
import { dayMs, listsLifeMs, pathOf, secondMs, useMergedService } from '../support/images/merged-service.js';

describe('the merged answer', () => {
  const story = useMergedService();
  const { clock, get, fetched, refreshed, strike, callsOf, addImage } = story;

  describe('when HSS has not finished scanning', () => {
    it.each([
      ['unscan', 'not-scanned'],
      ['waiting_for_scan', 'waiting'],
      ['scanning', 'scanning'],
    ])('shows no content while the status is %s', async (scan_status, status) => {
      const row = addImage({ row: { scan_status, latest_scan_time: 0 } });
      // With an empty cache, the service asks for all parts. With a cached image, the service does not ask for content.
      for (const calls of [3, 0]) {
        story.emulator.journal.clear();
        const { image, baseOs, files, parts } = await fetched(pathOf(row));
        expect(image.scan).toMatchObject({ status, scannedAt: null });
        expect({ baseOs, files }).toEqual({ baseOs: null, files: null });
        expect(parts).toMatchObject({ baseOs: { status: 'pending' }, files: { status: 'pending' } });
        expect(story.emulator.journal.entries).toHaveLength(calls);
      }
    });

    it('shows no empty list to a request for the content alone', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      const { files, parts } = await fetched(pathOf(row, '&include=files'));
      expect(files).toBeNull();
      expect(parts).toMatchObject({ files: { status: 'pending' } });
      expect(parts).not.toHaveProperty('image');
    });

    it('shows no empty list when the status of the scan is unknown', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      strike({ kind: 'status', status: 500, api: 'ListRegistryImages' });
      const { status, body } = await get(pathOf(row, '&include=files'));
      expect([status, body.code]).toEqual([503, 'upstream-unavailable']);
    });

    it('hides content that HSS already shows', async () => {
      const row = addImage();
      expect((await fetched(pathOf(row))).files.items).toHaveLength(10);
      story.emulator.data.setScanStatus(row.image_digest, 'scanning');
      clock.advance(listsLifeMs + secondMs);
      const { files, parts } = await refreshed(pathOf(row));
      expect(files).toBeNull();
      expect(parts.files.status).toBe('pending');
    });

    it('shows the content at once after the scan to a request with max-age', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      expect((await fetched(pathOf(row))).parts.files.status).toBe('pending');
      story.emulator.data.setScanStatus(row.image_digest, 'success');
      clock.advance(31 * secondMs);
      expect((await fetched(pathOf(row))).parts.files.status).toBe('pending');
      const { files, parts } = await fetched(pathOf(row), { 'Cache-Control': 'max-age=1' });
      expect(parts.files.status).toBe('fresh');
      expect(files.items).toHaveLength(10);
    });
  });

  describe('when a scan failed', () => {
    it.each(['failed', 'download_failed', 'image_oversized'])(
      'shows no empty list for the status %s',
      async (scan_status) => {
        const row = addImage({ files: 3, row: { scan_status, scan_failed_code: 'unknown_error' } });
        const { image, parts } = await fetched(pathOf(row));
        expect(image.scan.failure).toEqual({ code: 'unknown_error', description: null });
        expect(parts).toMatchObject({ baseOs: { status: 'pending' }, files: { status: 'pending' } });
      },
    );

    it('shows the content of an earlier scan', async () => {
      const row = addImage();
      expect((await fetched(pathOf(row))).files.items).toHaveLength(10);
      story.emulator.data.setScanStatus(row.image_digest, 'failed');
      clock.advance(listsLifeMs + secondMs);
      const { image, files } = await refreshed(pathOf(row));
      expect(image.scan.status).toBe('failed');
      expect(files.items).toHaveLength(10);
    });
  });

  it('shows an empty list for a scanned image without base OS', async () => {
    const { baseOs, parts } = await fetched(pathOf(addImage({ baseOs: 0, files: 0 })));
    expect(baseOs).toEqual([]);
    expect(parts).toMatchObject({ baseOs: { status: 'fresh' }, files: { status: 'fresh' } });
  });

  describe('in the cache', () => {
    it('keeps the content of a scanned image for TTL_CONTENT, the image for TTL_LISTS', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      clock.advance(6 * dayMs);
      await refreshed(path);
      expect([
        callsOf('ListImageFiles'),
        callsOf('ListImageBasicImage'),
        callsOf('ListRegistryImages'),
      ]).toEqual([1, 1, 2]);
      clock.advance(dayMs + secondMs);
      await refreshed(path);
      expect([
        callsOf('ListImageFiles'),
        callsOf('ListImageBasicImage'),
        callsOf('ListRegistryImages'),
      ]).toEqual([2, 2, 3]);
    });

    it('reads empty content again after TTL_UNSETTLED when the scan is unknown', async () => {
      const row = addImage({ files: 0 });
      const path = pathOf(row).replace('?', '/files?');
      for (const [advance, calls] of [
        [0, 1],
        [29 * secondMs, 1],
        [2 * secondMs, 2],
      ] as const) {
        clock.advance(advance);
        await refreshed(path);
        expect(callsOf('ListImageFiles')).toBe(calls);
      }
      expect(callsOf('ListRegistryImages')).toBe(0);
    });

    it('reads content again after TTL_UNSETTLED while the scan runs', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      const body = '{"total_num":1,"data_list":[{"file_name":"so far"}]}';
      strike({ kind: 'raw', body, api: 'ListImageFiles' });
      await fetched(pathOf(row, '&include=image'));
      for (const calls of [1, 2]) {
        const page = await refreshed(pathOf(row).replace('?', '/files?'));
        expect(page.items).toMatchObject([{ name: 'so far' }]);
        expect(callsOf('ListImageFiles')).toBe(calls);
        clock.advance(31 * secondMs);
      }
    });

    it('keeps empty content for TTL_CONTENT when the scan is complete', async () => {
      const row = addImage({ files: 0 });
      await fetched(pathOf(row, '&include=image'));
      await fetched(pathOf(row, '&include=files'));
      clock.advance(dayMs);
      await fetched(pathOf(row, '&include=files'));
      expect(callsOf('ListImageFiles')).toBe(1);
    });

    it('tells the shortest life that is left and the age of the oldest part', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      expect((await get(`${path}&include=files`)).headers.get('cache-control')).toBe('private, max-age=60');
      clock.advance(45 * secondMs);
      const { headers } = await get(path);
      expect(headers.get('cache-control')).toBe('private, max-age=60');
      expect(headers.get('age')).toBe('45');
      expect(headers.get('cache-status')).toBe('hss-bff; hit; ttl=15');
    });

    it('has bytes that do not depend on the time', async () => {
      const path = pathOf(addImage());
      const first = await get(path);
      clock.advance(20 * secondMs);
      const again = await get(path);
      expect(again.text).toBe(first.text);
      // With If-None-Match alone, fetch would add no-cache.
      const headers = { 'If-None-Match': first.headers.get('etag') ?? '', 'Cache-Control': 'max-age=60' };
      expect((await get(path, headers)).status).toBe(304);
    });
  });
});
