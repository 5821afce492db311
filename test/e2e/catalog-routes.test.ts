import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CatalogEvent } from '../../src/catalog/model/catalog-event.js';
import { applyStep } from '../support/catalog.js';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import { readKey, startService, type TestAnswer, type TestService } from '../support/service.js';

type Item = TestAnswer['body'];

describe('the catalog', () => {
  const story = useFilledCatalog();
  const { clock, apply, get, fetched, walk } = story;
  let host: { hostId: string; name: string };

  beforeEach(() => {
    const { row } = story.documents
      .flatMap(({ onHosts }) => onHosts)
      .find((record) => record.row.host?.hostId)!;
    host = row.host as typeof host;
  });

  afterEach(() => {
    expect(story.emulator.journal.entries).toEqual([]);
  });

  const routes = (): string[] => [
    '/v1/images',
    '/v1/images/lookup?ref=a/b:c',
    '/v1/hosts',
    `/v1/hosts/${host.hostId}/images`,
    '/v1/catalog/status',
    '/v1/catalog/summary',
    '/v1/catalog/export',
    '/v1/catalog/changes',
  ];

  describe('every route of the catalog', () => {
    it('refuses a request without a key', async () => {
      for (const route of routes())
        expect([route, (await story.service.request(route)).body.code]).toEqual([route, 'unauthenticated']);
      const post = await story.service.request('/v1/images/batch-get', { method: 'POST' });
      expect(post.body.code).toBe('unauthenticated');
    });

    it('refuses unknown, empty and repeated parameters without a call', async () => {
      for (const route of routes()) {
        const glue = route.includes('?') ? '&' : '?';
        const { status, body } = await get(`${route}${glue}nonsense=1`);
        expect([route, status, body.errors?.[0]?.field]).toEqual([route, 400, 'nonsense']);
      }
      for (const query of ['severity=', 'severity=high&severity=low', 'severity=grave', 'severity=high,high'])
        for (const route of ['/v1/images', '/v1/hosts', '/v1/catalog/summary', '/v1/catalog/export']) {
          const { status, body } = await get(`${route}?${query}`);
          expect([route, query, status, body.errors?.[0]?.field]).toEqual([route, query, 400, 'severity']);
        }
    });

    it.each([
      ['sort=name,-name', 'sort'],
      ['sort=colour', 'sort'],
      ['fields=secret', 'fields'],
      ['facets=tag', 'facets'],
      ['limit=201', 'limit'],
      ['limit=0', 'limit'],
      ['cursor=%20', 'cursor'],
      ['cursor=abc', 'cursor'],
      ['match=unknown', 'match'],
      ['match=unknown&fileName=x&facets=type', 'facets'],
      ['onHosts=yes', 'onHosts'],
      ['vulnerabilitiesMin=-1', 'vulnerabilitiesMin'],
      ['updatedAfter=yesterday', 'updatedAfter'],
      ['scannedAfter=1700000000000&scannedBefore=1700000000000', 'scannedAfter'],
    ])('refuses /v1/images?%s', async (query, field) => {
      const { status, body } = await get(`/v1/images?${query}`);
      expect([status, body.code, body.errors[0].field]).toEqual([400, 'invalid-request', field]);
    });
  });

  describe('/v1/hosts', () => {
    it('lists the hosts of matching images', async () => {
      const onHosts = story.documents.flatMap(({ onHosts: records }) =>
        records.map(({ row }) => row.host?.hostId),
      );
      const expected = new Set(onHosts.filter((id) => id !== undefined && id !== null));
      const hosts = await walk('/v1/hosts?limit=7');
      expect(new Set(hosts.map(({ hostId }) => hostId))).toEqual(expected);
      expect(hosts).toHaveLength(expected.size);
      const [risky] = (await fetched('/v1/hosts?severity=high')).items;
      expect(risky.images.length).toBeGreaterThan(0);
      for (const image of risky.images) expect(image.severity).toBe('high');
      const images = await fetched(`/v1/hosts/${risky.hostId}/images?severity=high`);
      expect(images.total).toBe(risky.matches);
    });

    it('lists the given host only, not other hosts with the same images', async () => {
      const { total } = await fetched(`/v1/hosts/${host.hostId}/images`);
      for (const query of [`hostId=${host.hostId}`, `hostName=${host.name}`]) {
        const body = await fetched(`/v1/hosts?${query}`);
        expect([query, body.total, body.items[0].hostId, body.items[0].matches]).toEqual([
          query,
          1,
          host.hostId,
          total,
        ]);
      }
      expect((await fetched(`/v1/hosts?hostId=${host.hostId}&hostName=another`)).total).toBe(0);
    });

    it('tells an unknown host from a host without matches', async () => {
      const of = await fetched(`/v1/hosts/${host.hostId}/images?fields=hosts,name`);
      expect(of.total).toBeGreaterThan(0);
      expect((await get('/v1/hosts/no-such-host/images')).body.code).toBe('not-found');
      expect((await fetched(`/v1/hosts/${host.hostId}/images?name=no-such-image`)).total).toBe(0);
    });
  });

  describe('/v1/catalog/summary', () => {
    it('counts the images, and shows the ten riskiest', async () => {
      const { total, counts, riskiest, catalog } = await fetched('/v1/catalog/summary');
      expect(total).toBe(story.documents.length);
      expect(Object.keys(counts).sort()).toEqual(
        ['baseOs', 'namespace', 'onHosts', 'registryName', 'scanStatus', 'severity'].sort(),
      );
      expect(riskiest).toHaveLength(10);
      expect(riskiest[0].severity).toBe('high');
      expect(catalog.complete).toBe(true);
      expect((await fetched('/v1/catalog/summary?severity=high')).total).toBe(
        counts.severity.find(({ value }: Item) => value === 'high').count,
      );
    });
  });

  describe('/v1/catalog/export', () => {
    const asOf = /^\d{4}-.*Z$/;

    it('streams all matches as NDJSON, with age and coverage in headers', async () => {
      const { status, headers, text } = await get('/v1/catalog/export', {
        'Accept-Encoding': 'identity',
      });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/x-ndjson');
      expect(headers.get('x-catalog-as-of')).toMatch(asOf);
      expect(headers.get('x-catalog-complete')).toBe('true');
      expect(headers.get('x-catalog-coverage')).toMatch(/^baseOs=\d+\/\d+, files=\d+\/\d+$/);
      const lines = text.trimEnd().split('\n');
      expect(lines).toHaveLength(story.documents.length);
      // Integers above 2^53 keep all digits.
      expect(text).toContain('9007199254740993');
      expect(lines.map((line) => JSON.parse(line).appearedAt).every((time) => asOf.test(time))).toBe(true);
    });

    it('accepts the filters of the list', async () => {
      const { text, headers } = await get('/v1/catalog/export?severity=high&fileName=lib');
      const { total, unknown } = await fetched('/v1/images?severity=high&fileName=lib');
      expect(text.split('\n').filter(Boolean)).toHaveLength(total);
      expect(headers.get('x-catalog-unknown')).toBe(String(unknown));
      expect((await get('/v1/catalog/export?match=unknown')).status).toBe(400);
      expect((await get('/v1/catalog/export?format=xml')).status).toBe(400);
    });

    it('writes CSV in which a spreadsheet runs no formula', async () => {
      const { row } = story.documents.find(({ entries }) => entries.length > 0)!.entries[0]!;
      const evil = { ...row, name: '=HYPERLINK("http://x")', namespace: '+1', tag: '@a', imageId: '-1,2' };
      const image = {
        key: 'e'.repeat(64),
        serial: 100_001,
        appearedAt: clock.now(),
        onHosts: [],
        entries: [{ rowKey: 'evil', readAt: 0, variantOf: null, row: evil }],
      };
      await apply({ images: [image] });
      const { headers, text } = await get(
        `/v1/catalog/export?format=csv&name=${encodeURIComponent(evil.name)}`,
      );
      await apply({ gone: [image.key] });
      expect(headers.get('content-type')).toMatch(/^text\/csv/);
      const [head, line, end] = text.split('\r\n');
      expect(head).toMatch(/^imageId,digest,type,namespace,name,tag,/);
      expect(line).toMatch(/^"'-1,2",[^,]*,[^,]*,'\+1,"'=HYPERLINK\(""http:\/\/x""\)",'@a,/);
      expect(end).toBe('');
    });

    it('is compressed when the consumer accepts gzip', async () => {
      const raw = await fetch(`${story.service.url}/v1/catalog/export`, {
        headers: { 'X-API-Key': readKey, 'Accept-Encoding': 'gzip' },
      });
      expect(raw.headers.get('content-encoding')).toBe('gzip');
      expect((await raw.text()).trimEnd().split('\n')).toHaveLength(story.documents.length);
      const plain = await fetch(`${story.service.url}/v1/catalog/export`, {
        headers: { 'X-API-Key': readKey, 'Accept-Encoding': 'gzip;q=0' },
      });
      expect(plain.headers.get('content-encoding')).toBeNull();
      await plain.arrayBuffer();
    });

    it('answers HEAD with the headers only', async () => {
      const head = await story.service.request('/v1/catalog/export', {
        method: 'HEAD',
        headers: { 'X-API-Key': readKey },
      });
      expect([head.status, head.headers.get('content-type'), head.text]).toEqual([
        200,
        'application/x-ndjson',
        '',
      ]);
      expect(head.headers.get('x-catalog-as-of')).toMatch(asOf);
    });
  });

  describe('/v1/catalog/changes', () => {
    const event = (name: string): CatalogEvent => ({
      kind: 'scanned',
      key: 'k',
      imageId: null,
      digest: null,
      namespace: null,
      name,
      tag: null,
      before: null,
      after: null,
      hostId: null,
      hostName: null,
    });

    it('lists the changes since the last answer, in order', async () => {
      const { nextSince } = await fetched('/v1/catalog/changes?limit=1000');
      expect((await fetched(`/v1/catalog/changes?since=${nextSince}`)).items).toEqual([]);
      await apply({ events: [event('a'), event('b')] });
      await apply({ events: [event('c')] });
      const first = await fetched(`/v1/catalog/changes?since=${nextSince}&limit=2`);
      expect(first.items.map(({ name }: Item) => name)).toEqual(['a', 'b']);
      const second = await fetched(first.next);
      expect(second.items).toMatchObject([{ kind: 'scanned', name: 'c', at: expect.any(String) }]);
      expect(second.next).toBeNull();
      expect((await fetched(`/v1/catalog/changes?since=${second.nextSince}`)).items).toEqual([]);
    });

    it('is a 410 for a consumer that must start again', async () => {
      const { nextSince } = await fetched('/v1/catalog/changes');
      const ofAnotherKey = `another_${nextSince.slice(8)}`;
      for (const since of [ofAnotherKey, `of-release-0-1-0.7.0`, '2001-01-01T00:00:00Z']) {
        const { status, body } = await get(`/v1/catalog/changes?since=${since}`);
        expect([status, body.code]).toEqual([410, 'cursor-expired']);
      }
      for (const since of [
        'nonsense',
        nextSince.replace(/.$/, '!'),
        `${nextSince}0`,
        nextSince.slice(0, -1),
      ]) {
        const { status, body } = await get(`/v1/catalog/changes?since=${since}`);
        expect([since, status, body.errors?.[0]?.field]).toEqual([since, 400, 'since']);
      }
    });
  });

  describe('/v1/catalog/status', () => {
    it('tells the state of the catalog and of both lists', async () => {
      const status = await fetched('/v1/catalog/status');
      expect(status).toMatchObject({
        ready: true,
        enterpriseProjectId: 'all_granted_eps',
        registry: { walk: null, walkedAt: expect.any(String) },
        local: { walk: null },
        catalog: { complete: true },
      });
    });
  });

  describe('before the catalog is complete', () => {
    let early: TestService;

    beforeAll(async () => {
      early = await startService({ emulator: story.emulator, clock });
    });

    afterAll(() => early.close());

    it('answers before the first block that the catalog is not ready, with Retry-After', async () => {
      for (const route of routes().filter((path) => !/status|lookup/.test(path))) {
        const { status, headers, body } = await early.get(route);
        expect([route, status, body.code]).toEqual([route, 503, 'catalog-not-ready']);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      const status = await early.get('/v1/catalog/status');
      expect([status.status, status.body.ready, status.body.catalog]).toEqual([200, false, null]);
    });

    it('refuses a strict request while the catalog is not complete', async () => {
      await applyStep(early, { complete: false, readAt: clock.now() });
      expect((await early.get('/v1/images')).body.catalog.complete).toBe(false);
      const { body } = await early.get('/v1/images', { Prefer: 'handling=strict' });
      expect(body.code).toBe('catalog-not-ready');
    });

    it('has no 404 for a host while the catalog is not complete', async () => {
      await applyStep(early, { complete: false, readAt: clock.now() });
      const { status, body } = await early.get('/v1/hosts/not-read-yet/images');
      expect([status, body.code]).toEqual([503, 'catalog-not-ready']);
    });
  });
});
