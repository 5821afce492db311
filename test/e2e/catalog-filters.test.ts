// The filters of the catalog's routes: null values, negation, several words, and what people type or paste.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contentDocument, hostRecord, imageDocument, registryRecord } from '../support/catalog/documents.js';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import type { TestAnswer } from '../support/service.js';

type Item = TestAnswer['body'];

const scan = { status: 'completed', scannedAt: '2026-01-02T00:00:00.000Z', failure: null };
const registry = (name: string | null) => ({ id: null, name, type: null });
const host = (name: string) => ({ hostId: `id-${name}`, name, agentId: null });

/** Images with values that a filter could take for its own signs. */
const oddImages = [
  imageDocument('two-registries', {
    serial: 9_001,
    entries: [
      registryRecord({ name: 'two', namespace: 'prod', tag: '1', registry: registry('east'), scan }, 'r/1'),
      registryRecord({ name: 'two', namespace: 'test', tag: '2', registry: registry('west'), scan }, 'r/2'),
    ],
  }),
  imageDocument('odd-words', {
    serial: 9_002,
    entries: [
      registryRecord(
        { name: 'odd', namespace: '!no', registry: registry('a,b\\c'), severity: 'unknown', type: 'ci,cd' },
        'r/3',
      ),
    ],
  }),
  imageDocument('like-null', {
    serial: 9_003,
    entries: [registryRecord({ name: 'odd', namespace: '~null', registry: registry('~null') }, 'r/4')],
  }),
  imageDocument('unscannable', {
    serial: 9_004,
    onHosts: [
      hostRecord({ name: 'run/only', host: host('Edge-01'), notScannableReason: null }, 'l/1'),
      hostRecord({ name: 'run/only', host: host('edge-02'), notScannableReason: 'docker_offline' }, 'l/2'),
    ],
  }),
];
/** A name may hold slashes, so no text tells where its namespace ends. */
const slashed = imageDocument('slashed', {
  serial: 9_005,
  entries: [registryRecord({ namespace: 'deep-ns', name: 'Team/sub/app', tag: 'V1.4' }, 'r/5')],
});
const osImages = ['9', '9.13', '9-SP1', '90', '10.9'].map((version, at) =>
  imageDocument(`os-${at}`, {
    serial: 9_100 + at,
    entries: [registryRecord({ imageId: `os-${at}`, name: `os-${version}`, scan }, `r/os-${at}`)],
  }),
);
const contents = osImages.map(({ key }, at) =>
  contentDocument(
    key,
    [{ osName: 'Photon', osVersion: ['9', '9.13', '9-SP1', '90', '10.9'][at]! }],
    at === 0
      ? [{ name: 'LD.Gold', path: '/opt/Bin/' }]
      : at === 1
        ? [{ name: 'gold', path: '/opt/bin' }]
        : [],
  ),
);

