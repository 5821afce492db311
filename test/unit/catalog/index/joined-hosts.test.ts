import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CatalogIndex } from '../../../../src/catalog/index/catalog-index.js';
import { mostMatchesFirst, type ImageFilter } from '../../../../src/catalog/model/catalog-query.js';
import type { HostNames } from '../../../../src/domain/host-identity.js';
import { NamedHosts } from '../../../../src/catalog/index/words/named-hosts.js';
import { changeSet, hostRecord, imageDocument } from '../../../support/catalog/documents.js';
import { TestClock } from '../../../support/test-clock.js';

const [h, h2, a, a2, web] = [
  { hostId: 'h' },
  { hostId: 'h2' },
  { agentId: 'a' },
  { agentId: 'a2' },
  { name: 'web' },
];

/** An image of this name on these hosts. */
const image = (name: string, ...hosts: Partial<HostNames>[]) =>
  imageDocument(name, {
    serial: name.charCodeAt(0),
    onHosts: hosts.map((host, at) =>
      hostRecord({ name, host: { hostId: null, agentId: null, name: null, ...host } }, `local/${at}`),
    ),
  });

describe('a host that images name by different fields', () => {
  let index: CatalogIndex;
  beforeEach(async () => {
    index = await CatalogIndex.open({ clock: new TestClock() });
  });
  afterEach(() => index.close());

  /** Hosts as `id/agent/name`, each with the names of its images. */
  const hosts = async (filter: ImageFilter = {}, version = index.version) => {
    const { items, total } = await index.hosts({
      filter,
      sort: mostMatchesFirst,
      limit: 50,
      offset: 0,
      version,
    });
    expect(total).toBe(items.length);
    for (const { matches, images } of items) expect(images).toHaveLength(Math.min(3, matches));
    return items.map(({ hostId, agentId, name, images }) => [
      [hostId, agentId, name].map((word) => word ?? '-').join('/'),
      images.map((one) => one.name).join(''),
    ]);
  };
  const images = async (filter: ImageFilter, version = index.version) => {
    const query = { filter, match: 'known', sort: [], limit: 100, after: null, version } as const;
    return (await index.images(query)).items.map(({ name }) => name).join('');
  };

  it.each([
    ['a name, and an agent with the name', [web, { ...a, ...web }], '-/a/web'],
    ['a name, and an id with the name', [web, { ...h, ...web }], 'h/-/web'],
    ['an agent, and an id with the agent', [a, { ...h, ...a }], 'h/a/-'],
    ['a name, an agent and an id', [web, { ...a, ...web }, { ...h, ...a }], 'h/a/web'],
  ])('is one host by %s', async (_case, rows, wanted) => {
    const names = rows.map((_, at) => String.fromCharCode(65 + at)).join('');
    await index.apply(changeSet(1, { images: rows.map((row, at) => image(names[at]!, row)) }));
    expect(await hosts()).toEqual([[wanted, names]]);
  });

  it.each([
    ['a name that two ids share', [web, { ...h, ...web }, { ...h2, ...web }]],
    ['a name that two agents share', [web, { ...a, ...web }, { ...a2, ...web }]],
    ['an agent that two ids share', [a, { ...h, ...a }, { ...h2, ...a }]],
    ['one word as an id, an agent and a name', [{ hostId: 'x' }, { agentId: 'x' }, { name: 'x' }]],
  ])('is not joined by %s', async (_case, rows) => {
    await index.apply(changeSet(1, { images: rows.map((row, at) => image(String(at), row)) }));
    expect((await hosts()).map(([, of]) => of).sort()).toEqual(['0', '1', '2']);
  });

  it('is found by its id and its name on every image', async () => {
    const rows = [web, { ...a, ...web }, { ...h, ...a }, { ...h2, name: 'db' }];
    await index.apply(changeSet(1, { images: rows.map((row, at) => image('ABCD'[at]!, row)) }));
    for (const filter of [{ hostId: 'h' }, { hostName: 'web' }, { hostId: 'h', hostName: 'web' }]) {
      expect(await images(filter)).toBe('ABC');
      expect(await hosts(filter)).toEqual([['h/a/web', 'ABC']]);
      expect((await index.facets(filter, ['onHosts'], 1))['onHosts']).toEqual([{ value: 'true', count: 3 }]);
    }
    expect(await images({ hostId: 'h', hostName: 'db' })).toBe('');
    expect(await hosts()).toEqual([
      ['h/a/web', 'ABC'],
      ['h2/-/db', 'D'],
    ]);
  });

  it('has an image once that names the host twice', async () => {
    const twice = image('A', a, web);
    await index.apply(changeSet(1, { images: [twice] }));
    expect(await hosts()).toHaveLength(2);
    await index.apply(changeSet(2, { images: [image('B', { ...a, ...web })] }));
    expect(await hosts()).toEqual([['-/a/web', 'AB']]);
  });

  it('is joined in each version by the rows of this version', async () => {
    await index.apply(changeSet(1, { images: [image('A', web), image('B', { ...h, ...web })] }));
    await index.apply(changeSet(2, { images: [image('C', { ...h2, ...web })] }));
    await index.apply(changeSet(3, { gone: ['B'] }));
    await index.apply(changeSet(4, { gone: ['C'] }));
    const found = await Promise.all([1, 2, 3, 4].map((version) => images({ hostId: 'h' }, version)));
    expect(found).toEqual(['AB', 'B', '', '']);
    expect(await hosts({}, 1)).toEqual([['h/-/web', 'AB']]);
    expect(await hosts({}, 2)).toHaveLength(3);
    expect(await hosts({}, 3)).toEqual([['h2/-/web', 'AC']]);
    expect(await hosts()).toEqual([['-/-/web', 'A']]);
  });
});

describe('the named hosts that can be joined', () => {
  const linked = (...rows: Partial<HostNames>[]) => {
    const hosts = new NamedHosts();
    for (const row of rows) hosts.numberOf({ hostId: null, agentId: null, name: null, ...row });
    return [...hosts.linked()].sort((one, other) => one - other);
  };

  it('are none while each row tells an id, or shares no field', () => {
    expect(linked({ ...h, ...web }, { ...h2, ...web }, { ...h, ...a })).toEqual([]);
    expect(linked({ ...h, ...a }, web, a2)).toEqual([]);
  });

  it('are all that a chain of shared fields connects', () => {
    expect(linked(h2, web, { ...a, ...web }, { ...h, ...a }, { ...h, name: 'db' }, a2)).toEqual([2, 3, 4, 5]);
  });
});
