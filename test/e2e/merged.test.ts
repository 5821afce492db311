import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryImageRow } from '../../emulator/data/rows.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Fault } from '../../emulator/traffic/faults.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const second = 1_000;
const day = 86_400_000;
const listsLife = 60 * second;
const strict = { Prefer: 'handling=strict' };

/** Still: what is kept for half a minute is kept for that, however slow the machine. */
const clock = TestClock.still();
let emulator: Emulator;
let service: TestService;

beforeAll(async () => {
  emulator = await startEmulator({ rate: 'off', clock });
});

/** Pauses and breakers outlive the faults that caused them. */
let isSpoiled = true;

function strike(fault: Fault): void {
  isSpoiled = true;
  emulator.faults.schedule(fault);
}

beforeEach(async () => {
  if (isSpoiled) {
    await (service as TestService | undefined)?.close();
    service = await startService({ emulator, clock, env: { HSS_TIMEOUT: '5s' } });
    isSpoiled = false;
  } else await service.purge();
  // A credential that was never accepted goes out one call at a time; then nothing is known of any image.
  await service.get('/v1/registry-images');
  emulator.journal.clear();
});

afterEach(() => {
  emulator.faults.clear();
  emulator.setLatency(0);
});

afterAll(() => Promise.all([service.close(), emulator.close()]));

const callsOf = (api: Parameters<Emulator['journal']['calls']>[0]) => emulator.journal.calls(api).length;

function pathOf(row: RegistryImageRow, query = '', imageId = row.image_digest ?? ''): string {
  const coordinates = new URLSearchParams({
    type: row.image_type ?? '',
    namespace: row.namespace ?? '',
    name: row.image_name ?? '',
    tag: row.image_version ?? '',
  });
  return `/v1/images/${encodeURIComponent(imageId)}?${coordinates.toString()}${query}`;
}

interface Given {
  files?: number;
  baseOs?: number;
  row?: RegistryImageRow;
}

let added = 0;

/** A new image that no other test has asked for. */
function addImage({ files = 30, baseOs = 1, row = {} }: Given = {}): RegistryImageRow & {
  image_digest: string;
} {
  const image_digest = `sha256:${String((added += 1)).padStart(64, 'a')}`;
  // Before there is a row, so that only the content is changed.
  emulator.data.rescan(image_digest, 0, {
    files: Array.from({ length: files }, (_, size) => ({ file_name: `f${size}`, file_path: '/bin/', size })),
    basicImages: Array.from({ length: baseOs }, () => ({ os_name: 'Debian', os_version: '12' })),
  });
  return { ...emulator.data.addRegistryImage({ image_digest, ...row }).row, image_digest };
}

async function fetched(path: string, headers?: Record<string, string>): Promise<TestAnswer['body']> {
  const { status, body } = await service.get(path, headers);
  expect({ status, code: body.code }).toEqual({ status: 200, code: undefined });
  return body;
}

/** Past a fresh life: the first answer is stale and sets off the refresh, this is the one after it. */
async function refreshed(path: string): Promise<TestAnswer['body']> {
  await until(async () => /ttl=\d/.test((await service.get(path)).headers.get('cache-status') ?? ''));
  return fetched(path);
}