describe('the filters of the catalog', () => {
  const story = useFilledCatalog({ registryImages: 150, localImages: 80 });
  const { apply, get, fetched, walk } = story;

  beforeEach(() => apply({ images: [...oddImages, slashed, ...osImages], contents }));

  afterEach(() => {
    expect(story.emulator.journal.entries).toEqual([]);
  });

  const asked = (query: Record<string, string>) => `/v1/images?${new URLSearchParams(query).toString()}`;
  const names = async (query: Record<string, string>) =>
    (await walk(asked({ limit: '200', fields: 'name', ...query }))).map(({ name }) => name).sort();
  const total = async (query: Record<string, string>): Promise<number> =>
    (await fetched(asked({ limit: '1', ...query }))).total;
  const refusal = async (path: string): Promise<string> => {
    const { status, body } = await get(path);
    expect([path, status, body.code]).toEqual([path, 400, 'invalid-request']);
    return `${body.errors[0].field} ${body.errors[0].message}`;
  };

  const facets = 'severity scanStatus type registryName namespace baseOs notScannableReason'.split(' ');
  it.each([...facets, 'inRegistry', 'onHosts', 'running', 'multiArch'])(
    'finds each value of the facet %s, and all others by negation',
    async (facet) => {
      const { total: all, facets: counted } = await fetched(asked({ facets: facet, limit: '1' }));
      expect(counted[facet].length).toBeGreaterThan(1);
      for (const { value, filter, count } of counted[facet] as Item[]) {
        expect([value, await total({ [facet]: filter })]).toEqual([value, count]);
        if (!facets.includes(facet)) continue;
        const others = await fetched(asked({ limit: '1', [facet]: `!${filter}` }));
        const known: number = others.total;
        const unknown: number = others.unknown ?? 0;
        // An image that is not known to have another base OS might have this one.
        expect([value, known <= all - count]).toEqual([value, true]);
        expect([value, known + unknown >= all - count]).toEqual([value, true]);
      }
    },
  );

  it('shows null as the filter ~null, and escapes words that look like signs', async () => {
    const { facets: counted } = await fetched(asked({ facets: facets.join(','), limit: '1' }));
    const shown = (facet: string) =>
      Object.fromEntries(counted[facet].map(({ value, filter }: Item) => [String(value), filter]));
    expect(shown('registryName')).toMatchObject({ null: '~null', '~null': '\\~null', east: 'east' });
    expect(shown('registryName')).toHaveProperty(['a,b\\c'], 'a\\,b\\\\c');
    expect(shown('namespace')).toMatchObject({ '!no': '\\!no' });
    expect(shown('severity')).toMatchObject({ null: '~null', unknown: '\\unknown', high: 'high' });
    const { counts } = await fetched('/v1/catalog/summary');
    expect(counts.registryName).toEqual(counted.registryName);
  });

  it.each([
    ['sub/app', 1],
    ['team/sub/app', 1],
    ['deep-ns/team/SUB', 1],
    ['DEEP-NS/Team/sub/app:v1.', 1],
    ['/app:', 1],
    ['app:v1.4', 1],
    ['run/only', 1],
    ['/run/only', 0],
    ['deep-ns/sub/app', 0],
    ['app/v1.4', 0],
  ])('finds %s in namespace/name:tag in any case: %i', async (q, expected) => {
    expect(await total({ q })).toBe(expected);
  });

  it('finds images that are in no registry', async () => {
    const items = await walk('/v1/images?inRegistry=false&limit=200');
    expect(items).toHaveLength(story.documents.filter(({ entries }) => entries.length === 0).length + 1);
    for (const { entries } of items) expect(entries).toEqual([]);
    const nameless = await walk('/v1/images?registryName=~null&limit=200');
    expect(nameless.length).toBeGreaterThan(items.length);
    for (const { entries } of nameless)
      for (const { registryName } of entries) expect(registryName).toBeNull();
    expect(await names({ registryName: '~null', name: 'RUN/only' })).toEqual(['run/only']);
  });

  it('takes several words, and leaves images out by any of their entries', async () => {
    expect(await names({ registryName: 'east,nowhere' })).toEqual(['two']);
    expect(await names({ name: 'two', registryName: '!east' })).toEqual([]);
    expect(await names({ name: 'two', registryName: '!north,!south' })).toEqual(['two']);
    expect(await names({ name: 'two,odd', namespace: '!test,!~null' })).toEqual(['odd', 'odd']);
    expect(await names({ namespace: 'prod,!test' })).toEqual([]);
    expect(await total({ severity: '!none,!unknown' })).toBe(
      (await walk('/v1/images?limit=200')).filter(({ severity }) => severity !== null && severity !== 'none')
        .length,
    );
  });

  it('needs plain words of one entry, but not negated words', async () => {
    expect(await names({ namespace: 'prod', tag: '1' })).toEqual(['two']);
    expect(await names({ namespace: 'prod', tag: '2' })).toEqual([]);
    expect(await names({ namespace: 'prod', tag: '!3' })).toEqual(['two']);
    expect(await names({ namespace: 'prod', tag: '!2' })).toEqual([]);
  });

  it('shows why HSS cannot scan an image', async () => {
    const items = await walk('/v1/images?notScannableReason=docker_offline&limit=200');
    expect(items.map(({ name }) => name)).toContain('run/only');
    for (const { notScannableReason } of items) expect(notScannableReason).toBe('docker_offline');
    const { text } = await get('/v1/catalog/export?format=csv&notScannableReason=docker_offline');
    expect(text.split('\r\n')[0]).toMatch(/,notScannableReason\b/);
  });

  it('finds a version of an OS with its minor versions', async () => {
    const versions = async (baseOsVersion: string) => names({ baseOsName: 'PHOTON', baseOsVersion });
    expect(await versions('9')).toEqual(['os-9', 'os-9-SP1', 'os-9.13']);
    expect(await versions('9.1')).toEqual([]);
    expect(await versions('9-sp1')).toEqual(['os-9-SP1']);
    expect(await versions('90,10')).toEqual(['os-10.9', 'os-90']);
    expect(await versions('!9')).toEqual(['os-10.9', 'os-90']);
  });

  it('finds a file by part of its name or path, in any case', async () => {
    for (const fileName of ['/opt/bin/ld.gold', 'OPT/bin/LD'])
      expect([fileName, await names({ fileName })]).toEqual([fileName, ['os-9']]);
    expect(await names({ fileName: 'Ld.G', name: 'os-9' })).toEqual(['os-9']);
    expect(await names({ fileName: 'bin/gold' })).toEqual(['os-9.13']);
    expect(await names({ fileName: '/usr/gold' })).toEqual([]);
    expect(await names({ filePath: '/OPT/BIN' })).toEqual(['os-9', 'os-9.13']);
  });

  it('finds names of images and hosts in any case', async () => {
    expect(await names({ name: 'Run/Only' })).toEqual(['run/only']);
    expect(await names({ hostName: 'EDGE-01' })).toEqual(['run/only']);
    const { items } = await fetched('/v1/hosts?hostName=edge-01');
    expect(items.map(({ name }: Item) => name)).toEqual(['Edge-01']);
  });

  it.each(['/v1/images', '/v1/hosts', '/v1/hosts/x/images', '/v1/catalog/summary', '/v1/catalog/export'])(
    'refuses unknown words and broken lists at %s',
    async (route) => {
      expect(await refusal(`${route}?type=nope`)).toMatch(/^type .*private_image.*ci\\,cd/);
      for (const type of ['jfrog', 'cicd', 'private_image', '!private_image', 'ci%5C,cd', '~null'])
        expect([type, (await get(`${route}?type=${type}`)).body?.code]).not.toEqual([
          type,
          'invalid-request',
        ]);
      for (const [field, text] of [
        ['type', '!nope'],
        ['type', 'jfrog,nope'],
        ['severity', '!grave'],
        ['namespace', 'a,'],
        ['namespace', '!'],
        ['namespace', 'a,a'],
        ['tag', 'a%5C'],
        ['baseOsName', '~null'],
      ])
        expect(await refusal(`${route}?${field}=${text}`)).toMatch(new RegExp(`^${field} `));
    },
  );

  it.each(['/v1/images?updatedAfter', '/v1/hosts?scannedBefore', '/v1/catalog/changes?since'])(
    'tells what is wrong with a time at %s',
    async (route) => {
      expect(await refusal(`${route}=1709973506`)).toContain('1709973506000');
      expect(await refusal(`${route}=2024-03-09`)).toContain('2024-03-09T00:00:00Z');
      expect(await refusal(`${route}=2024-03-09T16:38:26+08:00`)).toContain('%2B');
    },
  );
});
