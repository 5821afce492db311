// Multi-architecture images: hosts run the digest of one architecture, and people ask for the digest of the whole.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { hostRecord as recordOfHost, registryRecords } from '../../src/catalog/model/rows.js';
import type { RegistryImageVariant } from '../../src/endpoints/registry-images/registry-image.row.js';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import { imageDocument, localRow, registryRow } from '../support/catalog/documents.js';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const index = digest('1');
const amd64 = digest('2');
const arm64 = digest('3');

const variant = (of: string | null): RegistryImageVariant => ({
  entryId: null,
  imageId: null,
  digest: of,
  type: null,
  namespace: null,
  name: null,
  tag: null,
  scanStatus: 'completed',
  findingCounts: { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
});
const host = (name: string) => ({ hostId: `id-${name}`, name, agentId: null });
const local = (of: string | null, hostName: string, containerCount = 1) =>
  localRow({ digest: of, name: 'multi', tag: '1', host: host(hostName), containerCount, hostCount: 1 });

type Hosts = [host: string, matchedBy: string][];

describe('a multi-architecture image', () => {
  const story = useFilledCatalog({ registryImages: 10, localImages: 5 });

  afterEach(() => {
    expect(story.emulator.journal.entries).toEqual([]);
  });

  /** A catalog with one index and these local rows besides. */
  async function fill(
    locals: ReturnType<typeof localRow>[],
    variants: RegistryImageVariant[] = [variant(amd64), variant(arm64)],
  ): Promise<void> {
    story.discardService();
    const row = registryRow({ digest: index, name: 'multi', tag: '1', multiArch: true, variants });
    const documents = new Map<string, ImageDocument>();
    const of = (key: string): ImageDocument => {
      const known = documents.get(key) ?? imageDocument(key, { serial: 1_000_000 + documents.size });
      documents.set(key, known);
      return known;
    };
    for (const { key, ...record } of registryRecords(row, 1)) of(key).entries.push(record);
    for (const one of locals) {
      const { key, ...record } = recordOfHost(one, 1);
      of(key).onHosts.push(record);
    }
    await story.apply({ images: [...documents.values()] });
  }

  async function merged(of: string): Promise<{ hosts: Hosts; complete: boolean; items: object[] }> {
    const { hosts } = await story.fetched(`/v1/images/${of}?include=hosts`);
    const items = hosts.items as { name: string; matchedBy: string }[];
    return {
      items,
      complete: hosts.complete,
      hosts: items.map(({ name, matchedBy }): Hosts[number] => [name, matchedBy]).toSorted(),
    };
  }

  async function asked(of: string): Promise<Hosts> {
    const { items } = await story.fetched(`/v1/hosts?imageId=${of}`);
    return items.map(({ name, matchedBy }: Record<string, string>) => [name, matchedBy]).toSorted() as Hosts;
  }

  it('is found on hosts that run one of its architectures', async () => {
    await fill([local(amd64, 'one', 2), local(arm64, 'two'), local(arm64, 'one', 3)]);
    const hosts: Hosts = [
      ['one', 'variant'],
      ['two', 'variant'],
    ];
    const part = await merged(index);
    expect(part).toMatchObject({ hosts, complete: true });
    expect(part.items).toContainEqual(
      expect.objectContaining({ name: 'one', containerCount: 5, matchedBy: 'variant' }),
    );
    expect(await asked(index)).toEqual(hosts);
    expect(await asked(index.slice(7))).toEqual(hosts);
    expect(await merged(amd64)).toMatchObject({ hosts: [['one', 'digest']], complete: true });
  });

  it('is found under an architecture on hosts with the digest of the whole', async () => {
    await fill([local(index, 'one'), local(amd64, 'two')]);
    const hosts: Hosts = [
      ['one', 'index'],
      ['two', 'digest'],
    ];
    expect(await merged(amd64)).toMatchObject({ hosts, complete: true });
    expect(await asked(amd64)).toEqual(hosts);
    expect(await merged(arm64)).toMatchObject({ hosts: [['one', 'index']], complete: true });
  });

  it('is shown once on a host with both digests, with its own containers', async () => {
    await fill([local(index, 'one', 4), local(amd64, 'one', 3)]);
    expect((await merged(index)).items).toEqual([{ ...host('one'), containerCount: 4, matchedBy: 'digest' }]);
    expect((await merged(amd64)).items).toEqual([{ ...host('one'), containerCount: 3, matchedBy: 'digest' }]);
    expect(await asked(index)).toEqual([['one', 'digest']]);
  });

  it('counts hosts, running and facets by its own digest only', async () => {
    await fill([local(amd64, 'one')]);
    const { items } = await story.fetched(`/v1/images?imageId=${index}`);
    expect(items).toMatchObject([{ running: false, hosts: { items: [], total: 0 } }]);
    expect((await story.fetched(`/v1/images?imageId=${index}&onHosts=true`)).total).toBe(0);
    const { facets } = await story.fetched(`/v1/images?imageId=${index}&facets=onHosts,running`);
    expect(facets).toEqual({
      onHosts: [{ value: 'false', filter: 'false', count: 1 }],
      running: [{ value: 'false', filter: 'false', count: 1 }],
    });
  });

  it.each<[string, ReturnType<typeof localRow>[], RegistryImageVariant[]]>([
    ['an architecture has no digest', [local(amd64, 'one')], [variant(amd64), variant(null)]],
    [
      'HSS counts more hosts of an architecture',
      [{ ...local(amd64, 'one'), hostCount: 3 }],
      [variant(amd64)],
    ],
    ['a row without a digest has its name', [local(amd64, 'one'), local(null, 'other')], [variant(amd64)]],
    [
      'a row names no host',
      [local(amd64, 'one'), { ...local(index, 'x'), host: null, hostCount: null }],
      [variant(amd64)],
    ],
  ])('is not complete when %s', async (_why, locals, variants) => {
    await fill(locals, variants);
    const { hosts, complete } = await merged(index);
    expect(hosts).toContainEqual(['one', 'variant']);
    expect(complete).toBe(false);
  });

  it('is asked about without matchedBy when no image is named', async () => {
    await fill([local(amd64, 'one')]);
    const { items } = await story.fetched('/v1/hosts?hostName=one');
    expect(items).toMatchObject([{ name: 'one', matches: 1 }]);
    expect(items[0]).not.toHaveProperty('matchedBy');
  });
});