describe('the merged answer', () => {
  describe('with include', () => {
    it.each([
      ['', ['image', 'baseOs', 'files']],
      ['&include=image', ['image']],
      ['&include=baseOs', ['baseOs']],
      ['&include=files', ['files']],
      ['&include=hosts', ['hosts']],
      ['&include=files,image', ['image', 'files']],
      ['&include=hosts,files,baseOs,image', ['image', 'baseOs', 'files', 'hosts']],
    ])('%s shows these parts and asks for no others', async (include, parts) => {
      const body = await fetched(pathOf(addImage(), include));
      expect(Object.keys(body)).toEqual([...parts, 'parts']);
      expect(Object.keys(body.parts)).toEqual(parts);
      expect(emulator.journal.entries).toHaveLength(parts.length);
    });

    it.each(['', 'nothing', 'image,', 'image,image', 'image files'])(
      '%j is refused without a call',
      async (include) => {
        const { status, body } = await service.get(pathOf(addImage(), `&include=${include}`));
        expect(status).toBe(400);
        expect(body.errors).toMatchObject([{ field: 'include' }]);
        expect(emulator.journal.entries).toEqual([]);
      },
    );

    it('needs the coordinates whatever it says', async () => {
      const { status, body } = await service.get('/v1/images/abc?include=image&type=harbor&name=x');
      expect(status).toBe(400);
      expect(body.code).toBe('image-coordinates-required');
      expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(['namespace', 'tag']);
      expect(emulator.journal.entries).toEqual([]);
    });
  });

  it('asks for all its parts side by side', async () => {
    emulator.setLatency(1_000);
    await fetched(pathOf(addImage(), '&include=image,baseOs,files,hosts'));
    const { entries } = emulator.journal;
    expect(entries).toHaveLength(4);
    const lastArrival = Math.max(...entries.map(({ arrivedAtMs }) => arrivedAtMs));
    const firstEnd = Math.min(...entries.map(({ finishedAtMs }) => finishedAtMs ?? 0));
    expect(lastArrival).toBeLessThan(firstEnd);
  });

  describe('when an image is in the registry', () => {
    it('knows it by id and by digest, with and without the algorithm', async () => {
      const row = addImage({ row: { image_id: 'an id of HSS' } });
      const bare = row.image_digest.replace('sha256:', '');
      for (const id of [row.image_digest, bare, 'an id of HSS']) {
        const { image, parts } = await fetched(pathOf(row, '&include=image', id));
        expect(image).toMatchObject({ imageId: 'an id of HSS', digest: row.image_digest });
        expect(parts.image.status).toBe('fresh');
      }
      expect(emulator.journal.entries).toHaveLength(1);
    });

    it('sends the id upstream as it was given', async () => {
      const row = addImage();
      await fetched(pathOf(row, '&include=baseOs'));
      await fetched(pathOf(row, '&include=baseOs', row.image_digest.replace('sha256:', '')));
      expect(emulator.journal.entries.map(({ imageId }) => imageId)).toEqual([
        row.image_digest,
        row.image_digest.replace('sha256:', ''),
      ]);
    });

    it('is one image with several entries when rows have one digest', async () => {
      const first = addImage({
        row: { image_name: 'twice', image_id: 'first', latest_scan_time: 1_700_000_000_000 },
      });
      emulator.data.addRegistryImage({
        ...first,
        id: 42,
        image_id: 'second',
        registry_name: 'elsewhere',
        latest_scan_time: 1_800_000_000_000,
        severity_level: 'High',
      });
      for (const [id, severity] of [
        [first.image_digest, 'high'],
        ['first', 'low'],
        ['second', 'high'],
      ] as const) {
        const { image } = await fetched(pathOf(first, '&include=image', id));
        expect(image.severity).toBe(severity);
        expect(image.entries).toHaveLength(2);
        expect(image.entries[1]).toMatchObject({ entryId: '42', registryName: 'elsewhere', name: 'twice' });
      }
    });

    it('finds one architecture of a multi-architecture image', async () => {
      const digest = `sha256:${'c4'.repeat(32)}`;
      const row = addImage({
        row: {
          is_multiple_arch: true,
          association_images: [
            { id: 77, image_digest: digest, image_id: digest.slice(7), scan_status: 'unscan' },
          ],
        },
      });
      const { image, files, parts } = await fetched(pathOf(row, '', digest));
      expect(image).toMatchObject({ digest, name: row.image_name, scan: { status: 'not-scanned' } });
      expect(image.entries).toMatchObject([{ entryId: '77', tag: 'v1' }]);
      expect(files).toBeNull();
      expect(parts.files.status).toBe('pending');
    });
  });

  describe('when the image is not known', () => {
    const unknown = { image_digest: `sha256:${'0'.repeat(64)}` };

    it('is a 404 when every part is absent', async () => {
      const { status, body } = await service.get(pathOf({ ...addImage(), ...unknown }));
      expect(status).toBe(404);
      expect(body.code).toBe('not-found');
    });

    it('shows what there is when one part is absent', async () => {
      const row = addImage();
      emulator.data.removeRegistryImages({ image_digest: row.image_digest });
      strike({
        kind: 'raw',
        api: 'ListImageFiles',
        body: '{"total_num":1,"data_list":[{"file_name":"left"}]}',
      });
      const { image, baseOs, files, parts } = await fetched(pathOf(row));
      expect({ image, baseOs }).toEqual({ image: null, baseOs: null });
      expect(files.items).toHaveLength(1);
      expect(parts).toMatchObject({
        image: { status: 'absent' },
        baseOs: { status: 'absent' },
        files: { status: 'fresh' },
      });
    });

    it('asks again after TTL_ABSENT and not before', async () => {
      const path = pathOf({ ...addImage(), ...unknown, image_name: 'never heard of' });
      for (const [advance, calls] of [
        [0, 1],
        [59 * second, 1],
        [2 * second, 2],
      ] as const) {
        clock.advance(advance);
        expect((await service.get(path)).status).toBe(404);
        expect(callsOf('ListImageFiles')).toBe(calls);
        expect(callsOf('ListImageBasicImage')).toBe(calls);
      }
    });

    it('takes an error as an error, not as an image that was absent', async () => {
      const path = pathOf({ ...addImage(), ...unknown, image_name: 'was absent' });
      expect((await service.get(path)).status).toBe(404);
      clock.advance(61 * second);
      strike({ kind: 'status', status: 500 });
      expect((await service.get(path)).body.code).toBe('upstream-unavailable');
    });
  });

  describe('when HSS has not finished scanning', () => {
    it.each([
      ['unscan', 'not-scanned'],
      ['waiting_for_scan', 'waiting'],
      ['scanning', 'scanning'],
    ])('%s, shows no content', async (scan_status, status) => {
      const row = addImage({ row: { scan_status, latest_scan_time: 0 } });
      // Cold, all parts are asked side by side; warm, the content is not asked for at all.
      for (const calls of [3, 0]) {
        emulator.journal.clear();
        const { image, baseOs, files, parts } = await fetched(pathOf(row));
        expect(image.scan).toMatchObject({ status, scannedAt: null });
        expect({ baseOs, files }).toEqual({ baseOs: null, files: null });
        expect(parts).toMatchObject({ baseOs: { status: 'pending' }, files: { status: 'pending' } });
        expect(emulator.journal.entries).toHaveLength(calls);
      }
    });

    it('shows no empty list when only the content is asked for', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      const { files, parts } = await fetched(pathOf(row, '&include=files'));
      expect(files).toBeNull();
      expect(parts).toMatchObject({ files: { status: 'pending' } });
      expect(parts).not.toHaveProperty('image');
    });

    it('shows no empty list when it cannot be learned how the scan stands', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      strike({ kind: 'status', status: 500, api: 'ListRegistryImages' });
      const { status, body } = await service.get(pathOf(row, '&include=files'));
      expect([status, body.code]).toEqual([503, 'upstream-unavailable']);
    });

    it('hides content that HSS shows already', async () => {
      const row = addImage();
      expect((await fetched(pathOf(row))).files.items).toHaveLength(10);
      emulator.data.setScanStatus(row.image_digest, 'scanning');
      clock.advance(listsLife + second);
      const { files, parts } = await refreshed(pathOf(row));
      expect(files).toBeNull();
      expect(parts.files.status).toBe('pending');
    });

    it('looks at the content again when the scan is through, at once for who wants no cache', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      expect((await fetched(pathOf(row))).parts.files.status).toBe('pending');
      emulator.data.setScanStatus(row.image_digest, 'success');
      clock.advance(31 * second);
      expect((await fetched(pathOf(row))).parts.files.status).toBe('pending');
      const { files, parts } = await fetched(pathOf(row), { 'Cache-Control': 'no-cache' });
      expect(parts.files.status).toBe('fresh');
      expect(files.items).toHaveLength(10);
    });
  });

  describe('when a scan failed', () => {
    it.each(['failed', 'download_failed', 'image_oversized'])(
      '%s, shows no empty list',
      async (scan_status) => {
        const row = addImage({ files: 3, row: { scan_status, scan_failed_code: 'unknown_error' } });
        const { image, parts } = await fetched(pathOf(row));
        expect(image.scan.failure).toEqual({ code: 'unknown_error', description: null });
        expect(parts).toMatchObject({ baseOs: { status: 'pending' }, files: { status: 'pending' } });
      },
    );

    it('shows content that there is', async () => {
      const row = addImage();
      expect((await fetched(pathOf(row))).files.items).toHaveLength(10);
      emulator.data.setScanStatus(row.image_digest, 'failed');
      clock.advance(listsLife + second);
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

  describe('when HSS fails in part', () => {
    // The calls of the tests before count, once HSS has said that it allows less than is configured.
    beforeAll(() => {
      isSpoiled = true;
    });

    it.each([
      ['image', 'ListRegistryImages'],
      ['baseOs', 'ListImageBasicImage'],
      ['files', 'ListImageFiles'],
      ['hosts', 'ListImageLocal'],
    ] as const)('names the failed %s and shows the others', async (name, api) => {
      const path = pathOf(addImage(), '&include=image,baseOs,files,hosts');
      strike({ kind: 'throttle', api, retryAfter: '40' });
      const { body, headers } = await service.get(path);
      const { [name]: failed, ...others } = body.parts;
      expect(body[name]).toBeNull();
      expect(failed).toEqual({
        status: 'failed',
        error: { code: 'upstream-throttled', retryAt: expect.any(String) },
      });
      expect(Math.abs(Date.parse(failed.error.retryAt as string) - clock.now() - 40 * second)).toBeLessThan(
        3_000,
      );
      expect(Object.values(others)).toMatchObject([
        { status: 'fresh' },
        { status: 'fresh' },
        { status: 'fresh' },
      ]);
      // What failed may work at any moment.
      expect(headers.get('cache-control')).toBe('private, max-age=0');
      emulator.faults.clear();
      // Until then HSS is left alone.
      expect((await fetched(path)).parts[name]).toMatchObject({ error: { code: 'upstream-throttled' } });
      expect(callsOf(api)).toBe(1);
      clock.advance(40 * second);
      expect((await fetched(path)).parts[name].status).toBe('fresh');
      expect(callsOf(api)).toBe(2);
    });

    const failures: Record<string, Fault> = {
      'upstream-unauthorized': { kind: 'status', status: 403, code: 'APIGW.0302' },
      'upstream-unsupported': { kind: 'status', status: 404, code: 'APIGW.0101' },
      'upstream-invalid-response': { kind: 'garbage' },
      'upstream-throttled': { kind: 'throttle', retryAfter: '7' },
      'upstream-unavailable': { kind: 'status', status: 500 },
    };
    const order = Object.keys(failures);

    it.each(order.slice(1).map((code, index) => [order[index] as string, code]))(
      'says %s rather than %s when nothing is usable',
      async (first, second) => {
        strike({ ...failures[second]!, api: 'ListImageBasicImage' });
        strike({ ...failures[first]!, api: 'ListImageFiles' });
        const { status, body } = await service.get(pathOf(addImage(), '&include=baseOs,files'));
        expect(body.code).toBe(first);
        expect(status).toBe(body.status);
      },
    );

    it('says that the time is over when nothing else is known', async () => {
      strike({ kind: 'hang' });
      const answer = service.get(pathOf(addImage(), '&include=baseOs,files'), { Prefer: 'wait=2' });
      await emulator.journal.arrivals(2);
      clock.advance(3 * second);
      const { status, body } = await answer;
      expect([status, body.code]).toEqual([504, 'deadline-exceeded']);
    });

    it('is not a 404 when one part is absent and the other failed', async () => {
      strike({ kind: 'status', status: 400, code: 'HSS.0011', api: 'ListImageBasicImage' });
      strike({ kind: 'status', status: 500, api: 'ListImageFiles' });
      const { status, body } = await service.get(pathOf(addImage(), '&include=baseOs,files'));
      expect([status, body.code]).toEqual([503, 'upstream-unavailable']);
    });

    it('says to come back when the last of the failed parts may work', async () => {
      strike({ kind: 'throttle', retryAfter: '20', api: 'ListImageBasicImage' });
      strike({ kind: 'throttle', retryAfter: '90', api: 'ListImageFiles' });
      const { status, headers } = await service.get(pathOf(addImage(), '&include=baseOs,files'));
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(89);
    });
  });

  describe('when HSS fails after the fresh life', () => {
    it('shows the stale part with the reason, and how old the oldest is', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      clock.advance(listsLife + 40 * second);
      strike({ kind: 'throttle', retryAfter: '9', api: 'ListRegistryImages' });
      const atOnce = await fetched(path);
      expect(atOnce.parts).toMatchObject({ image: { status: 'stale' }, files: { status: 'fresh' } });
      await until(async () => (await fetched(path)).parts.image.error);
      const { headers, body } = await service.get(path);
      expect(body.parts).toMatchObject({
        image: { status: 'stale', error: { code: 'upstream-throttled', retryAt: expect.any(String) } },
        baseOs: { status: 'fresh' },
        files: { status: 'fresh' },
      });
      expect(body.image.severity).toBe('low');
      expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(100);
      expect(headers.get('cache-control')).toBe('private, max-age=60');
    });

    it('shows nothing that is older than STALE_IF_ERROR', async () => {
      const path = pathOf(addImage(), '&include=image');
      await fetched(path);
      clock.advance(7 * day + listsLife + second);
      strike({ kind: 'status', status: 500 });
      expect((await service.get(path)).body.code).toBe('upstream-unavailable');
    });
  });

  describe('with Prefer: handling=strict', () => {
    it('is the same answer when all is fresh, and says so', async () => {
      const { status, headers, body } = await service.get(pathOf(addImage()), strict);
      expect(status).toBe(200);
      expect(headers.get('preference-applied')).toBe('handling=strict');
      expect(body.files.total).toBe(30);
    });

    it.each(['', '&include=files', '&include=baseOs'])(
      'is a 409 for an image that is not scanned (%s)',
      async (include) => {
        const row = addImage({ row: { scan_status: 'unscan' } });
        const { status, body } = await service.get(pathOf(row, include), strict);
        expect([status, body.code]).toEqual([409, 'image-not-scanned']);
      },
    );

    it('is the error of the part that failed', async () => {
      strike({ kind: 'throttle', api: 'ListImageFiles' });
      const { status, headers, body } = await service.get(pathOf(addImage()), strict);
      expect([status, body.code]).toEqual([503, 'upstream-throttled']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    });

    it('is the error for which a part is stale', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      clock.advance(listsLife + second);
      strike({ kind: 'garbage', api: 'ListRegistryImages' });
      expect((await fetched(path)).parts.image.status).toBe('stale');
      const { status, body } = await service.get(path, strict);
      expect([status, body.code]).toEqual([502, 'upstream-invalid-response']);
    });

    it('takes an absent part as it is', async () => {
      const row = addImage({ row: { image_type: 'jfrog' } });
      const { status, body } = await service.get(pathOf(row), strict);
      expect(status).toBe(200);
      expect(body.parts).toMatchObject({ image: { status: 'fresh' }, files: { status: 'absent' } });
    });
  });

  describe('with files', () => {
    it('has a link to the next page that works', async () => {
      const row = addImage({ files: 25 });
      const { files } = await fetched(pathOf(row, '&fileLimit=10'));
      expect(files.items).toHaveLength(10);
      expect(files.total).toBe(25);
      const seen = [...files.items];
      for (let { next } = files; next !== null;) {
        const page = await fetched(next as string);
        seen.push(...page.items);
        next = page.next;
      }
      expect(seen.map(({ name }) => name)).toEqual(Array.from({ length: 25 }, (_, size) => `f${size}`));
      expect(callsOf('ListImageFiles')).toBe(1);
    });

    it('keeps the filter in that link', async () => {
      const { files } = await fetched(pathOf(addImage({ files: 40 }), '&fileName=f3&fileLimit=5'));
      expect(files.items.map(({ name }: { name: string }) => name)).toEqual([
        'f3',
        'f30',
        'f31',
        'f32',
        'f33',
      ]);
      const page = await fetched(files.next as string);
      expect(page).toMatchObject({ total: 11, limit: 5, offset: 5 });
      expect(page.items[0].name).toBe('f34');
    });

    it('has no link where there is no further page', async () => {
      const { files } = await fetched(pathOf(addImage({ files: 200 }), '&fileLimit=200'));
      expect(files.items).toHaveLength(200);
      expect(files.next).toBeNull();
    });
  });

  describe('in the cache', () => {
    it('keeps the content of a scanned image for TTL_CONTENT, and the image for TTL_LISTS', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      clock.advance(6 * day);
      await refreshed(path);
      expect([
        callsOf('ListImageFiles'),
        callsOf('ListImageBasicImage'),
        callsOf('ListRegistryImages'),
      ]).toEqual([1, 1, 2]);
      clock.advance(day + second);
      await refreshed(path);
      expect([
        callsOf('ListImageFiles'),
        callsOf('ListImageBasicImage'),
        callsOf('ListRegistryImages'),
      ]).toEqual([2, 2, 3]);
    });

    it('asks again for empty content after TTL_UNSETTLED where the scan is not known', async () => {
      const row = addImage({ files: 0 });
      const path = pathOf(row).replace('?', '/files?');
      for (const [advance, calls] of [
        [0, 1],
        [29 * second, 1],
        [2 * second, 2],
      ] as const) {
        clock.advance(advance);
        await refreshed(path);
        expect(callsOf('ListImageFiles')).toBe(calls);
      }
      expect(callsOf('ListRegistryImages')).toBe(0);
    });

    it('asks again for content after TTL_UNSETTLED where the scan is known to be under way', async () => {
      const row = addImage({ row: { scan_status: 'scanning' } });
      const body = '{"total_num":1,"data_list":[{"file_name":"so far"}]}';
      strike({ kind: 'raw', body, api: 'ListImageFiles' });
      await fetched(pathOf(row, '&include=image'));
      for (const calls of [1, 2]) {
        const page = await refreshed(pathOf(row).replace('?', '/files?'));
        expect(page.items).toMatchObject([{ name: 'so far' }]);
        expect(callsOf('ListImageFiles')).toBe(calls);
        clock.advance(31 * second);
      }
    });

    it('keeps empty content for TTL_CONTENT where the scan is known to be complete', async () => {
      const row = addImage({ files: 0 });
      await fetched(pathOf(row, '&include=image'));
      await fetched(pathOf(row, '&include=files'));
      clock.advance(day);
      await fetched(pathOf(row, '&include=files'));
      expect(callsOf('ListImageFiles')).toBe(1);
    });

    it('says the least of the fresh lives and the age of the oldest part', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      expect((await service.get(`${path}&include=files`)).headers.get('cache-control')).toBe(
        'private, max-age=604800',
      );
      clock.advance(45 * second);
      const { headers } = await service.get(path);
      expect(headers.get('cache-control')).toBe('private, max-age=60');
      expect(headers.get('age')).toBe('45');
      expect(headers.get('cache-status')).toBe('hss-bff; hit; ttl=15');
    });

    it('has bytes that do not depend on the moment', async () => {
      const path = pathOf(addImage());
      const first = await service.get(path);
      clock.advance(20 * second);
      const again = await service.get(path);
      expect(again.text).toBe(first.text);
      // Beside If-None-Match, fetch sends no-cache unless told otherwise.
      const headers = { 'If-None-Match': first.headers.get('etag') ?? '', 'Cache-Control': 'max-age=60' };
      expect((await service.get(path, headers)).status).toBe(304);
    });
  });

  it('holds what the caller gave of a CI/CD image', async () => {
    const { body } = await service.get('/v1/images/112?type=cicd&name=app&tag=1.4&include=image');
    expect(body.image).toMatchObject({
      imageId: '112',
      name: 'app',
      tag: '1.4',
      namespace: null,
      scan: null,
    });
  });

  describe('of an image that stands in no list (cicd)', () => {
    it('has the image as the caller described it', async () => {
      const [id = ''] = emulator.data.cicdIds.slice(2);
      const body = await fetched(
        `/v1/images/${encodeURIComponent(id)}?type=cicd&include=image,baseOs,files,hosts`,
      );
      expect(body.image).toMatchObject({
        imageId: id,
        type: 'cicd',
        severity: null,
        scan: null,
        entries: [],
      });
      expect(body.parts).toMatchObject({ image: { status: 'fresh' }, hosts: { status: 'absent' } });
      expect(body.files.total).toBe(emulator.data.files(id).length);
      expect(callsOf('ListRegistryImages')).toBe(0);
      for (const { query } of emulator.journal.entries)
        expect(Object.keys(query).sort()).toEqual(['enterprise_project_id', 'image_type', 'limit', 'offset']);
    });
  });

  describe('of a jfrog image', () => {
    it('has no content, and HSS is not asked for it', async () => {
      const { image, baseOs, files, parts } = await fetched(
        pathOf(addImage({ row: { image_type: 'jfrog' } })),
      );
      expect(image.type).toBe('jfrog');
      expect({ baseOs, files }).toEqual({ baseOs: null, files: null });
      expect(parts).toMatchObject({ baseOs: { status: 'absent' }, files: { status: 'absent' } });
      expect(emulator.journal.entries.map(({ api }) => api)).toEqual(['ListRegistryImages']);
    });

    it.each(['files', 'base-os'])('is refused on the route of its own: %s', async (route) => {
      const row = addImage({ row: { image_type: 'jfrog' } });
      const { status, body } = await service.get(pathOf(row).replace('?', `/${route}?`));
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ field: 'type' }]);
      expect(emulator.journal.entries).toEqual([]);
    });
  });

  describe('with hosts', () => {
    const hostsOf = (body: TestAnswer['body']) =>
      body.hosts.items.map(({ name }: { name: string }) => name).sort();

    it('shows the hosts that have the digest under the name and tag', async () => {
      const { registryImages, localImages } = emulator.data;
      let seen = 0;
      for (const { row, hosts } of localImages) {
        const original = registryImages.find(
          ({ row: { image_digest, image_name, image_version, image_type } }) =>
            image_digest != null &&
            image_digest === row.image_digest &&
            image_name === row.image_name &&
            image_version === row.image_version &&
            image_type !== 'jfrog',
        );
        if (!original || hosts.length < 2 || (seen += 1) > 5) continue;
        const body = await fetched(pathOf(original.row, '&include=hosts'));
        expect(hostsOf(body)).toEqual(expect.arrayContaining(hosts.map(({ name }) => name)));
        expect(body.hosts.complete).toBe(false);
        for (const host of body.hosts.items)
          expect(host).toEqual({
            hostId: expect.any(String),
            name: expect.any(String),
            agentId: expect.any(String),
            containerCount: expect.any(Number),
            matchedBy: 'digest',
          });
      }
      expect(seen).toBeGreaterThan(1);
    });

    const onHosts = (row: RegistryImageRow, image_digest: string) => {
      const hosts = ['a', 'b'].map((name) => ({
        id: `host-${name}`,
        name,
        agentId: `agent-${name}`,
        privateIp: '10.0.0.1',
        containers: [],
      }));
      const { image_name, image_version } = row;
      emulator.data.addLocalImage({ image_name, image_version, image_digest }, { hosts });
    };

    it('leaves out images of the same name with another digest', async () => {
      const row = addImage();
      onHosts(row, `sha256:${'9'.repeat(64)}`);
      const { hosts, parts } = await fetched(pathOf(row, '&include=hosts'));
      expect(hosts).toEqual({ items: [], complete: false });
      expect(parts.hosts.status).toBe('fresh');
    });

    it.each(['&include=hosts', '&include=image,hosts'])(
      'knows the digest behind an id of HSS (%s)',
      async (include) => {
        const row = addImage({ row: { image_id: 'id-7' } });
        onHosts(row, row.image_digest.replace('sha256:', ''));
        const body = await fetched(pathOf(row, include, 'id-7'));
        expect(hostsOf(body)).toEqual(['a', 'b']);
        expect(callsOf('ListRegistryImages')).toBe(1);
      },
    );

    it('does not say "on no host" when the digest behind an id cannot be learned', async () => {
      const row = addImage({ row: { image_id: 'id-8' } });
      onHosts(row, row.image_digest);
      strike({ kind: 'status', status: 500, api: 'ListRegistryImages' });
      const failed = await service.get(pathOf(row, '&include=hosts', 'id-8'));
      expect([failed.status, failed.body.code]).toEqual([503, 'upstream-unavailable']);
      emulator.faults.clear();
      // Until then the failure of that list is everybody's.
      clock.advance(2 * second);
      const absent = await service.get(pathOf(row, '&include=hosts', 'id-9'));
      expect(absent.status).toBe(404);
    });

    it('shows a host once', async () => {
      const row = addImage();
      onHosts(row, row.image_digest);
      onHosts(row, row.image_digest);
      expect(hostsOf(await fetched(pathOf(row, '&include=hosts')))).toEqual(['a', 'b']);
    });

    it('shows a host once that one row names and another one identifies', async () => {
      const row = addImage();
      const { image_name, image_version, image_digest } = row;
      const names = { image_name, image_version, image_digest };
      const host = { id: 'host-a', name: 'a', agentId: 'agent-a', privateIp: '10.0.0.1', containers: [] };
      emulator.data.addLocalImage(names, { hosts: [{ ...host, id: '', agentId: '' }] });
      emulator.data.addLocalImage(names, { hosts: [{ ...host, id: '' }] });
      emulator.data.addLocalImage(names, { hosts: [host] });
      const { hosts } = await fetched(pathOf(row, '&include=hosts'));
      expect(hosts.items).toMatchObject([{ hostId: 'host-a', name: 'a', agentId: 'agent-a' }]);
    });
  });
});

describe('hosts where HSS lists one row per image', () => {
  it('shows the host that the row names', async () => {
    const perImage = await startEmulator({
      rate: 'off',
      clock,
      localListing: 'per-image',
      registryImages: 5,
      localImages: 1,
    });
    const { row } = perImage.data.addRegistryImage({});
    const { image_name = null, image_version = null, image_digest = null } = row;
    const host = (name: string) => ({ id: name, name, agentId: name, privateIp: '10.0.0.1', containers: [] });
    perImage.data.addLocalImage(
      { image_name, image_version, image_digest },
      { hosts: [host('a'), host('b')] },
    );
    const other = await startService({ emulator: perImage, clock });
    const { body } = await other.get(pathOf(row, '&include=hosts'));
    expect(body.hosts).toEqual({
      items: [{ hostId: 'a', name: 'a', agentId: 'a', containerCount: 0, matchedBy: 'digest' }],
      complete: false,
    });
    await other.close();
    await perImage.close();
  });
});
