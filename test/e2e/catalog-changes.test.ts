// The changes of the catalog under filters, and the mark of an export.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CatalogEvent } from '../../src/catalog/model/catalog-event.js';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import { readKey, type TestAnswer } from '../support/service.js';

type Item = TestAnswer['body'];

const event = (name: string, over: Partial<CatalogEvent> = {}): CatalogEvent => ({
  kind: 'appeared',
  key: name,
  imageId: null,
  digest: null,
  namespace: null,
  name,
  tag: null,
  severity: null,
  before: null,
  after: null,
  hostId: null,
  hostName: null,
  ...over,
});

/** Two steps of the catalog, with changes of every kind. */
const steps = [
  [
    event('a', { severity: 'high' }),
    event('b', { kind: 'scanned', severity: 'low', imageId: 'b1', digest: 'sha256:b2' }),
    event('c', { kind: 'came-to-host', severity: 'high', hostId: 'h1', hostName: 'web' }),
  ],
  [
    event('d', { kind: 'severity-changed', before: 'high', after: 'low', severity: 'low' }),
    event('e', { kind: 'left-host', severity: 'none', hostId: 'h2', hostName: 'web' }),
    event('f', { kind: 'disappeared' }),
  ],
];

describe('/v1/catalog/changes', () => {
  const story = useFilledCatalog({ registryImages: 5, localImages: 5 });
  const { apply, get, fetched } = story;

  afterEach(() => {
    expect(story.emulator.journal.entries).toEqual([]);
  });

  const markNow = async (): Promise<string> => (await fetched('/v1/catalog/changes?limit=1000')).nextSince;
  const namesOf = (items: Item[]): string => items.map(({ name }) => name).join('');
  /** The names of all changes after the mark, page by page. */
  const namesAfter = async (mark: string, query: string): Promise<string> => {
    let names = '';
    for (let next: string | null = `/v1/catalog/changes?since=${mark}&${query}`; next !== null;) {
      const page = await fetched(next);
      names += namesOf(page.items);
      next = page.next;
    }
    return names;
  };

  describe('a filter', () => {
    it.each([
      ['kind=scanned', 'b'],
      ['kind=appeared,disappeared', 'af'],
      ['severity=high', 'acd'],
      ['severity=low', 'bd'],
      ['severity=none,unknown', 'ef'],
      ['severity=~null', 'f'],
      ['hostId=h1', 'c'],
      ['hostName=WEB', 'ce'],
      ['imageId=b1', 'b'],
      ['imageId=b2', 'b'],
      ['imageId=sha256:b2&kind=appeared', ''],
      ['hostName=web&kind=left-host&severity=none', 'e'],
      ['hostId=h1&hostName=db', ''],
    ])('%s selects the changes %s on pages of any size', async (query, names) => {
      const mark = await markNow();
      for (const events of steps) await apply({ events });
      for (const limit of [1, 2, 1000])
        expect([limit, await namesAfter(mark, `${query}&limit=${limit}`)]).toEqual([limit, names]);
    });

    it('is not part of the mark: a consumer can continue with another filter', async () => {
      const mark = await markNow();
      for (const events of steps) await apply({ events });
      const first = await fetched(`/v1/catalog/changes?since=${mark}&severity=high&limit=1`);
      expect(namesOf(first.items)).toBe('a');
      expect(await namesAfter(first.nextSince, '')).toBe('bcdef');
      expect(await namesAfter(first.nextSince, 'kind=left-host')).toBe('e');
      const none = await fetched(`/v1/catalog/changes?since=${mark}&hostId=nobody`);
      expect([none.items, none.next]).toEqual([[], null]);
      await apply({ events: [event('g')] });
      expect(await namesAfter(none.nextSince, '')).toBe('g');
    });

    it.each(['kind=renamed', 'severity=grave', 'severity=high,high', 'severity=!low', 'hostId='])(
      'refuses %s',
      async (query) => {
        const { status, body } = await get(`/v1/catalog/changes?${query}`);
        expect([status, body.errors[0].field]).toEqual([400, query.split('=')[0]]);
      },
    );
  });

  describe('the mark of an export', () => {
    const markOf = async (query = ''): Promise<string> =>
      (await get(`/v1/catalog/export?${query}`)).headers.get('x-catalog-mark')!;

    it.each(['', 'format=csv', 'of=hosts', 'severity=high'])(
      'leads to the changes after the export, without a gap or a double: %s',
      async (query) => {
        await apply({ events: [event('a'), event('b')] });
        const mark = await markOf(query);
        expect(await namesAfter(mark, '')).toBe('');
        for (const events of steps) await apply({ events });
        expect(await namesAfter(mark, 'limit=2')).toBe('abcdef');
        expect(await namesAfter(mark, 'severity=high')).toBe('acd');
      },
    );

    it('stays with the version of the export while the catalog changes', async () => {
      await apply({ events: [event('a')] });
      const raw = await fetch(`${story.service.url}/v1/catalog/export`, {
        headers: { 'X-API-Key': readKey },
      });
      const image = story.documents[0]!;
      await apply({ gone: [image.key], events: [event('gone', { kind: 'disappeared' })] });
      const lines = (await raw.text()).trimEnd().split('\n');
      expect(lines).toHaveLength(story.documents.length);
      expect(await namesAfter(raw.headers.get('x-catalog-mark')!, '')).toBe('gone');
      await apply({ images: [image] });
    });

    it('comes with HEAD too', async () => {
      await apply({ events: [event('a')] });
      const head = await story.service.request('/v1/catalog/export', {
        method: 'HEAD',
        headers: { 'X-API-Key': readKey },
      });
      await apply({ events: [event('b')] });
      expect(await namesAfter(head.headers.get('x-catalog-mark')!, '')).toBe('b');
    });

    it('is told by the problem of a mark that is too old', async () => {
      const { status, body } = await get('/v1/catalog/changes?since=2001-01-01T00:00:00Z');
      expect([status, body.code]).toEqual([410, 'cursor-expired']);
      expect(body.detail).toContain('X-Catalog-Mark');
    });
  });
});
