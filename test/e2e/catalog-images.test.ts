import { afterEach, describe, expect, it } from '@jest/globals';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import type { TestAnswer } from '../support/service.js';

const minuteMs = 60_000;

type Item = TestAnswer['body'];

describe('the catalog', () => {
  const story = useFilledCatalog();
  const { clock, apply, get, fetched, walk } = story;

  afterEach(() => {
    expect(story.emulator.journal.entries).toEqual([]);
  });

  describe('/v1/images', () => {
    it('has every image once, with the age and coverage of the catalog', async () => {
      const page = await fetched('/v1/images');
      expect(page.items).toHaveLength(50);
      expect(page).toMatchObject({ total: story.documents.length, limit: 50 });
      expect(page.catalog).toMatchObject({ complete: true, asOf: expect.stringMatching(/Z$/) });
      const { known, total } = page.catalog.coverage.files;
      expect(known).toBeGreaterThan(0);
      expect(known).toBeLessThanOrEqual(total);
      const items = await walk('/v1/images?limit=200&fields=digest,imageId,namespace,name,tag');
      expect(items).toHaveLength(story.documents.length);
      expect(new Set(items.map((item) => JSON.stringify(item))).size).toBe(story.documents.length);
    });

    it('shows at most ten hosts of an image, and their total', async () => {
      const items = await walk('/v1/images?limit=200&onHosts=true&fields=hosts');
      for (const { hosts } of items) expect(hosts.items).toHaveLength(Math.min(10, hosts.total));
    });

    it('has filters for known and unknown values', async () => {
      const all = await walk('/v1/images?limit=200');
      const count = async (query: string) => (await fetched(`/v1/images?limit=1&${query}`)).total;
      const expected = (holds: (item: Item) => boolean) => all.filter(holds).length;
      expect(await count('severity=high')).toBe(expected(({ severity }) => severity === 'high'));
      expect(await count('severity=unknown,low')).toBe(
        expected(({ severity }) => severity === null || severity === 'low'),
      );
      expect(await count('scanStatus=not-scanned')).toBe(
        expected(({ scan }) => scan.status === 'not-scanned'),
      );
      expect(await count('vulnerabilitiesMin=50')).toBe(
        expected(({ findingCounts }) => findingCounts.vulnerabilities >= 50),
      );
      expect(await count('hostsMin=2')).toBe(expected(({ hosts }) => hosts.total >= 2));
      expect(await count('onHosts=false')).toBe(expected(({ hosts }) => hosts.total === 0));
      expect(await count('running=true')).toBe(expected(({ running }) => running));
      expect(await count('multiArch=true')).toBe(expected(({ multiArch }) => multiArch));
      const since = '2024-01-01T00:00:00.000Z';
      expect(await count(`scannedAfter=${since}`)).toBe(
        expected(({ scan }) => scan.scannedAt !== null && scan.scannedAt >= since),
      );
      const debian = (item: Item) =>
        (item.baseOs ?? []).some((layer: Item) => layer.osName?.toLowerCase() === 'debian');
      expect(await count('baseOsName=DEBIAN')).toBe(expected(debian));
      expect(await count('baseOsName=DEBIAN')).toBeGreaterThan(0);
      expect(await count('q=PROXY-AGENT')).toBeGreaterThan(0);
      expect(await count('registryName=swr-private&namespace=scc_hss_container&tag=24.5.0-x86_64')).toBe(1);
    });

    it('counts and lists the images that might match a filter on content', async () => {
      const page = await fetched('/v1/images?fileName=libcrypto');
      expect(page.unknown).toEqual(expect.any(Number));
      const open = await fetched('/v1/images?fileName=libcrypto&match=unknown&limit=200');
      expect(open.total).toBe(page.unknown);
      const ids = (items: Item[]) => items.map(({ digest, name }) => `${digest} ${name}`);
      const known = ids(await walk('/v1/images?fileName=libcrypto&limit=200'));
      expect(ids(open.items).filter((id) => known.includes(id))).toEqual([]);
      expect(await fetched('/v1/images')).not.toHaveProperty('unknown');
    });

    it('sorts by several keys, counts facets, and shows the chosen fields', async () => {
      const order = ['none', 'low', 'medium', 'high'];
      const items = await walk(
        '/v1/images?limit=200&sort=-severity,-vulnerabilities&fields=severity,findingCounts',
      );
      expect(Object.keys(items[0])).toEqual(['severity', 'findingCounts']);
      const known = items.filter(({ severity }) => severity !== null);
      const ranks = known.map(({ severity }) => order.indexOf(severity));
      expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
      expect(items.slice(known.length).every(({ severity }) => severity === null)).toBe(true);
      const high = known
        .filter(({ severity }) => severity === 'high')
        .map(({ findingCounts }) => findingCounts.vulnerabilities ?? -1);
      expect(high).toEqual(high.toSorted((a, b) => b - a));
      const { facets } = await fetched('/v1/images?facets=severity,onHosts&limit=1');
      const counted = Object.fromEntries(facets.severity.map(({ value, count }: Item) => [value, count]));
      expect(counted['high']).toBe(high.length);
      expect(facets.onHosts.map(({ count }: Item) => count).reduce((a: number, b: number) => a + b)).toBe(
        story.documents.length,
      );
    });

    it('keeps one state from page to page while the catalog changes', async () => {
      const all = await walk('/v1/images?limit=200&fields=digest,name,tag');
      const first = await fetched('/v1/images?limit=100&fields=digest,name,tag');
      const gone = story.documents.slice(150, 160);
      await apply({ gone: gone.map(({ key }) => key) });
      const rest = await walk(first.next);
      expect([...first.items, ...rest]).toEqual(all);
      expect((await fetched('/v1/images?limit=1')).total).toBe(story.documents.length - gone.length);
      const cursors = await fetched(first.next);
      expect(cursors.catalog.asOf).toBe(first.catalog.asOf);
      await apply({ images: gone });
    });

    it('accepts a cursor for its own query only', async () => {
      const { nextCursor } = await fetched('/v1/images?limit=10&severity=high');
      expect((await get(`/v1/images?limit=20&fields=name&severity=high&cursor=${nextCursor}`)).status).toBe(
        200,
      );
      for (const route of [
        '/v1/images?severity=low',
        '/v1/images?severity=high&sort=name',
        '/v1/hosts?severity=high',
      ]) {
        const { status, body } = await get(`${route}&cursor=${nextCursor}`);
        expect([route, status, body.errors[0].field]).toEqual([route, 400, 'cursor']);
      }
    });

    it('answers with a weak ETag, 304, Age and Cache-Status', async () => {
      const path = '/v1/images?severity=high&limit=3';
      const answer = await get(path);
      const etag = answer.headers.get('etag')!;
      expect(etag).toMatch(/^W\/"/);
      expect(answer.headers.get('age')).toMatch(/^\d+$/);
      expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=\d+$/);
      expect(answer.headers.get('cache-status')).toMatch(/^hss-bff; hit; ttl=-?\d+$/);
      expect((await get(path, { 'If-None-Match': etag })).status).toBe(304);
    });

    it.each([
      '/v1/images?limit=100',
      '/v1/images?limit=3&sort=name&facets=severity',
      '/v1/hosts?limit=2',
      '/v1/catalog/summary',
      '/v1/catalog/changes',
    ])('is a 304 with its old cursor while HSS shows nothing new: %s', async (path) => {
      const first = await get(path);
      const tag = { 'If-None-Match': first.headers.get('etag')! };
      for (let minute = 0; minute < 20; minute += 1) {
        clock.advance(60_000);
        await apply();
        const again = await get(path, tag);
        expect([again.status, Number(again.headers.get('age')) < 60]).toEqual([304, true]);
      }
      const { body } = await get(path);
      for (const name of ['next', 'nextCursor', 'nextSince']) expect(body[name]).toBe(first.body[name]);
      expect(body.catalog.asOf > first.body.catalog.asOf).toBe(true);
      if (first.body.next) expect((await get(first.body.next)).status).toBe(200);
    });

    it('has a cursor that ends 15 minutes after the data changed', async () => {
      const path = '/v1/images?limit=100&fields=digest';
      const first = await get(path);
      const gone = story.documents.slice(0, 1);
      await apply({ gone: gone.map(({ key }) => key) });
      const changed = await get(path, { 'If-None-Match': first.headers.get('etag')! });
      expect(changed.status).toBe(200);
      clock.advance(14 * 60_000);
      await apply();
      const rest = await get(first.body.next);
      expect([rest.status, rest.body.total]).toEqual([200, story.documents.length]);
      expect(rest.body.catalog.asOf).toBe(first.body.catalog.asOf);
      clock.advance(61_000);
      await apply({ images: gone });
      expect((await get(first.body.next)).body.code).toBe('cursor-expired');
      expect((await get(changed.body.next)).status).toBe(200);
    });

    it('has a new answer after a change, even to a frequent request', async () => {
      const path = '/v1/images?limit=1&name=brand-new-image';
      for (let times = 0; times < 3; times += 1) expect((await fetched(path)).total).toBe(0);
      const [like] = story.documents;
      const { row } =
        like!.entries[0] ?? story.documents.find(({ entries }) => entries.length > 0)!.entries[0]!;
      const image = {
        key: 'f'.repeat(64),
        serial: 100_000,
        appearedAt: clock.now(),
        onHosts: [],
        entries: [{ rowKey: 'new', readAt: 0, variantOf: null, row: { ...row, name: 'brand-new-image' } }],
      };
      await apply({ images: [image] });
      expect((await fetched(path)).total).toBe(1);
      await apply({ gone: [image.key] });
      expect((await fetched(path)).total).toBe(0);
    });
  });

  describe('the greatest age of an answer', () => {
    it('comes from the request', async () => {
      const strict = { Prefer: 'handling=strict' };
      expect((await get('/v1/images?limit=1', strict)).status).toBe(200);
      clock.advance(2 * minuteMs);
      expect((await get('/v1/images?limit=1', strict)).body.code).toBe('upstream-throttled');
      expect((await get('/v1/images?limit=1', { 'Cache-Control': 'max-age=60' })).status).toBe(503);
      const old = await get('/v1/images?limit=1', { 'Cache-Control': 'max-age=600' });
      expect([old.status, Number(old.headers.get('age')) >= 120]).toEqual([200, true]);
    });

    it('comes with a Retry-After after which the sync has read the lists again', async () => {
      clock.advance(30_000);
      const refused = await get('/v1/images?limit=1', { 'Cache-Control': 'max-age=20' });
      const seconds = Number(refused.headers.get('retry-after'));
      // The deltas of both lists are due 40 s after the last ones.
      expect([refused.status, seconds]).toEqual([503, 10 + 3]);
      clock.advance(10_000);
      await apply();
      clock.advance((seconds - 10) * 1_000);
      expect((await get('/v1/images?limit=1', { 'Cache-Control': 'max-age=20' })).status).toBe(200);
    });

    it('applies to the state of a cursor, which never becomes newer', async () => {
      clock.advance(2 * minuteMs);
      const { next } = await fetched('/v1/images?limit=1');
      const gone = story.documents.slice(0, 1);
      await apply({ gone: gone.map(({ key }) => key) });
      for (const demand of [{ Prefer: 'handling=strict' }, { 'Cache-Control': 'max-age=60' }]) {
        const { status, body } = await get(next, demand);
        expect([demand, status, body.code]).toEqual([demand, 410, 'cursor-expired']);
      }
      expect((await get(next, { 'Cache-Control': 'max-age=600' })).status).toBe(200);
      await apply({ images: gone });
    });
  });
});
