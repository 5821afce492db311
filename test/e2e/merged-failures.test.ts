import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../emulator/traffic/faults.js';
import { dayMs, listsLifeMs, pathOf, secondMs, useMergedService } from '../support/images/merged-service.js';
import { until } from '../support/until.js';

const strict = { Prefer: 'handling=strict' };

describe('the merged answer', () => {
  const story = useMergedService();
  const { clock, get, fetched, strike, callsOf, addImage } = story;

  // First in this file: when HSS throttles, the service counts the calls that it made for earlier tests too.
  describe('when some calls to HSS fail', () => {
    it.each([
      ['image', 'ListRegistryImages'],
      ['baseOs', 'ListImageBasicImage'],
      ['files', 'ListImageFiles'],
      ['hosts', 'ListImageLocal'],
    ] as const)('names the failed %s and shows the others', async (name, api) => {
      const path = pathOf(addImage(), '&include=image,baseOs,files,hosts');
      strike({ kind: 'throttle', api, retryAfter: '40' });
      const { body, headers } = await get(path);
      const { [name]: failed, ...others } = body.parts;
      expect(body[name]).toBeNull();
      expect(failed).toEqual({
        status: 'failed',
        error: { code: 'upstream-throttled', retryAt: expect.any(String) },
      });
      expect(Math.abs(Date.parse(failed.error.retryAt as string) - clock.now() - 40 * secondMs)).toBeLessThan(
        3_000,
      );
      expect(Object.values(others)).toMatchObject([
        { status: 'fresh' },
        { status: 'fresh' },
        { status: 'fresh' },
      ]);
      // The failed call may succeed at any time.
      expect(headers.get('cache-control')).toBe('private, max-age=0');
      story.emulator.faults.clear();
      // The service makes no call during the pause.
      expect((await fetched(path)).parts[name]).toMatchObject({ error: { code: 'upstream-throttled' } });
      expect(callsOf(api)).toBe(1);
      clock.advance(40 * secondMs);
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
      'has the code %s rather than %s when no part is usable',
      async (first, second) => {
        strike({ ...failures[second]!, api: 'ListImageBasicImage' });
        strike({ ...failures[first]!, api: 'ListImageFiles' });
        const { status, body } = await get(pathOf(addImage(), '&include=baseOs,files'));
        expect(body.code).toBe(first);
        expect(status).toBe(body.status);
      },
    );

    it('has the code deadline-exceeded when HSS does not answer in time', async () => {
      strike({ kind: 'hang' });
      const answer = get(pathOf(addImage(), '&include=baseOs,files'), { Prefer: 'wait=2' });
      await story.emulator.journal.arrivals(2);
      clock.advance(3 * secondMs);
      const { status, body } = await answer;
      expect([status, body.code]).toEqual([504, 'deadline-exceeded']);
    });

    it('is not a 404 when one part is absent and the other failed', async () => {
      strike({ kind: 'status', status: 400, code: 'HSS.0011', api: 'ListImageBasicImage' });
      strike({ kind: 'status', status: 500, api: 'ListImageFiles' });
      const { status, body } = await get(pathOf(addImage(), '&include=baseOs,files'));
      expect([status, body.code]).toEqual([503, 'upstream-unavailable']);
    });

    it('tells as Retry-After when the last failed part may work', async () => {
      strike({ kind: 'throttle', retryAfter: '20', api: 'ListImageBasicImage' });
      strike({ kind: 'throttle', retryAfter: '90', api: 'ListImageFiles' });
      const { status, headers } = await get(pathOf(addImage(), '&include=baseOs,files'));
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(89);
    });
  });

  describe('when HSS fails after the fresh life', () => {
    it('shows the stale part with the reason, and the greatest age', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      clock.advance(listsLifeMs + 40 * secondMs);
      strike({ kind: 'throttle', retryAfter: '9', api: 'ListRegistryImages' });
      const atOnce = await fetched(path);
      expect(atOnce.parts).toMatchObject({ image: { status: 'stale' }, files: { status: 'fresh' } });
      await until(async () => (await fetched(path)).parts.image.error);
      const { headers, body } = await get(path);
      expect(body.parts).toMatchObject({
        image: { status: 'stale', error: { code: 'upstream-throttled', retryAt: expect.any(String) } },
        baseOs: { status: 'fresh' },
        files: { status: 'fresh' },
      });
      expect(body.image.severity).toBe('low');
      expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(100);
      expect(headers.get('cache-control')).toBe('private, max-age=100');
    });

    it('shows no part that is older than STALE_IF_ERROR', async () => {
      const path = pathOf(addImage(), '&include=image');
      await fetched(path);
      clock.advance(7 * dayMs + listsLifeMs + secondMs);
      strike({ kind: 'status', status: 500 });
      expect((await get(path)).body.code).toBe('upstream-unavailable');
    });
  });

  describe('with Prefer: handling=strict', () => {
    it('is the usual answer with Preference-Applied when all parts are fresh', async () => {
      const { status, headers, body } = await get(pathOf(addImage()), strict);
      expect(status).toBe(200);
      expect(headers.get('preference-applied')).toBe('handling=strict');
      expect(body.files.total).toBe(30);
    });

    it.each(['', '&include=files', '&include=baseOs'])(
      'is a 409 for an image without a scan (%s)',
      async (include) => {
        const row = addImage({ row: { scan_status: 'unscan' } });
        const { status, body } = await get(pathOf(row, include), strict);
        expect([status, body.code]).toEqual([409, 'image-not-scanned']);
      },
    );

    it('is the error of the failed part', async () => {
      strike({ kind: 'throttle', api: 'ListImageFiles' });
      const { status, headers, body } = await get(pathOf(addImage()), strict);
      expect([status, body.code]).toEqual([503, 'upstream-throttled']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    });

    it('is the error that made a part stale', async () => {
      const path = pathOf(addImage());
      await fetched(path);
      clock.advance(listsLifeMs + secondMs);
      strike({ kind: 'garbage', api: 'ListRegistryImages' });
      expect((await fetched(path)).parts.image.status).toBe('stale');
      const { status, body } = await get(path, strict);
      expect([status, body.code]).toEqual([502, 'upstream-invalid-response']);
    });

    it('accepts an absent part', async () => {
      const row = addImage({ row: { image_type: 'jfrog' } });
      const { status, body } = await get(pathOf(row), strict);
      expect(status).toBe(200);
      expect(body.parts).toMatchObject({ image: { status: 'fresh' }, files: { status: 'absent' } });
    });
  });
});
