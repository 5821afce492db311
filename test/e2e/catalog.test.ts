import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CatalogEvent } from '../../src/catalog/model/change-set.js';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep, fillCatalog } from '../support/catalog.js';
import { readKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;
const clock = new TestClock();
let emulator: Emulator;
let service: TestService;
let documents: ImageDocument[];
let host: { hostId: string; name: string };

beforeAll(async () => {
  emulator = await startEmulator({ rate: 'off', clock });
  service = await startService({ emulator, clock });
  documents = await fillCatalog(service, emulator, clock.now());
  const row = documents.flatMap(({ onHosts }) => onHosts).find((record) => record.row.host?.hostId)!;
  host = row.row.host as typeof host;
});

afterEach(() => {
  expect(emulator.journal.entries).toEqual([]);
});

afterAll(async () => {
  await service.close();
  await emulator.close();
});

type Item = TestAnswer['body'];

async function fetched(path: string): Promise<TestAnswer['body']> {
  const { status, body } = await service.get(path);
  expect({ path, status, errors: body.errors }).toEqual({ path, status: 200, errors: undefined });
  return body;
}

async function walk(path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let next: string | null = path; next !== null;) {
    const page = await fetched(next);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

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
  it('is refused without a key', async () => {
    for (const route of routes())
      expect([route, (await service.request(route)).body.code]).toEqual([route, 'unauthenticated']);
    const post = await service.request('/v1/images/batch-get', { method: 'POST' });
    expect(post.body.code).toBe('unauthenticated');
  });

  it('is refused with a parameter that it does not have, or an empty or repeated one, without a call', async () => {
    for (const route of routes()) {
      const glue = route.includes('?') ? '&' : '?';
      const { status, body } = await service.get(`${route}${glue}nonsense=1`);
      expect([route, status, body.errors?.[0]?.field]).toEqual([route, 400, 'nonsense']);
    }
    for (const query of ['severity=', 'severity=high&severity=low', 'severity=grave', 'severity=high,high'])
      for (const route of ['/v1/images', '/v1/hosts', '/v1/catalog/summary', '/v1/catalog/export']) {
        const { status, body } = await service.get(`${route}?${query}`);
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
    ['scannedAfter=2000&scannedBefore=2000', 'scannedAfter'],
  ])('refuses %s', async (query, field) => {
    const { status, body } = await service.get(`/v1/images?${query}`);
    expect([status, body.code, body.errors[0].field]).toEqual([400, 'invalid-request', field]);
  });
});

describe('/v1/images', () => {
  it('has every image once, and says how old and how whole the catalog is', async () => {
    const page = await fetched('/v1/images');
    expect(page.items).toHaveLength(50);
    expect(page).toMatchObject({ total: documents.length, limit: 50 });
    expect(page.catalog).toMatchObject({ complete: true, asOf: expect.stringMatching(/Z$/) });
    const { known, total } = page.catalog.coverage.files;
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThanOrEqual(total);
    const items = await walk('/v1/images?limit=200&fields=digest,imageId,namespace,name,tag');
    expect(items).toHaveLength(documents.length);
    expect(new Set(items.map((item) => JSON.stringify(item))).size).toBe(documents.length);
  });

  it('shows ten hosts at the most, and how many there are', async () => {
    const items = await walk('/v1/images?limit=200&onHosts=true&fields=hosts');
    for (const { hosts } of items) expect(hosts.items).toHaveLength(Math.min(10, hosts.total));
  });

  it('has filters for what is known and what is not', async () => {
    const all = await walk('/v1/images?limit=200');
    const count = async (query: string) => (await fetched(`/v1/images?limit=1&${query}`)).total;
    const expected = (holds: (item: Item) => boolean) => all.filter(holds).length;
    expect(await count('severity=high')).toBe(expected(({ severity }) => severity === 'high'));
    expect(await count('severity=unknown,low')).toBe(
      expected(({ severity }) => severity === null || severity === 'low'),
    );
    expect(await count('scanStatus=not-scanned')).toBe(expected(({ scan }) => scan.status === 'not-scanned'));
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

  it('tells how many more might match under a filter on content, and lists them', async () => {
    const page = await fetched('/v1/images?fileName=libcrypto');
    expect(page.unknown).toEqual(expect.any(Number));
    const open = await fetched('/v1/images?fileName=libcrypto&match=unknown&limit=200');
    expect(open.total).toBe(page.unknown);
    const ids = (items: Item[]) => items.map(({ digest, name }) => `${digest} ${name}`);
    const known = ids(await walk('/v1/images?fileName=libcrypto&limit=200'));
    expect(ids(open.items).filter((id) => known.includes(id))).toEqual([]);
    expect(await fetched('/v1/images')).not.toHaveProperty('unknown');
  });

  it('sorts by several keys, counts facets, and shows the fields that are wanted', async () => {
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
      documents.length,
    );
  });

  it('keeps one state through a walk, while the catalog changes', async () => {
    const all = await walk('/v1/images?limit=200&fields=digest,name,tag');
    const first = await fetched('/v1/images?limit=100&fields=digest,name,tag');
    const gone = documents.slice(150, 160);
    await applyStep(service, { gone: gone.map(({ key }) => key), readAt: clock.now() });
    const rest = await walk(first.next);
    expect([...first.items, ...rest]).toEqual(all);
    expect((await fetched('/v1/images?limit=1')).total).toBe(documents.length - gone.length);
    const cursors = await fetched(first.next);
    expect(cursors.catalog.asOf).toBe(first.catalog.asOf);
    await applyStep(service, { images: gone, readAt: clock.now() });
  });

  it('takes a cursor for the query that it came with, and for no other', async () => {
    const { nextCursor } = await fetched('/v1/images?limit=10&severity=high');
    expect(
      (await service.get(`/v1/images?limit=20&fields=name&severity=high&cursor=${nextCursor}`)).status,
    ).toBe(200);
    for (const route of [
      '/v1/images?severity=low',
      '/v1/images?severity=high&sort=name',
      '/v1/hosts?severity=high',
    ]) {
      const { status, body } = await service.get(`${route}&cursor=${nextCursor}`);
      expect([route, status, body.errors[0].field]).toEqual([route, 400, 'cursor']);
    }
  });

  it('refuses a cursor that somebody changed, whatever stands in it', async () => {
    const { nextCursor } = await fetched('/v1/images?limit=10');
    const fields = JSON.parse(Buffer.from(nextCursor, 'base64url').toString());
    const [version, offset, asOf] = [1, 2, 5];
    for (const [place, value] of [
      [version, 0],
      [offset, -1],
      [asOf, 8.64e15 + 1],
      [asOf, '0'],
    ] as const) {
      const changed = Buffer.from(JSON.stringify(fields.with(place, value))).toString('base64url');
      const { status, body } = await service.get(`/v1/images?cursor=${changed}`);
      expect([place, value, status, body.errors?.[0]?.field]).toEqual([place, value, 400, 'cursor']);
    }
  });

  it('answers with a strong ETag, 304, Age and Cache-Status', async () => {
    const path = '/v1/images?severity=high&limit=3';
    const answer = await service.get(path);
    const etag = answer.headers.get('etag')!;
    expect(etag).toMatch(/^"/);
    expect(answer.headers.get('age')).toMatch(/^\d+$/);
    expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=\d+$/);
    expect(answer.headers.get('cache-status')).toMatch(/^hss-bff; hit; ttl=-?\d+$/);
    expect((await service.get(path, { 'If-None-Match': etag })).status).toBe(304);
  });

  it('is answered anew after a change, however often it was asked for', async () => {
    const path = '/v1/images?limit=1&name=brand-new-image';
    for (let times = 0; times < 3; times += 1) expect((await fetched(path)).total).toBe(0);
    const [like] = documents;
    const { row } = like!.entries[0] ?? documents.find(({ entries }) => entries.length > 0)!.entries[0]!;
    const image = {
      ...{ key: 'f'.repeat(64), serial: 100_000, appearedAt: clock.now(), onHosts: [] },
      entries: [{ rowKey: 'new', readAt: 0, variantOf: null, row: { ...row, name: 'brand-new-image' } }],
    };
    await applyStep(service, { images: [image], readAt: clock.now() });
    expect((await fetched(path)).total).toBe(1);
    await applyStep(service, { gone: [image.key], readAt: clock.now() });
    expect((await fetched(path)).total).toBe(0);
  });
});

describe('/v1/hosts', () => {
  it('lists the hosts of matching images', async () => {
    const onHosts = documents.flatMap(({ onHosts: records }) => records.map(({ row }) => row.host?.hostId));
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

  it('is about the host that is named, not about others with the same images', async () => {
    const { total } = await fetched(`/v1/hosts/${host.hostId}/images`);
    for (const query of [`hostId=${host.hostId}`, `hostName=${host.name}`]) {
      const body = await fetched(`/v1/hosts?${query}`);
      expect([query, body.total, body.items[0].hostId, body.items[0].matches]).toEqual([
        ...[query, 1, host.hostId, total],
      ]);
    }
    expect((await fetched(`/v1/hosts?hostId=${host.hostId}&hostName=another`)).total).toBe(0);
  });

  it('knows which hosts there are', async () => {
    const of = await fetched(`/v1/hosts/${host.hostId}/images?fields=hosts,name`);
    expect(of.total).toBeGreaterThan(0);
    expect((await service.get('/v1/hosts/no-such-host/images')).body.code).toBe('not-found');
    expect((await fetched(`/v1/hosts/${host.hostId}/images?name=no-such-image`)).total).toBe(0);
  });
});

describe('/v1/catalog/summary', () => {
  it('counts the catalog, and shows the ten riskiest', async () => {
    const { total, counts, riskiest, catalog } = await fetched('/v1/catalog/summary');
    expect(total).toBe(documents.length);
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

  it('streams every match as NDJSON, with age and coverage in headers', async () => {
    const { status, headers, text } = await service.get('/v1/catalog/export', {
      'Accept-Encoding': 'identity',
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('x-catalog-as-of')).toMatch(asOf);
    expect(headers.get('x-catalog-complete')).toBe('true');
    expect(headers.get('x-catalog-coverage')).toMatch(/^baseOs=\d+\/\d+, files=\d+\/\d+$/);
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(documents.length);
    // Digits beyond 2^53 are all there.
    expect(text).toContain('9007199254740993');
    expect(lines.map((line) => JSON.parse(line).appearedAt).every((time) => asOf.test(time))).toBe(true);
  });

  it('takes the filters of the list', async () => {
    const { text, headers } = await service.get('/v1/catalog/export?severity=high&fileName=lib');
    const { total, unknown } = await fetched('/v1/images?severity=high&fileName=lib');
    expect(text.split('\n').filter(Boolean)).toHaveLength(total);
    expect(headers.get('x-catalog-unknown')).toBe(String(unknown));
    expect((await service.get('/v1/catalog/export?match=unknown')).status).toBe(400);
    expect((await service.get('/v1/catalog/export?format=xml')).status).toBe(400);
  });

  it('writes CSV that a spreadsheet does not run', async () => {
    const { row } = documents.find(({ entries }) => entries.length > 0)!.entries[0]!;
    const evil = { ...row, name: '=HYPERLINK("http://x")', namespace: '+1', tag: '@a', imageId: '-1,2' };
    const image = {
      ...{ key: 'e'.repeat(64), serial: 100_001, appearedAt: clock.now(), onHosts: [] },
      entries: [{ rowKey: 'evil', readAt: 0, variantOf: null, row: evil }],
    };
    await applyStep(service, { images: [image], readAt: clock.now() });
    const { headers, text } = await service.get(
      `/v1/catalog/export?format=csv&name=${encodeURIComponent(evil.name)}`,
    );
    await applyStep(service, { gone: [image.key], readAt: clock.now() });
    expect(headers.get('content-type')).toMatch(/^text\/csv/);
    const [head, line, end] = text.split('\r\n');
    expect(head).toMatch(/^imageId,digest,type,namespace,name,tag,/);
    expect(line).toMatch(/^"'-1,2",[^,]*,[^,]*,'\+1,"'=HYPERLINK\(""http:\/\/x""\)",'@a,/);
    expect(end).toBe('');
  });

  it('is compressed where that is accepted', async () => {
    const raw = await fetch(`${service.url}/v1/catalog/export`, {
      headers: { 'X-API-Key': readKey, 'Accept-Encoding': 'gzip' },
    });
    expect(raw.headers.get('content-encoding')).toBe('gzip');
    expect((await raw.text()).trimEnd().split('\n')).toHaveLength(documents.length);
    const plain = await fetch(`${service.url}/v1/catalog/export`, {
      headers: { 'X-API-Key': readKey, 'Accept-Encoding': 'gzip;q=0' },
    });
    expect(plain.headers.get('content-encoding')).toBeNull();
    await plain.arrayBuffer();
  });

  it('tells HEAD the headers only', async () => {
    const head = await service.request('/v1/catalog/export', {
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
    ...{ key: 'k', imageId: null, digest: null, namespace: null, name, tag: null },
    ...{ before: null, after: null, hostId: null, hostName: null },
  });

  it('tells what changed since the last answer, in order', async () => {
    const { nextSince } = await fetched('/v1/catalog/changes?limit=1000');
    expect((await fetched(`/v1/catalog/changes?since=${nextSince}`)).items).toEqual([]);
    await applyStep(service, { events: [event('a'), event('b')], readAt: clock.now() });
    await applyStep(service, { events: [event('c')], readAt: clock.now() });
    const first = await fetched(`/v1/catalog/changes?since=${nextSince}&limit=2`);
    expect(first.items.map(({ name }: Item) => name)).toEqual(['a', 'b']);
    const second = await fetched(first.next);
    expect(second.items).toMatchObject([{ kind: 'scanned', name: 'c', at: expect.any(String) }]);
    expect(second.next).toBeNull();
    expect((await fetched(`/v1/catalog/changes?since=${second.nextSince}`)).items).toEqual([]);
  });

  it('tells a consumer that fell behind to start over', async () => {
    const { nextSince } = await fetched('/v1/catalog/changes');
    const [, version, told] = nextSince.split('.');
    for (const since of [`another.${version}.${told}`, '2001-01-01T00:00:00Z']) {
      const { status, body } = await service.get(`/v1/catalog/changes?since=${since}`);
      expect([status, body.code]).toEqual([410, 'cursor-expired']);
    }
    const { status, body } = await service.get('/v1/catalog/changes?since=nonsense');
    expect([status, body.errors[0].field]).toEqual([400, 'since']);
  });
});

describe('/v1/catalog/status', () => {
  it('tells how far the catalog is', async () => {
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

describe('how old the catalog may be', () => {
  it('is the consumer’s to say', async () => {
    const strict = { Prefer: 'handling=strict' };
    await applyStep(service, { readAt: clock.now() });
    expect((await service.get('/v1/images?limit=1', strict)).status).toBe(200);
    clock.advance(2 * minute);
    expect((await service.get('/v1/images?limit=1', strict)).body.code).toBe('upstream-throttled');
    expect((await service.get('/v1/images?limit=1', { 'Cache-Control': 'max-age=60' })).status).toBe(503);
    const old = await service.get('/v1/images?limit=1', { 'Cache-Control': 'max-age=600' });
    expect([old.status, Number(old.headers.get('age')) >= 120]).toEqual([200, true]);
  });

  it('is held against the state that a cursor shows, however new the catalog is by now', async () => {
    const { next } = await fetched('/v1/images?limit=1');
    await applyStep(service, { readAt: clock.now() });
    for (const demand of [{ Prefer: 'handling=strict' }, { 'Cache-Control': 'max-age=60' }]) {
      const { status, body } = await service.get(next, demand);
      expect([demand, status, body.code]).toEqual([demand, 503, 'upstream-throttled']);
    }
    expect((await service.get(next, { 'Cache-Control': 'max-age=600' })).status).toBe(200);
  });
});

describe('a cursor', () => {
  it('lives 15 minutes', async () => {
    const { next } = await fetched('/v1/images?limit=1');
    clock.advance(13 * minute);
    expect((await service.get(next)).status).toBe(200);
    clock.advance(2 * minute);
    const { status, body } = await service.get(next);
    expect([status, body.code]).toEqual([410, 'cursor-expired']);
  });
});

describe('before the first block', () => {
  let early: TestService;

  beforeAll(async () => {
    early = await startService({ emulator, clock });
  });

  afterAll(() => early.close());

  it('says that the catalog is not ready, and when to come back', async () => {
    for (const route of routes().filter((path) => !/status|lookup/.test(path))) {
      const { status, headers, body } = await early.get(route);
      expect([route, status, body.code]).toEqual([route, 503, 'catalog-not-ready']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const status = await early.get('/v1/catalog/status');
    expect([status.status, status.body.ready, status.body.catalog]).toEqual([200, false, null]);
  });

  it('says so when it is not complete to whoever is strict', async () => {
    await applyStep(early, { complete: false, readAt: clock.now() });
    expect((await early.get('/v1/images')).body.catalog.complete).toBe(false);
    const { body } = await early.get('/v1/images', { Prefer: 'handling=strict' });
    expect(body.code).toBe('catalog-not-ready');
  });

  it('does not say of a host that there is none while it is not complete', async () => {
    await applyStep(early, { complete: false, readAt: clock.now() });
    const { status, body } = await early.get('/v1/hosts/not-read-yet/images');
    expect([status, body.code]).toEqual([503, 'catalog-not-ready']);
  });
});
